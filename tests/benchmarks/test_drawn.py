"""``zoo benchmark drawn``: who judges, under which conditions, and what is counted."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import assert_one_message, change_manifest, run_zoo

import zoo
from zoo.canvas import from_strokes
from zoo.datasets.drawn import rendering as drawings
from zoo.datasets.drawn.pen_strokes import FOLDS, load_pen_strokes
from zoo_benchmarks.command import drawn as drawn_command
from zoo_benchmarks.drawn import images as shown
from zoo_benchmarks.drawn import measure
from zoo_benchmarks.drawn.images import CONDITIONS, Condition, blank_shares, on_canvas
from zoo_benchmarks.drawn.measure import COLUMNS, measure_drawn

SEVEN = [np.array([(0, 0), (50, 0), (25, 80)], dtype=np.float32)]
pen_file = Path(os.environ.get("ZOO_DATA_DIR", "/nowhere")) / "pen_digits.npz"
SOURCES = ("strokes", "pixels")
needs_pens = pytest.mark.skipif(
    not pen_file.is_file() and not os.environ.get("CI"), reason="set ZOO_DATA_DIR to a folder that holds pen_digits.npz"
)


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: f"{condition.factor} {condition.value}")
def test_a_drawing_lies_on_the_canvas_as_its_condition_says(condition: Condition) -> None:
    placed = on_canvas(SEVEN, condition)
    points = np.concatenate(placed)
    assert (points == points.round()).all()  # pixels, as a pad sends them
    lower, upper = points.min(axis=0) - condition.brush / 2, points.max(axis=0) + condition.brush / 2
    assert (lower >= -0.5).all()
    assert (upper <= 280.5).all()
    assert (upper - lower).max() == pytest.approx(280 * condition.scale, abs=1)
    left, above = condition.place
    np.testing.assert_allclose(lower, (280 - (upper - lower)) * (left, above), atol=1.5)
    if condition.angle == 0:
        assert np.abs(from_strokes(placed) - from_strokes(SEVEN)).mean() < 0.01


def test_rotation_is_clockwise() -> None:
    (bar,) = on_canvas([np.array([(0, 0), (100, 0)], dtype=np.float32)], Condition("rotation", "15", angle=15))
    assert bar[1, 1] - bar[0, 1] == pytest.approx(np.tan(np.deg2rad(15)) * (bar[1, 0] - bar[0, 0]), abs=1)


@pytest.fixture
def lenet_copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(zoo.get_pack("lenet5.mnist").folder, tmp_path / "lenet5.mnist"))


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few digits, few conditions: all of them take minutes."""
    monkeypatch.setenv("ZOO_HOME", str(tmp_path))
    conditions = (
        Condition("brush", "40", brush=40),
        Condition("place", "middle"),
        Condition("scale", "0.2", scale=0.2),
        Condition("rotation", "-15", angle=-15),
    )
    monkeypatch.setattr(measure, "CONDITIONS", conditions)
    monkeypatch.setattr(measure, "QUICK_STEP", 75)
    monkeypatch.setattr(shown, "NO_DIGITS", 14)
    monkeypatch.setattr(drawings, "PAIRS", 14)
    monkeypatch.setattr(shown, "PAPERS", {"noisy white": shown.PAPERS["noisy white"]})
    monkeypatch.setattr(shown, "SIZES", ((28, 28),))


def test_every_blank_canvas_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "TURNS", 2)
    shares = {(source, kind): share for source, kind, _, share in blank_shares()}
    kinds = {"white", "black", "noisy white", "uneven light", "transparent"}
    assert shares == dict.fromkeys([("strokes", "no points"), *(("pixels", kind) for kind in kinds)], 1.0)


def test_a_canvas_with_a_line_is_not_blank(monkeypatch: pytest.MonkeyPatch) -> None:
    def line(width: int, height: int, random: np.random.Generator) -> np.ndarray:
        return np.where(abs(np.arange(width) - width / 2) < width / 20, 0.0, 255.0) * np.ones((height, 1))

    monkeypatch.setattr(shown, "PAPERS", {"white": shown.PAPERS["white"], "line": line})
    monkeypatch.setattr(shown, "EMPTY_STROKES", ([], [[(0, 0), (9, 9)]]))
    assert [share for *_, share in blank_shares()] == [0.5, 1.0, 0.0]


