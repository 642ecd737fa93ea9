"""The tabs to read: committed results, and the models."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
from demo_html import Tables

pytest.importorskip("gradio")

from zoo_demo.models import DrawableModels, drawable_models
from zoo_demo.views.reports import model_card, render_models, render_reports

pytestmark = pytest.mark.usefixtures("models_home")


def same(shown: str, read: str) -> bool:
    return shown == read or math.isclose(float(shown), float(read), rel_tol=1e-4)


def test_reports_show_what_is_committed() -> None:
    from zoo.plugins import load_plugins

    html = render_reports()
    tables = Tables(html).tables
    files = [path for root in load_plugins().reports.values() for path in sorted(root.rglob("*.csv"))]
    assert len(tables) == len(files) > 0
    for table, path in zip(tables, files, strict=True):
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(table) - 1 == len(rows)  # nothing that is committed is cut off
        for name, *shown in zip(*table, strict=True):
            found = [row[name.replace(" ", "_")] for row in rows]
            assert all(map(same, shown, found))


def test_reports_say_once_what_is_the_same_in_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zoo.plugins import load_plugins

    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "by_size.csv").write_text("model,cpu,note\na,x86_64,\nb,x86_64,\n")
    monkeypatch.setattr(load_plugins(), "reports", {"": tmp_path})
    html = render_reports()
    assert "<h2>Full, by size</h2><p>In every row: cpu x86_64.</p>" in html
    assert Tables(html).tables == [[["model"], ["a"], ["b"]]]


def test_long_reports_are_folded_below_what_they_come_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zoo.plugins import load_plugins

    (tmp_path / "drawn").mkdir()
    (tmp_path / "drawn" / "drawn.csv").write_text("n\n" + "1\n2\n" * 300)
    (tmp_path / "drawn" / "by_model.csv").write_text("model\na\nb\n")
    monkeypatch.setattr(load_plugins(), "reports", {"": tmp_path})
    summary, _, details = render_reports().partition("<h2>Drawn</h2>")
    assert "<h2>Drawn, by model</h2><div" in summary
    assert details.startswith("<details><summary>600 rows</summary>")


def test_reports_of_strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zoo.plugins import load_plugins

    (tmp_path / "evil.csv").write_text("a,<script>alert(1)</script>\n<img src=x onerror=alert(1)>,0.123456789\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "latin.csv").write_bytes(b"a,\xe9\n")
    (tmp_path / "ragged.csv").write_text("a,b\n1\n")
    (tmp_path / "long.csv").write_text("n\n" + "1\n2\n" * 2500)
    (tmp_path / "huge.png").write_bytes(bytes(3_000_000))
    monkeypatch.setattr(load_plugins(), "reports", {"": tmp_path})
    html = render_reports()
    assert "<script" not in html
    assert "<img src=x" not in html
    assert ">0.12346<" in html
    assert "empty.csv is no table" in html
    assert "latin.csv is no table" in html
    assert "ragged.csv is no table" in html
    assert "The first 1000 rows" in html
    assert "huge.png has 3,000,000 bytes" in html
    monkeypatch.setattr(load_plugins(), "reports", {})
    assert "zoo benchmark" in render_reports()


def test_cards(models: DrawableModels) -> None:
    (table,) = Tables(render_models(models)).tables
    assert [row[0] for row in table[1:]] == list(models.packs)
    light = next(row for row in table if row[0] == "lenet5.light")
    assert "litert (fp32, fp16)" in light[-1]
    card, confusion = model_card("lenet5.mnist", models)
    assert card.lstrip().startswith("# lenet5.mnist")
    assert "Limits" in card
    assert "](model.keras)" not in card
    assert 'src="data:image/png' in confusion
    for nonsense in ("../../etc/passwd", None, ["lenet5.mnist"], {"path": "/etc/passwd"}):
        assert "Unknown model" in model_card(nonsense, models)[0]


def test_card_that_is_missing(lenet_copy: Path) -> None:
    (lenet_copy / "README.md").unlink()
    (lenet_copy / "confusion_matrix.png").unlink()
    assert "has no card" in model_card("lenet5.mnist", drawable_models(str(lenet_copy)))[0]
