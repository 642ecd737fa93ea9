"""The plots of a benchmark say which cells no other one beats, in names that can be read."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from matplotlib.text import Text

from zoo_benchmarks.report.plots import PLOTS, draw_plots, save_plots

LATENCY, SIZE, SPREAD = PLOTS
# Many models close together at the top, one far below: as it is in the zoo.
MODELS = {f"convnet_{number}.mnist": (0.996 + number / 5e3, 0.02 * 1.4**number) for number in range(9)}
MODELS["softmax_regression.mnist"] = (0.92, 0.004)


def row(model: str, runtime: str, **changed: Any) -> dict[str, Any]:
    accuracy, ms = MODELS[model]
    cell = {"model": model, "runtime": runtime, "precision": "fp32", "threads": 1, "status": "ok"}
    return {**cell, "accuracy": accuracy, "p50_ms": ms, "size_bytes": int(ms * 1e6), **changed}


ROWS = [row(model, "litert") for model in MODELS] + [
    row(model, "onnxruntime", precision="int8", p50_ms=2 * ms) for model, (_, ms) in MODELS.items()
]
SAMPLES = {runtime: {"convnet_0.mnist": [0.1, 0.2, 0.3]} for runtime in ("litert", "onnxruntime")}


def test_names_do_not_overlap_and_those_of_the_front_are_there() -> None:
    failed = row("convnet_0.mnist", "litert", p50_ms=1e-4, status="failed")
    beaten = {**ROWS[0], "model": "beaten.mnist", "accuracy": 0.9, "p50_ms": 1.0, "size_bytes": 10**6}
    figures = dict(draw_plots([*ROWS, failed, beaten], SAMPLES))
    for name in (LATENCY, SIZE):
        figure = figures[name]
        figure.draw_without_rendering()
        (axes,) = figure.axes
        assert axes.get_xscale() == "log"
        assert axes.get_xlim()[0] > 1e-3  # the failed cell is not drawn
        boxes = {text.get_text(): Text.get_window_extent(text) for text in axes.texts}  # without lines to the dots
        assert len(boxes) == len(axes.texts) > 7
        assert "softmax_regression" in boxes
        assert "beaten" not in boxes
        assert not [pair for pair in combinations(boxes, 2) if boxes[pair[0]].overlaps(boxes[pair[1]])]
        inside = axes.get_window_extent()
        assert all(inside.contains(*corner) for box in boxes.values() for corner in (box.min, box.max))


@pytest.mark.parametrize("rows", [ROWS, ROWS[:1], ROWS[:2]], ids=["all", "one cell", "two cells"])
def test_every_axis_has_ticks_that_can_be_read(rows: list[dict[str, Any]]) -> None:
    for _, figure in draw_plots(rows, SAMPLES):
        figure.draw_without_rendering()
        (axes,) = figure.axes
        for axis in (axes.xaxis, axes.yaxis):
            boxes = [label.get_window_extent() for label in axis.get_ticklabels() if label.get_text()]
            assert len(boxes) > 1
            assert not [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])]


def test_a_quick_run_says_so_in_its_plots() -> None:
    for quick in (False, True):
        texts = [figure.get_suptitle() for _, figure in draw_plots(ROWS, SAMPLES, quick=quick)]
        assert texts == ["A quick run, for a first look only" if quick else ""] * 3


def test_latencies_are_those_of_all_rounds() -> None:
    rounds = [1.0] * 10 + [3.0] * 10
    samples = {"litert": {"convnet_0.mnist": [1.0] * 10}, "onnxruntime": {"convnet_0.mnist": rounds}}
    (axes,) = dict(draw_plots(ROWS, samples))[SPREAD].axes
    medians = [line.get_ydata()[0] for line in axes.lines if line.get_color() == "C1"]  # type: ignore[index]
    assert medians == [1, 2]


@pytest.mark.parametrize(
    ("rows", "samples", "names"),
    [
        ([{**one, "accuracy": None} for one in ROWS], SAMPLES, [SPREAD]),
        ([{**ROWS[0], "p50_ms": None, "accuracy": 1.0}], {}, [SIZE]),
        ([], {}, []),
    ],
    ids=["no accuracy", "one cell without latency or error", "nothing"],
)
def test_what_was_measured_is_drawn(rows: Any, samples: Any, names: list[str], tmp_path: Path) -> None:
    made = save_plots(rows, samples, tmp_path)
    assert [path.name for path in made] == names
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in made)
