"""What ``drawn.csv`` comes to: a row for each model and source."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from zoo_benchmarks.drawn import ALL_MODELS, BY_FOLDS

__all__ = ["NO_DIGIT", "SPANS", "SUMMARY_COLUMNS", "summarise"]

SPANS = ("brush", "place", "scale", "rotation")
NO_DIGIT = ("scribbles", "letters", "two digits")
SUMMARY_COLUMNS = (
    "model", "protocol", "writers", "source", "images", "accuracy", *(f"{factor}_span" for factor in SPANS),
    "refused_digits", *(f"refused_{kind.replace(' ', '_')}" for kind in NO_DIGIT),
)  # fmt: skip
"""`accuracy` is the mean over all widths of the brush, a span what a factor costs: the best minus the worst accuracy.

The shares that are refused are those of digits in their usual place, and of what is no digit.
"""


def summarise(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sum up what was measured.

    Parameters
    ----------
    rows : sequence of dict
        As `zoo_benchmarks.drawn.measure_drawn` gives them.

    Returns
    -------
    list of dict
        A value, or None, for each of `SUMMARY_COLUMNS`; the means of folds, which say most, come first.
    """
    models = dict.fromkeys(row["model"] for row in rows if row["model"] != ALL_MODELS)
    of_folds = {row["model"] for row in rows if row["trained_on"] == BY_FOLDS}
    ordered = sorted(models, key=lambda model: model not in of_folds)
    return [
        _row([row for row in rows if row["model"] == model and row["source"] in (source, "both")], source)
        for model in ordered
        for source in ("strokes", "pixels")
    ]


def _row(own: Sequence[dict[str, Any]], source: str) -> dict[str, Any]:
    """One model on one source."""
    measured = {factor: [row["accuracy"] for row in own if row["factor"] == factor] for factor in SPANS}
    usual = next(row for row in own if (row["factor"], row["value"]) == ("place", "middle"))
    refused = {row["value"]: row["refused"] for row in own if row["factor"] == "no digit"}
    return {
        "model": usual["model"],
        "protocol": usual["protocol"],
        "writers": usual["writers"],
        "source": source,
        "images": usual["images"],
        "accuracy": statistics.fmean(measured["brush"]),
        **{f"{factor}_span": max(values) - min(values) for factor, values in measured.items()},
        "refused_digits": usual["refused"],
        **{f"refused_{kind.replace(' ', '_')}": refused.get(kind) for kind in NO_DIGIT},
    }
