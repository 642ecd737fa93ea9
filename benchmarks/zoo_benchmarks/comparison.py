"""Two runs compared: what got better or worse beyond the noise."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zoo.errors import UnknownNameError, ZooError

__all__ = ["Change", "compare_runs"]

FIGURES = {"p50_ms": ("single", -1), "images_per_second": ("offline", 1), "peak_bytes": ("memory", -1)}
"""Where a figure is in a round, and whether more of it is better."""
LEAST = 0.05  # a change that is certain and smaller than this is not worth an alarm


@dataclass(frozen=True)
class Change:
    """One figure of one cell in two runs.

    Attributes
    ----------
    cell, figure : str
    old, new : float or None
        Medians over the rounds; None where the cell is not ok in that run.
    ratio, ratio_low, ratio_high : float or None
        New to old, geometric means over the rounds, with the bounds of the 95 % interval (Welch 1947, on logarithms).
    verdict : {"better", "worse", "same", "lost"}
        ``lost`` is a cell that was ok in the old run and is there in the new one, and not ok.
    """

    cell: str
    figure: str
    old: float | None
    new: float | None
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    verdict: str

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON-ready data."""
        return asdict(self)


def compare_runs(old: Path, new: Path, reference: str | None = None) -> list[Change]:
    """Compare all cells that both runs have.

    Parameters
    ----------
    old, new : pathlib.Path
        Folders of runs by the same protocol.
    reference : str, optional
        Name of a cell: every figure is taken relative to the same figure of this cell in the same round, so that a
        drift of the machine from one run to the other falls out.

    Returns
    -------
    list of Change

    Raises
    ------
    ZooError
        When a folder holds no run, or their protocols differ, or they have no cell in common.
    UnknownNameError
        When a run lacks the reference.
    """
    protocols = [_read(folder / "run.json")["protocol"] for folder in (old, new)]
    if protocols[0] != protocols[1]:
        raise ZooError(
            f"{str(old)!r} was measured by the protocol {protocols[0]['name']!r}, {str(new)!r} by "
            f"{protocols[1]['name']!r}, or by another version of it; only like is compared with like."
        )
    runs = [{path.stem: _read(path) for path in sorted((folder / "cells").glob("*.json"))} for folder in (old, new)]
    if reference is not None:
        for run in runs:
            if reference not in run:
                raise UnknownNameError("cell", reference, run)
    common = [name for name in runs[0] if name in runs[1] and runs[0][name]["status"] == "ok"]
    if not common:
        raise ZooError(f"{str(old)!r} and {str(new)!r} have no cell in common that is ok in the first.")
    changes = []
    for name in common:
        if runs[1][name]["status"] != "ok":
            changes.append(Change(name, "status", None, None, None, None, None, "lost"))
            continue
        for figure in FIGURES:
            values = [_values(run[name], figure) for run in runs]
            if reference is not None:
                bases = [_values(run[reference], figure) for run in runs]
                values = [[v / b for v, b in zip(*pair, strict=False)] for pair in zip(values, bases, strict=True)]
            if all(len(found) > 1 for found in values):
                changes.append(_change(name, figure, *values))
    return changes


def _values(cell: Mapping[str, Any], figure: str) -> list[float]:
    scenario, _ = FIGURES[figure]
    return [one[scenario][figure] for one in cell["rounds"] if scenario in one]


def _change(cell: str, figure: str, old: Sequence[float], new: Sequence[float]) -> Change:
    from scipy.stats import ttest_ind

    before, after = [math.log(value) for value in old], [math.log(value) for value in new]
    ratio = statistics.mean(after) - statistics.mean(before)
    low = high = ratio
    if statistics.pvariance(before) or statistics.pvariance(after):
        interval = ttest_ind(after, before, equal_var=False).confidence_interval(0.95)
        low, high = float(interval.low), float(interval.high)
    certain = (low > 0 or high < 0) and abs(math.expm1(ratio)) > LEAST
    gain = ratio * FIGURES[figure][1]
    verdict = "same" if not certain else "better" if gain > 0 else "worse"
    return Change(
        cell,
        figure,
        statistics.median(old),
        statistics.median(new),
        math.exp(ratio),
        math.exp(low),
        math.exp(min(high, 700)),  # two rounds tell next to nothing: the interval may be too wide for a float
        verdict,
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ZooError(
            f"{str(path)!r} cannot be read ({error}). Give two folders that 'zoo benchmark' wrote."
        ) from error
    return data
