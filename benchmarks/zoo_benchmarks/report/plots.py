"""The pictures of a benchmark: Pareto fronts of accuracy, and how long calls take on each runtime."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.errors import MissingExtraError

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

__all__ = ["FONT", "PLOTS", "Samples", "draw_plots", "label", "pareto_front", "save_plots"]

Row = Mapping[str, Any]
Samples = Mapping[str, Mapping[str, Sequence[float]]]
"""Milliseconds of calls, by runtime and model."""


SIDE = 5.0  # inches: as wide as a phone shows at its own size
DPI = 160
MARKERS = {"fp32": "o", "fp16": "s", "dynamic": "^", "int8": "D"}
LEAST_TICKS = 4
LEAST_ERROR = 5e-5  # half an image of 10,000, so that no error has a place on a log axis
Place = tuple[float, float]
FONT = 8  # points
OFFSETS = [
    (x * distance, y * distance)
    for distance in (4, 12, 24, 40)
    for x, y in ((-1, 0.8), (-0.4, 1.2), (0.4, 1.2), (1, 0.8), (-1, -0.8), (1, -0.8), (-0.4, -1.2), (0.4, -1.2))
]
"""Points from a dot to its name, the nearest first; up and to the left of a point of a front nothing is drawn."""
STEP = 4  # points; between what is looked at of a line


def pareto_front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Positions of the points that no other one beats, from the cheapest to the most accurate; of equals the first.

    >>> pareto_front([(1.0, 0.9), (3.0, 0.99), (2.0, 0.8), (3.0, 0.95)])
    [0, 1]
    """
    front: list[int] = []
    for position in sorted(range(len(points)), key=lambda one: (points[one][0], -points[one][1])):
        if not front or points[position][1] > points[front[-1]][1]:
            front.append(position)
    return front


def draw_plots(rows: Sequence[Row], samples: Samples, *, quick: bool = False) -> Iterator[tuple[str, Figure]]:
    """Draw what the rows have figures for, of cells that are ok: names of `PLOTS`, and square figures.

    Raises `MissingExtraError` when matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure  # not pyplot: no window system, no global state
    except ModuleNotFoundError as error:
        raise MissingExtraError("matplotlib", "benchmark", "Drawing results") from error

    measured = [row for row in rows if row["status"] == "ok"]
    for name, draw in PLOTS.items():
        figure = Figure(figsize=(SIDE, SIDE), layout="constrained")
        if quick:
            figure.suptitle("A quick run, for a first look only", fontsize=FONT)
        if draw(figure, measured, samples):
            yield name, figure


def save_plots(rows: Sequence[Row], samples: Samples, folder: Path, *, quick: bool = False) -> list[Path]:
    """Write what `draw_plots` draws as PNG files, which are returned."""
    made = []
    for name, figure in draw_plots(rows, samples, quick=quick):
        figure.savefig(folder / name, dpi=DPI, metadata={"Software": None})  # the same picture is the same file
        made.append(folder / name)
    return made


def _pareto(key: str, title: str, unit: str) -> Callable[[Figure, Sequence[Row], Samples], bool]:
    """A plot of accuracy against a column."""

    def draw(figure: Figure, rows: Sequence[Row], samples: Samples) -> bool:
        drawn = [row for row in rows if row["accuracy"] is not None and row[key]]
        if not drawn:
            return False
        axes = figure.subplots()
        axes.set(xscale="log", yscale="log", xlabel=unit, ylabel="accuracy", title=title)
        axes.invert_yaxis()
        _points(figure, axes, drawn, key)
        points = [(row[key], row["accuracy"]) for row in drawn]
        front = [drawn[position] for position in pareto_front(points)]
        places = [(row[key], _error(row)) for row in front]
        corners = [(after[0], before[1]) for before, after in pairwise(places)]
        line = [corner for pair in zip_longest(places, corners) for corner in pair if corner]
        axes.plot(*zip(*line, strict=True), color="gray", linewidth=1, zorder=1)
        _ticks(axes.xaxis, _plain)
        _ticks(axes.yaxis, lambda error, position: f"{100 * (1 - error):.6g} %")
        first: dict[str, tuple[float, float]] = {}
        for row, place in zip(front, places, strict=True):
            first.setdefault(str(row["model"]).removesuffix(".mnist"), place)
        label(axes, first, [(row[key], _error(row)) for row in drawn], line)
        return True

    return draw


def _ticks(axis: Axis, form: Callable[[float, float], str]) -> None:
    """Ticks at numbers of one digit, as few as tell where things are; at evenly spaced ones on less than a decade."""
    from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

    low, high = sorted(axis.get_view_interval())  # of all that is drawn so far
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)))
    for digits in ((1,), (1, 3), (1, 2, 3, 5)):
        ticks = [tick for power in powers for digit in digits if low <= (tick := digit * 10.0**power) <= high]
        if len(ticks) >= LEAST_TICKS:
            break
    else:
        ticks = [tick for tick in MaxNLocator(LEAST_TICKS).tick_values(low, high) if low <= tick <= high]
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(form)
    axis.set_minor_locator(NullLocator())


def _plain(value: float, position: float) -> str:
    """0.01 and 100k rather than powers of ten."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def _error(row: Row) -> float:
    return max(1 - float(row["accuracy"]), LEAST_ERROR)


