"""Means and standard deviations over seeds: what a model gives, not what its luckiest run gave."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo.training.runs import RunResult

__all__ = ["over_seeds"]

FIGURES = ("accuracy", "negative_log_likelihood", "expected_calibration_error", "seconds")


def over_seeds(results: Sequence[RunResult]) -> list[dict[str, Any]]:
    """Each model's figures over its seeds.

    Parameters
    ----------
    results : sequence of RunResult
        Failed ones are left out.

    Returns
    -------
    list of dict
        ``model``, ``seeds`` (their number), ``parameters``, and of each figure its ``_mean`` and ``_sd``, the standard
        deviation of a sample; None for a single seed.
    """
    rows = []
    for model in dict.fromkeys(result.model for result in results if result.error is None):
        own = [result for result in results if result.model == model and result.error is None]
        row: dict[str, Any] = {"model": model, "seeds": len(own), "parameters": own[0].parameters}
        for figure in FIGURES:
            values = [getattr(result, figure) for result in own]
            row[f"{figure}_mean"] = statistics.mean(values)
            row[f"{figure}_sd"] = statistics.stdev(values) if len(own) > 1 else None
        rows.append(row)
    return rows
