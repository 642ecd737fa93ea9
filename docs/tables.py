"""The generated parts of the documentation: ``python docs/tables.py`` writes them anew, ``--check`` names stale ones.

On a page, what is generated stands between ``<!-- docs/tables.py: NAME -->`` and ``<!-- end -->``; the picture of the
house is a file of its own. Each figure comes from a bundled pack or a committed result.
"""

from __future__ import annotations

import csv
import json
import re
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import picture

from zoo.contract.pack import Pack
from zoo.packs.store import list_models
from zoo.plugins import load_plugins
from zoo_benchmarks.report.summary import answers, with_spread
from zoo_benchmarks.report.table import half_ranges, read_cells, row_of

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "zoo_benchmarks" / "results"
RUN = RESULTS / "full"  # of `zoo benchmark`
PAGES = ("README.md", "docs/models.md", "docs/plugins.md")
PART = re.compile(r"(<!-- docs/tables\.py: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

# What the README shows, and what each is for.
FIRST = {
    "frontier_1k.mnist": "where every byte counts",
    "frontier_3k.mnist": "a microcontroller",
    "frontier_10k.mnist": "the first to try: small, fast and accurate",
    "frontier_100k.mnist": "where accuracy counts",
    "frontier_10k.canvas": "what people draw; it says when that is no digit",
}


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; a column whose name begins with ``>`` is set to the right."""
    head = "| " + " | ".join(column.removeprefix(">") for column in columns) + " |"
    rule = "| " + " | ".join("---:" if column.startswith(">") else "---" for column in columns) + " |"
    return "\n".join([head, rule, *("| " + " | ".join(row) + " |" for row in rows)])


def read_csv(name: str) -> list[dict[str, str]]:
    """The rows of a committed table."""
    with (RESULTS / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def kilobytes(size: float | None) -> str:
    """A size in KB of 1,024 bytes."""
    return "" if size is None else f"{size / 1024:,.0f} KB"


def accuracy(pack: Pack) -> str:
    """A pack's accuracy with half of the width of its 95 % interval."""
    metrics = pack.manifest["metrics"]
    half = (metrics["accuracy_high"] - metrics["accuracy_low"]) / 2
    return f"{pack.accuracy:.2%} +- {half:.2%}"


def file_size(pack: Pack, format: str) -> str:
    """The size of a pack's fp32 file; empty where the pack is shipped without it."""
    return kilobytes(pack.artifact(format).size_bytes) if format in pack.formats else ""


def choice() -> str:
    """A few models, for a first choice."""
    packs = {pack.id: pack for pack in list_models() if pack.bundled}
    times = {row["model"]: row["p50_ms"] for row in timed_rows()[1] if row["runtime"] == "litert"}
    rows = (
        (
            f"`{model}`",
            accuracy(packs[model]),
            f"{packs[model].parameters:,}",
            file_size(packs[model], "tflite"),
            f"{times[model] * 1000:.0f} us" if model in times else "not measured",
            purpose,
        )
        for model, purpose in FIRST.items()
    )
    return table(("model", ">accuracy", ">parameters", ">`.tflite`", ">latency", "for"), rows)


def models() -> str:
    """Every bundled model."""
    architectures = load_plugins().architectures
    rows = (
        (
            f"`{pack.id}`",
            accuracy(pack),
            f"{pack.parameters:,}",
            f"{pack.macs:,}",
            file_size(pack, "tflite"),
            file_size(pack, "onnx"),
            architectures[pack.architecture].summary,
        )
        for pack in sorted((pack for pack in list_models() if pack.bundled), key=lambda pack: pack.accuracy)
    )
    return table(("model", ">accuracy", ">parameters", ">multiply-adds", ">`.tflite`", ">`.onnx`", ""), rows)


def seeds() -> str:
    """Mean and standard deviation over seeds."""
    known: dict[str, list[float]] = {}
    for row in read_csv("seeds.csv"):
        known.setdefault(row["model"], []).append(float(row["accuracy"]))
    rows = (
        (
            f"`{model}`",
            f"{statistics.mean(found):.3%}",
            f"{statistics.stdev(found):.3%}" if len(found) > 1 else "one seed",
            str(len(found)),
        )
        for model, found in known.items()
    )
    return table(("model", ">mean", ">standard deviation", ">seeds"), rows)


def drawn() -> str:
    """What models read of digits that people drew, and what they refuse."""
    known: dict[str, list[dict[str, str]]] = {}
    for row in read_csv("drawn/drawn.csv"):
        known.setdefault(row["model"], []).append(row)
    columns = ("model", ">from strokes", ">from pixels", ">worst place or scale, from strokes", ">digits refused",
               ">scribbles refused", ">letters refused")  # fmt: skip
    return table(
        columns,
        (
            drawn_row(model, own)
            for model, own in known.items()
            if own[0]["writers"] == "unseen" and ".fold" not in model
        ),
    )


def drawn_row(model: str, own: list[dict[str, str]]) -> list[str]:
    """One model's row of that table."""

    def mean(source: str) -> float:
        return statistics.fmean(
            float(row["accuracy"]) for row in own if (row["source"], row["factor"]) == (source, "brush")
        )

    def refused(value: str, source: str) -> str:
        found = (row["refused"] for row in own if (row["value"], row["source"]) == (value, source))
        return next((f"{float(share):.1%}" for share in found if share), "")

    worst = min(
        float(row["accuracy"]) for row in own if row["source"] == "strokes" and row["factor"] in ("place", "scale")
    )
    return [
        f"`{model.replace(': mean of 5 folds', '.canvas')}`",
        f"{mean('strokes'):.2%}",
        f"{mean('pixels'):.2%}",
        f"{worst:.2%}",
        refused("middle", "strokes"),
        refused("scribbles", "strokes"),
        refused("letters", "pixels"),
    ]


def timed_rows() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The conditions of the committed run, and a row with spreads for each of its cells."""
    machine = json.loads((RUN / "run.json").read_text(encoding="utf-8"))
    return machine, [{**row_of(cell, machine), "spreads": half_ranges(cell)} for cell in read_cells(RUN).values()]


def speed() -> str:
    """The fastest file of each model that was measured, and what the run answers."""
    machine, rows = timed_rows()
    measured = [row for row in rows if row["status"] == "ok" and row["p50_ms"] and row["threads"] == 1]
    fastest: dict[str, dict[str, Any]] = {}
    for row in sorted(measured, key=lambda row: row["p50_ms"]):
        fastest.setdefault(row["model"], row)
    protocol = machine["protocol"]
    runtimes = ", ".join(f"{count} on {name}" for name, count in Counter(row["runtime"] for row in rows).items())
    return "\n".join(
        [
            f"Measured on {machine['cpu']}, batch 1, one thread: median of {protocol['repeats']} rounds of "
            f"{protocol['seconds']:g} s, +- half of their range; of accuracy, half of the 95 % interval.",
            f"{machine['other_load']:.0%} of the cores were busy with something else when the run began. It has "
            f"{len(rows)} cells: {runtimes}.",
            "",
            table(
                ("model", "runtime", "precision", ">latency", ">images per second", ">file", ">accuracy"),
                map(speed_row, fastest.values()),
            ),
            "",
            *(f"- {question}: {answer}" for question, answer in answers(measured)),
        ]
    )


def speed_row(row: dict[str, Any]) -> list[str]:
    """One cell's row of that table."""
    spreads = row["spreads"]
    return [
        f"`{row['model']}`",
        row["runtime"],
        row["precision"],
        with_spread(row["p50_ms"] * 1000, 1000 * spreads.get("p50_ms", 0), ",.2f") + " us",
        with_spread(row["images_per_second"], spreads.get("images_per_second"), ",.0f"),
        kilobytes(row["size_bytes"]),
        with_spread(row["accuracy"], spreads.get("accuracy"), ".2%"),
    ]


def hello() -> str:
    """The whole of the plugin that the documentation begins with."""
    source = (ROOT / "plugins" / "zoo-hello" / "zoo_hello.py").read_text(encoding="utf-8")
    return f"```python\n# zoo-hello/zoo_hello.py\n{source}```"


PARTS: dict[str, Callable[[], str]] = {part.__name__: part for part in (choice, models, seeds, drawn, speed, hello)}


def generated() -> Iterator[tuple[Path, str]]:
    """Every file that is generated, wholly or in part, and its text."""
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        yield ROOT / page, PART.sub(lambda match: f"{match[1]}\n{PARTS[match[2]]()}\n\n{match[3]}", text)
    yield ROOT / "docs" / "images" / "house.svg", picture.house()


def main() -> int:
    """Write what is stale, or name it; the exit code is 1 when ``--check`` found some."""
    stale = {path: text for path, text in generated() if not path.is_file() or path.read_text(encoding="utf-8") != text}
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not up to date, run 'make docs'")
        return 1 if stale else 0
    for path, text in stale.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