def _points(figure: Figure, axes: Axes, rows: Sequence[Row], key: str) -> None:
    """One colour for each runtime, one shape for each precision."""
    runtimes = list(dict.fromkeys(row["runtime"] for row in rows))
    for number, runtime in enumerate(runtimes):
        for precision in dict.fromkeys(row["precision"] for row in rows):
            group = [row for row in rows if (row["runtime"], row["precision"]) == (runtime, precision)]
            axes.scatter(
                [row[key] for row in group],
                [_error(row) for row in group],
                s=18,
                color=f"C{number}",
                marker=MARKERS.get(precision, "P"),
                alpha=0.8,
                linewidths=0,
            )
    entries = [axes.scatter([], [], color=f"C{number}", label=name) for number, name in enumerate(runtimes)]
    entries += [
        axes.scatter([], [], color="gray", marker=MARKERS.get(name, "P"), label=name)
        for name in dict.fromkeys(row["precision"] for row in rows)
    ]
    figure.legend(handles=entries, fontsize=FONT, ncols=4, loc="outside lower center", frameon=False)


def _latencies(figure: Figure, rows: Sequence[Row], samples: Samples) -> bool:
    """Boxes from the first to the third quartile, whiskers from 1 % to 99 % of calls, over the same models."""
    shared = [model for model in next(iter(samples.values()), {}) if all(model in one for one in samples.values())]
    if not shared:
        return False
    fewest = min(len(one[model]) for one in samples.values() for model in shared)
    pooled = [[ms for model in shared for ms in _evenly(one[model], fewest)] for one in samples.values()]
    axes = figure.subplots()
    axes.boxplot(pooled, tick_labels=list(samples), whis=(1, 99), showfliers=False, medianprops={"color": "C1"})
    models = f"{len(shared)} models" if len(shared) > 1 else shared[0]
    axes.set(yscale="log", ylabel="milliseconds of a call, batch 1", title=f"Latency, fp32, {models}")
    _ticks(axes.yaxis, _plain)
    axes.tick_params(axis="x", labelrotation=20)
    return True


def _evenly(values: Sequence[float], count: int) -> list[float]:
    """As many of the values, from the first to the last round."""
    return [values[position * len(values) // count] for position in range(count)]


PLOTS: Mapping[str, Callable[[Figure, Sequence[Row], Samples], bool]] = {
    "accuracy_latency.png": _pareto("p50_ms", "Accuracy against latency", "median milliseconds of a call, batch 1"),
    "accuracy_size.png": _pareto("size_bytes", "Accuracy against size", "bytes on disk"),
    "latency.png": _latencies,
}
"""By file name: a function that draws, and tells whether there was something to draw."""


def label(axes: Axes, places: Mapping[str, Place], points: Sequence[Place], line: Sequence[Place] = ()) -> None:
    """Write names beside their places, with a thin line to each; one that finds no room is left out.

    Everything else is drawn on the axes, and their scales and limits are final. Names avoid the `points`, those of
    `places` among them, and the `line`, of which the corners are given.
    """
    import numpy as np
    from matplotlib.transforms import Bbox

    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()  # lays out, so that extents are known
    inside = axes.get_window_extent()
    taken: list[Bbox] = []
    pixels = figure.dpi / 72
    corners = [axes.transData.transform(corner) for corner in line]
    dots = np.concatenate([axes.transData.transform(points), *_along(corners, STEP * pixels)])
    for name, place in places.items():
        text = axes.text(*place, name, fontsize=FONT)
        width, height = text.get_window_extent().size
        text.remove()
        dot = axes.transData.transform(place)
        candidates = []
        for x, y in OFFSETS:
            left = dot[0] + x * pixels - (0 if x > 0 else width)
            bottom = dot[1] + y * pixels - (0 if y > 0 else height)
            box = Bbox.from_bounds(left, bottom, width, height)
            if box.count_overlaps(taken) == 0 and all(map(inside.contains, box.intervalx, box.intervaly)):
                candidates.append((int(box.padded(3 * pixels).count_contains(dots)), x, y, box))
        if candidates:
            _, x, y, box = min(candidates, key=lambda one: one[0])
            taken.append(box)
            axes.annotate(
                name,
                place,
                (x, y),
                textcoords="offset points",
                fontsize=FONT,
                horizontalalignment="left" if x > 0 else "right",
                verticalalignment="bottom" if y > 0 else "top",
                arrowprops={"arrowstyle": "-", "color": "gray", "linewidth": 0.5, "shrinkA": 0, "shrinkB": 2},
            )


def _along(corners: Sequence[np.ndarray], step: float) -> Iterator[np.ndarray]:
    """Points on each piece of a line, (n, 2), at most a step apart."""
    import numpy as np

    for start, end in pairwise(corners):
        yield np.linspace(start, end, 2 + int(np.hypot(*(end - start)) / step))
