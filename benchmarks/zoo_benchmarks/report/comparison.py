"""Two runs compared: what got better or worse beyond the noise."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.errors import UnknownNameError, ZooError
from zoo_benchmarks.report.table import over_rounds, read_cells, read_conditions, unlike_protocols

__all__ = ["VERDICTS", "Change", "compare_runs", "unlike"]

FIGURES = {
    "p50_ms": ("single", -1),
    "images_per_second": ("offline", 1),
    "load_ms": ("cold", -1),
    "peak_bytes": ("memory", -1),
}
"""Where a figure is in a round, and whether more of it is better."""
LEAST = 0.05  # a change that is certain and smaller than this is not worth an alarm
VERDICTS = ("better", "worse", "same", "lost", "unsure", "only in the old run", "only in the new run")
"""``better`` and ``worse`` are certain; ``lost`` is a cell that was ok in the old run and is there in the new one, and
not ok; ``unsure`` is a figure of which a run has one round only."""

Measured = Mapping[str, Any]  # as `read_cells` gives it


@dataclass(frozen=True)
class Change:
    """One figure of one cell in two runs, or its ``status``, which has no numbers.

    The interval of a ratio is that of 95 %: over the rounds that of Welch (1947), on logarithms; of accuracy, what the
    two Wilson intervals allow at most. It is None where a run has one round only.
    """

    cell: str
    figure: str
    old: float | None  # medians over the rounds
    new: float | None
    ratio: float | None  # new to old; of what is measured in rounds, of the geometric means
    ratio_low: float | None
    ratio_high: float | None
    verdict: str


def compare_runs(old: Path, new: Path, reference: str | None = None) -> list[Change]:
    """Compare all cells that both runs have, in every figure that both have.

    With `reference`, the name of a cell, what is measured in rounds is taken relative to the same figure of this cell
    in the same round, so that a drift of the machine from one run to the other falls out.

    Raises `ZooError` when a folder holds no run, or their protocols differ, or nothing can be compared, and
    `UnknownNameError` when a run lacks the reference.
    """
    protocols = [read_conditions(folder)["protocol"] for folder in (old, new)]
    if protocols[0] != protocols[1]:
        raise ZooError(
            f"{str(old)!r} and {str(new)!r} were measured by different protocols ({unlike_protocols(*protocols)}); "
            "only like is compared with like. Measure one of them again, with the --quick and --rounds of the other."
        )
    before, after = read_cells(old), read_cells(new)
    bases = None
    if reference is not None:
        bases = _reference(old, before, reference), _reference(new, after, reference)
    changes = [
        change
        for name, cell in before.items()
        if name in after and cell["status"] == "ok"
        for change in _changes(name, cell, after[name], bases)
    ]
    if all(change.verdict == "unsure" for change in changes):
        raise ZooError(
            f"Nothing can be compared: {str(old)!r} and {str(new)!r} have no figure in common, of a cell that is ok in "
            "the first, that was measured in at least two rounds. Measure the same cells and scenarios in both."
        )
    for names, others, verdict in ((before, after, VERDICTS[-2]), (after, before, VERDICTS[-1])):
        changes += [_without_figures(name, verdict) for name in names if name not in others]
    return changes


def unlike(old: Path, new: Path) -> list[str]:
    """What differs between two runs besides the build of the zoo, as sentences."""
    before, after = read_conditions(old), read_conditions(new)
    texts = []
    if before["cpu"] != after["cpu"]:
        texts.append(f"Another machine: {before['cpu']}, then {after['cpu']}.")
    names = sorted({*before["versions"], *after["versions"]})
    versions = [(name, *(one["versions"].get(name, "none") for one in (before, after))) for name in names]
    if changed := [f"{name} {was}, then {now}" for name, was, now in versions if was != now]:
        texts.append(f"Other versions: {'; '.join(changed)}.")
    return texts


def _reference(folder: Path, cells: Mapping[str, Measured], name: str) -> Measured:
    if name not in cells:
        raise UnknownNameError("cell", name, cells)
    if cells[name]["status"] != "ok":
        raise ZooError(
            f"The reference {name!r} is {cells[name]['status']} in {str(folder)!r}; choose a cell that is ok in both "
            "runs."
        )
    return cells[name]


def _changes(name: str, old: Measured, new: Measured, bases: tuple[Measured, Measured] | None) -> Iterator[Change]:
    """What became of one cell."""
    if new["status"] != "ok":
        yield _without_figures(name, "lost")
        return
    for figure in FIGURES:
        values = [_values(cell, figure) for cell in (old, new)]
        if bases is not None:
            relative = zip(values, (_values(base, figure) for base in bases), strict=True)
            values = [[v / b for v, b in zip(*pair, strict=False)] for pair in relative]
        if all(values):
            yield _of_rounds(name, figure, *values)
    if old["size_bytes"] and new["size_bytes"]:
        yield _of_sizes(name, old["size_bytes"], new["size_bytes"])
    for was, now in zip(_judged(old), _judged(new), strict=False):
        yield _of_accuracies(name, was, now)


def _without_figures(cell: str, verdict: str) -> Change:
    return Change(cell, "status", None, None, None, None, None, verdict)


def _values(cell: Measured, figure: str) -> list[float]:
    scenario, _ = FIGURES[figure]
    return over_rounds(cell, scenario, figure)


def _judged(cell: Measured) -> list[Mapping[str, float]]:
    return [one["accuracy"] for one in cell["rounds"] if "accuracy" in one]


def _of_rounds(cell: str, figure: str, old: Sequence[float], new: Sequence[float]) -> Change:
    from scipy.stats import ttest_ind

    medians = statistics.median(old), statistics.median(new)
    before, after = [math.log(value) for value in old], [math.log(value) for value in new]
    ratio = statistics.mean(after) - statistics.mean(before)
    if min(len(old), len(new)) < 2:
        return Change(cell, figure, *medians, math.exp(ratio), None, None, "unsure")
    low = high = ratio
    if statistics.pvariance(before) or statistics.pvariance(after):
        interval = ttest_ind(after, before, equal_var=False).confidence_interval(0.95)
        low, high = float(interval.low), float(interval.high)
    certain = (low > 0 or high < 0) and abs(math.expm1(ratio)) > LEAST
    return Change(
        cell,
        figure,
        *medians,
        math.exp(ratio),
        math.exp(low),
        math.exp(min(high, 700)),  # two rounds tell next to nothing: the interval may be too wide for a float
        _verdict(ratio * FIGURES[figure][1]) if certain else "same",
    )


def _of_sizes(cell: str, old: int, new: int) -> Change:
    """A size is what it is: its interval is a point."""
    ratio = new / old
    verdict = _verdict(1 - ratio) if abs(ratio - 1) > LEAST else "same"
    return Change(cell, "size_bytes", old, new, ratio, ratio, ratio, verdict)


def _of_accuracies(cell: str, old: Mapping[str, float], new: Mapping[str, float]) -> Change:
    """Accuracy has changed where the Wilson intervals have nothing in common."""
    was, now = old["accuracy"], new["accuracy"]
    apart = new["accuracy_low"] > old["accuracy_high"] or new["accuracy_high"] < old["accuracy_low"]
    verdict = _verdict(now - was) if apart else "same"
    if old["accuracy_low"] <= 0:  # nothing was right: there is no ratio to it
        return Change(cell, "accuracy", was, now, None, None, None, verdict)
    low, high = new["accuracy_low"] / old["accuracy_high"], new["accuracy_high"] / old["accuracy_low"]
    return Change(cell, "accuracy", was, now, now / was, low, high, verdict)


def _verdict(gain: float) -> str:
    return "better" if gain > 0 else "worse"
