"""Accuracy against parameters: the zoo's means over seeds among what others have published.

``python -m studies.accuracy_by_size`` draws ``results/accuracy_by_size.png`` from ``results/seeds.csv``, which
`studies.seeds` writes, and ``results/published.csv``.
"""

from __future__ import annotations

import argparse
import csv
import statistics
from pathlib import Path

from studies.common import plain_errors
from studies.seeds import TABLE
from zoo_benchmarks.report.plots import label

__all__ = ["PLOT", "PUBLISHED", "draw", "means"]

PUBLISHED = TABLE.with_name("published.csv")
PLOT = TABLE.with_name("accuracy_by_size.png")
LOWEST = 98.5  # percent; logistic regression would squeeze everything else into a line


def means(path: Path = TABLE) -> list[tuple[str, int, float, float | None]]:
    """Each model of MNIST in the table of seeds: name, parameters, mean accuracy and its standard deviation, percent.

    A single seed has no standard deviation. Models that learned from drawings, too, are not comparable.
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if not row["model"].endswith(".canvas")]
    found = []
    for model in dict.fromkeys(row["model"] for row in rows):
        own = [row for row in rows if row["model"] == model]
        values = [100 * float(row["accuracy"]) for row in own]
        spread = statistics.stdev(values) if len(values) > 1 else None
        found.append((model, int(own[0]["parameters"]), statistics.mean(values), spread))
    return found


def draw(target: Path = PLOT) -> None:
    """Draw the plot.

    Parameters
    ----------
    target : pathlib.Path
        A PNG.
    """
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 5.5), layout="constrained")
    with PUBLISHED.open(newline="", encoding="utf-8") as file:
        published = list(csv.DictReader(file))
    for selection, text, marker in (
        ("test set", "published, best run on the test set", "x"),
        ("none", "published, mean of runs", "D"),
    ):
        rows = [row for row in published if row["selection"] == selection]
        axes.errorbar(
            [int(row["parameters"]) for row in rows],
            [100 * float(row["accuracy"]) for row in rows],
            [100 * float(row["spread"] or 0) for row in rows],
            fmt=marker,
            color="grey",
            label=text,
        )
    shown = [row for row in means() if row[2] >= LOWEST]
    for family, color in (("frontier_", "tab:red"), ("", "tab:blue")):
        models = sorted(
            (row for row in shown if row[0].startswith("frontier_") == bool(family)), key=lambda row: row[1]
        )
        axes.errorbar(
            [row[1] for row in models],
            [row[2] for row in models],
            [row[3] or 0 for row in models],
            fmt="o-" if family else "o",
            color=color,
            capsize=3,
            label="this zoo, frontier family" if family else "this zoo",
        )
        for _, parameters, accuracy, spread in models:
            if spread is None:
                axes.plot(parameters, accuracy, "o", color=color, markerfacecolor="white", zorder=3)
    axes.set(xscale="log", xlabel="parameters", ylabel="accuracy on the 10,000 test images, %")
    axes.set_title("MNIST: mean over seeds, bars of one standard deviation; hollow: one seed", fontsize=10)
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", fontsize=8)
    bars = [(row[1], row[2] + step * (row[3] or 0) / 4) for row in shown for step in range(-4, 5)]
    others = [(int(row["parameters"]), 100 * float(row["accuracy"])) for row in published]
    line = [row[1:3] for row in sorted(shown, key=lambda row: row[1]) if row[0].startswith("frontier_")]
    label(axes, {row[0].removesuffix(".mnist"): row[1:3] for row in shown}, bars + others, line)
    figure.savefig(target, dpi=110, metadata={"Software": None})  # the same picture is the same file
    plt.close(figure)


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    with plain_errors():
        draw()
    print(PLOT)
