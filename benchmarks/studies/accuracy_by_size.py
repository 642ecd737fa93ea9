"""Accuracy against parameters: the zoo's means over seeds among what others have published.

``python -m studies.accuracy_by_size`` draws ``results/accuracy_by_size.png`` from ``results/seeds.csv``, which
`studies.seeds` writes, and ``results/published.csv``.
"""

from __future__ import annotations

import csv
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from studies.common import parser, plain_errors
from studies.seeds import TABLE
from zoo_benchmarks.report.plots import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PLOT", "PUBLISHED", "draw", "means"]

PUBLISHED = TABLE.with_name("published.csv")
PLOT = TABLE.with_name("accuracy_by_size.png")
LOWEST = 98.5  # percent; logistic regression would squeeze everything else into a line
DATASET = "mnist"  # models that learned from drawings, too, are not comparable

Mean = tuple[str, int, float, float | None]


def means(path: Path = TABLE) -> list[Mean]:
    """Each model of MNIST in the table of seeds: name, parameters, mean accuracy and its standard deviation, percent.

    A single seed has no standard deviation.
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["dataset"] == DATASET]
    found = []
    for model in dict.fromkeys(row["model"] for row in rows):
        own = [row for row in rows if row["model"] == model]
        values = [100 * float(row["accuracy"]) for row in own]
        spread = statistics.stdev(values) if len(values) > 1 else None
        found.append((model, int(own[0]["parameters"]), statistics.mean(values), spread))
    return found


def draw(target: Path = PLOT) -> None:
    """Draw the plot, a PNG."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 5.5), layout="constrained")
    others = _draw_published(axes)
    shown = sorted((row for row in means() if row[2] >= LOWEST), key=lambda row: row[1])
    frontier = [row for row in shown if row[0].startswith("frontier_")]
    _draw_means(axes, frontier, "tab:red", "o-", "this zoo, frontier family")
    _draw_means(axes, [row for row in shown if row not in frontier], "tab:blue", "o", "this zoo")
    axes.set(xscale="log", xlabel="parameters", ylabel="accuracy on the 10,000 test images, %")
    axes.set_title("MNIST: mean over seeds, bars of one standard deviation; hollow: one seed", fontsize=10)
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", fontsize=8)
    bars = [(row[1], row[2] + step * (row[3] or 0) / 4) for row in shown for step in range(-4, 5)]
    names = {row[0].removesuffix(".mnist"): row[1:3] for row in means() if row[2] >= LOWEST}
    label(axes, names, bars + others, [row[1:3] for row in frontier])
    figure.savefig(target, dpi=110, metadata={"Software": None})  # the same picture is the same file
    plt.close(figure)


def _draw_published(axes: Axes) -> list[tuple[float, float]]:
    """What others have published; the points."""
    with PUBLISHED.open(newline="", encoding="utf-8") as file:
        published = [
            (row["selection"], int(row["parameters"]), 100 * float(row["accuracy"]), 100 * float(row["spread"] or 0))
            for row in csv.DictReader(file)
        ]
    for selection, text, marker in (
        ("test set", "published, best run on the test set", "x"),
        ("none", "published, mean of runs", "D"),
    ):
        _, parameters, accuracies, spreads = zip(*(row for row in published if row[0] == selection), strict=True)
        axes.errorbar(parameters, accuracies, spreads, fmt=marker, color="grey", label=text)
    return [(parameters, accuracy) for _, parameters, accuracy, _ in published]


def _draw_means(axes: Axes, rows: list[Mean], color: str, form: str, text: str) -> None:
    _, parameters, accuracies, spreads = zip(*rows, strict=True)
    bars = [spread or 0 for spread in spreads]
    axes.errorbar(parameters, accuracies, bars, fmt=form, color=color, capsize=3, label=text)
    for _, size, accuracy, spread in rows:
        if spread is None:
            axes.plot(size, accuracy, "o", color=color, markerfacecolor="white", zorder=3)


if __name__ == "__main__":
    parser(__doc__).parse_args()
    with plain_errors():
        draw()
    print(PLOT)
