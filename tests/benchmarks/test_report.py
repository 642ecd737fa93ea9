"""What a run says: its page, its spreads, and the answers to questions."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from benchmarking import LIGHT, cells, changed, table
from helpers import run_zoo

from zoo_benchmarks.report.summary import answers
from zoo_benchmarks.report.table import half_ranges

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_the_report_is_one_page_that_needs_nothing_else(measured: Path) -> None:
    page = (measured / "report.html").read_text()
    assert (measured / "latency.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in measured.glob("*.png")] == ["latency.png"]  # no accuracy was measured to draw
    assert page.count('src="data:image/png;base64,') == page.count("src=") == 1
    assert not re.search(r"https?:|href=|@import|url\(", page)
    assert "A quick run" in page
    assert "parameter bytes" in page
    for cell in cells(measured).values():
        assert f">{4 * cell['parameters']:,}</td>" in page
    assert len(re.findall(r">0\.\d{4} \+- 0\.\d{4}</td>", page)) == 2
    assert {row["runtime"] for row in table(measured) if f">{row['runtime']}</td>" in page} == {"litert", "onnxruntime"}


def test_a_spread_is_half_the_range_of_the_rounds() -> None:
    judged = {"accuracy": 0.99, "accuracy_low": 0.98, "accuracy_high": 0.995}
    rounds = [{"single": {"p50_ms": p50_ms}, "offline": {"images_per_second": 1e3}} for p50_ms in (0.2, 0.1, 0.4)]
    spreads = half_ranges({"rounds": [{**rounds[0], "accuracy": judged}, *rounds[1:]]})
    assert spreads == pytest.approx({"p50_ms": 0.15, "images_per_second": 0, "accuracy": 0.0075})
    assert half_ranges({"rounds": rounds[:1]}) == {}  # one round says nothing about it


@pytest.mark.parametrize(("slower", "told"), [(1.1, False), (1.5, True)])
def test_a_machine_that_changed_its_speed_is_told(
    measured: Path, exported: Path, tmp_path: Path, slower: float, told: bool
) -> None:
    run = changed(measured, tmp_path, {})
    for runtime, reference in (("litert", 0.01), ("onnxruntime", 0.01 * slower)):
        (path,) = (run / "cells").glob(f"*-{runtime}-*-fp32-1.json")
        cell = json.loads(path.read_text())
        for found in cell["rounds"]:
            found["single"]["reference_p50_ms"] = reference
        path.write_text(json.dumps(cell))
    result = run_zoo(
        "benchmark", exported, *LIGHT, "--scenario", "single", "--output", run
    )  # nothing is left to measure
    note = "the same reference took 10.0 us beside some cells and 15.0 us beside others"
    assert result.stdout.count(" +- ") == 4  # latency and images per second of two cells
    assert (note in result.stderr, note in (run / "report.html").read_text()) == (told, told)


@pytest.mark.slow
def test_the_report_is_sorted_on_a_phone(measured: Path, browser: Browser) -> None:
    with contextlib.closing(browser.new_context(viewport={"width": 390, "height": 844}, offline=True)) as context:
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto((measured / "report.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == 390

        def column() -> list[float]:
            read = "rows => rows.map(row => +row.cells[4].dataset.value)"
            found: list[float] = page.eval_on_selector_all("tbody tr", read)
            return found

        page.get_by_role("button", name="p50 ms").click()
        expected = sorted(float(row["p50_ms"]) for row in table(measured))
        assert column() == expected
        page.get_by_role("button", name="p50 ms").click()
        assert column() == expected[::-1]
        assert page.eval_on_selector("th[aria-sort]", "header => header.ariaSort") == "descending"
        assert problems == []


def row(
    model: str, accuracy: float | None, p50_ms: float | None, size_bytes: int, status: str = "ok"
) -> dict[str, Any]:
    interval = {} if accuracy is None else {"accuracy_low": accuracy - 0.002, "accuracy_high": accuracy + 0.002}
    cell = {"model": model, "runtime": "litert", "precision": "fp32", "threads": 1, "status": status}
    return {**cell, "accuracy": accuracy, "p50_ms": p50_ms, "size_bytes": size_bytes, **interval}


def test_the_summary_answers_questions() -> None:
    rows = [
        row("large", 0.997, 0.2, 4_000_000),
        row("middle", 0.9951, 0.06, 100_000),
        row("small", 0.9935, 0.03, 20_000),
        row("tiny", 0.92, 0.005, 9_000),
        row("broken", 0.999, 0.001, 10, status="failed"),
    ]
    found = dict(answers(rows))
    assert found["fastest at >= 99.5%"].startswith("middle litert fp32: 99.51% +- 0.20%, 60.0 us")
    assert found["smallest at >= 99.3%"].startswith("small ")
    threads = {**rows[1], "threads": 2}
    assert dict(answers([threads]))["fastest at >= 99.5%"].startswith("middle litert fp32, 2 threads: 99.51%")
    assert found["best accuracy under 50 us"].startswith("small ")
    assert dict(answers(rows[3:]))["fastest at >= 99.5%"] == "none of these cells"
    assert answers([row("unjudged", None, 0.1, 10)]) == []