@needs_pens
@pytest.mark.slow
@pytest.mark.usefixtures("few")
def test_a_model_is_judged_by_writers_that_it_has_not_seen(
    lenet_copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pens = load_pen_strokes()
    rows = measure_drawn([zoo.get_pack(lenet_copy)], quick=True)
    of_model = [row for row in rows if row["model"] == "lenet5.mnist"]
    assert {(row["writers"], row["refused"]) for row in of_model} == {("unseen", None)}
    assert rows[0]["images"] == sum(len(pens.of_writers(fold)[::75]) for fold in FOLDS)
    strokes, pixels = ({row["factor"]: row["accuracy"] for row in rows if row["source"] == s} for s in SOURCES)
    assert strokes["brush"] == pytest.approx(strokes["place"], abs=0.02)  # a stroke has no width
    assert 0.9 < strokes["place"] <= 1
    assert 0.9 < pixels["place"] <= 1
    assert pixels["scale"] < pixels["place"]  # a small drawing with a broad brush has lost its loops

    changes = {"dataset": {"name": "canvas:fold2", "digests": {}}, "rejection": {"threshold": 1.0}}
    change_manifest(lenet_copy, lambda manifest: manifest.update(changes))
    of_a_fold = zoo.get_pack(lenet_copy)
    rows = measure_drawn([of_a_fold, of_a_fold], quick=True)
    assert rows[0]["images"] == len(pens.of_writers(FOLDS[2])[::75])
    assert {row["value"] for row in rows if row["factor"] == "no digit"} == {"scribbles", "letters", "two digits"}
    assert all(0.5 < row["refused"] <= 1 for row in rows if row["factor"] == "no digit")
    mean = next(row for row in rows if row["model"] == "lenet5: mean of 2 folds")
    assert mean["accuracy"] == rows[0]["accuracy"]
    assert mean["images"] == 2 * rows[0]["images"]

    change_manifest(lenet_copy, lambda manifest: manifest["dataset"].update(name="canvas"))
    command = [str(lenet_copy), "--quick", "--quiet", "--output", str(tmp_path / "run")]
    drawn_command.main(command, standalone_mode=False)
    printed = capsys.readouterr().out
    assert "seen in training" in printed
    assert "scribbles" in printed
    with (tmp_path / "run" / "drawn.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    assert tuple(found[0]) == COLUMNS
    assert len(found) == 2 * 4 + 3 + 2
    assert {row["protocol"] for row in found} == {"quick"}
    assert [(row["model"], row["factor"], row["refused"]) for row in found[-2:]] == [("all models", "blank", "1.0")] * 2
    assert "noisy white" in printed
    with (tmp_path / "run" / "by_model.csv").open(newline="") as file:
        strokes_row, pixels_row = csv.DictReader(file)
    assert (strokes_row["source"], pixels_row["source"]) == SOURCES
    brush = next(row for row in found if (row["source"], row["factor"]) == ("pixels", "brush"))
    assert pixels_row["accuracy"] == brush["accuracy"]  # the only width
    assert pixels_row["refused_letters"] == next(row["refused"] for row in found if row["value"] == "letters")
    assert strokes_row["refused_letters"] == strokes_row["refused_two_digits"] == ""

    change_manifest(lenet_copy, lambda manifest: manifest.update(id="lenet5.other", tag="other"))
    for _ in range(2):  # what is there of other models stays, what is there of this one does not
        drawn_command.main(command, standalone_mode=False)
        with (tmp_path / "run" / "drawn.csv").open(newline="") as file:
            both = list(csv.DictReader(file))
        assert both[:11] == found[:11]
        assert [row["model"] for row in both[11:]] == ["lenet5.other"] * 11 + ["all models"] * 2
    with (tmp_path / "run" / "by_model.csv").open(newline="") as file:
        assert [row["model"] for row in csv.DictReader(file)] == ["lenet5.mnist"] * 2 + ["lenet5.other"] * 2


def test_a_folder_of_something_else_is_left_alone(lenet_copy: Path, tmp_path: Path) -> None:
    command = ("benchmark", "drawn", lenet_copy, "--quick", "--output", tmp_path)
    (tmp_path / "drawn.csv").write_text("mine\n1\n")
    assert_one_message(run_zoo(*command), "holds something else", "--output")
    (tmp_path / "drawn.csv").write_text("model,protocol\nlenet5.mnist,full\n")
    assert_one_message(run_zoo(*command), "the protocol 'full'", "--output")
    assert (tmp_path / "drawn.csv").read_text() == "model,protocol\nlenet5.mnist,full\n"
    (tmp_path / "drawn.csv").write_text("model,protocol\nlenet5.mnist,quick\n")
    assert_one_message(run_zoo(*command), "drawn.csv' is damaged", "--output")
    assert_one_message(run_zoo(*command[:-1], tmp_path / "drawn.csv"), "is a file", "--output")


def test_a_model_that_reads_no_digits_is_refused(lenet_copy: Path) -> None:
    change_manifest(lenet_copy, lambda manifest: manifest.update(preprocessing={"canvas": None}))
    assert_one_message(run_zoo("benchmark", "drawn", lenet_copy), "does not read digits")
