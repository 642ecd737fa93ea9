"""How well models read what people draw: ``zoo benchmark drawn``.

A model is judged on writers whom it has never seen. Those are all 30 for models of MNIST, and those of fold n for
models trained on ``canvas:fold<n>``. Models that were trained on all 30 are measured on them, too, which the table
says: what they read of others, only the folds can tell.

Where nothing is drawn, `zoo.canvas` says so before any model is asked (`blank_shares`).
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from zoo import Pack, Split, ZooError, open_sessions, run_batches, wilson_interval
from zoo.runtimes.open import select
from zoo_benchmarks.drawn.images import CONDITIONS, Drawings, blank_shares
from zoo_benchmarks.measure.protocol import FULL, QUICK

if TYPE_CHECKING:
    import numpy as np

__all__ = ["COLUMNS", "NO_DIGIT", "SPANS", "SUMMARY_COLUMNS", "measure_drawn", "summarise"]

Row = dict[str, Any]

COLUMNS = (
    "model", "protocol", "trained_on", "writers", "source", "factor", "value", "images", "accuracy", "accuracy_low",
    "accuracy_high", "refused",
)  # fmt: skip
"""`protocol` is ``"full"`` or ``"quick"``; `refused` is the share of answers that were withheld, by a model that can.
What is no digit has only that. Blank canvases are the same to all models: their rows name `ALL_MODELS`.
"""

ALL_MODELS = "all models"
BY_FOLDS = "canvas, by folds"  # what the mean of folds was trained on
QUICK_STEP = 25  # every how many-th digit a quick run looks at
SPANS = ("brush", "place", "scale", "rotation")
NO_DIGIT = ("scribbles", "letters", "two digits")
SUMMARY_COLUMNS = (
    "model", "protocol", "writers", "source", "images", "accuracy", *(f"{factor}_span" for factor in SPANS),
    "refused_digits", *(f"refused_{kind.replace(' ', '_')}" for kind in NO_DIGIT),
)  # fmt: skip
"""`accuracy` is the mean over all widths of the brush, a span what a factor costs: the best minus the worst accuracy.

The shares that are refused are those of digits in their usual place, and of what is no digit.
"""


def measure_drawn(
    packs: Sequence[Pack],
    quick: bool = False,
    tell: Callable[[str], None] = lambda text: None,
    earlier: Sequence[Row] = (),
) -> list[Row]:
    """Run every model on every condition, on the lightest runtime that it has a file for, at fp32.

    `earlier` is what came of other models, which is kept; of these models, it is left out. Each row has a value, or
    None, for each of `COLUMNS`. At last come, for architectures with several folds, the folds' means, and what becomes
    of blank canvases. `tell` is given a line before each condition.

    Raises `ZooError` for a model that knows no digits or does not take what `zoo.canvas` makes, and where the pen
    digits are nowhere.
    """
    import numpy as np

    for pack in packs:
        if pack.manifest["preprocessing"].get("canvas") is None or pack.classes != list("0123456789"):
            raise ZooError(
                f"{pack.id} does not read digits as zoo.canvas makes them; choose models of mnist or canvas."
            )
    drawings = Drawings(QUICK_STEP if quick else 1)
    models = [_Model(pack) for pack in packs]
    for source, condition in ((s, c) for c in CONDITIONS for s in ("strokes", "pixels")):
        tell(f"{condition.factor} {condition.value}, from {source}")
        for model in models:
            folds = drawings.folds if model.unseen_fold is None else [model.unseen_fold]
            images = np.concatenate([drawings.digits(condition, source, fold) for fold in folds])
            labels = np.concatenate([drawings.labels(fold) for fold in folds])
            model.measure(source, condition.factor, condition.value, images, labels)
    for model in models:
        if model.pack.rejection is not None:
            for source, value, images in drawings.no_digits(model.unseen_fold):
                model.measure(source, "no digit", value, images)
    known = {ALL_MODELS, *(pack.id for pack in packs)}
    rows = [row for row in earlier if row["model"] not in known and row["trained_on"] != BY_FOLDS]
    rows += [row for model in models for row in model.rows]
    protocol = (QUICK if quick else FULL).name
    return [{**row, "protocol": protocol} for row in (*rows, *_means(rows), *_blank_rows())]


class _Model:
    """A model, opened, and its rows."""

    def __init__(self, pack: Pack) -> None:
        self.pack, self.rows = pack, list[Row]()
        self._sessions = open_sessions(*select(pack))
        self._trained_on = pack.manifest["dataset"]["name"]
        name, _, fold = self._trained_on.partition(":fold")
        self.unseen_fold = int(fold) if name == "canvas" and fold else None  # of writers whom its training left out

    def measure(
        self, source: str, factor: str, value: str, images: np.ndarray, labels: np.ndarray | None = None
    ) -> None:
        """Add the row of one set of images, uint8."""
        import numpy as np

        pack, count = self.pack, len(images)
        answered = Split(images, np.zeros(count, np.int64) if labels is None else labels)
        probabilities = run_batches(self._sessions, answered.scaled())
        row: Row = {
            **dict.fromkeys(COLUMNS),
            "model": pack.id,
            "trained_on": self._trained_on,
            "writers": "seen in training" if self._trained_on == "canvas" else "unseen",
            "source": source,
            "factor": factor,
            "value": value,
            "images": count,
        }
        if labels is not None:
            correct = int((probabilities.argmax(axis=1) == labels).sum())
            low, high = wilson_interval(correct, count)
            row.update(accuracy=correct / count, accuracy_low=low, accuracy_high=high)
        if pack.rejection is not None:
            row["refused"] = float(pack.rejection.rejects(probabilities).mean())
        self.rows.append(row)


def _means(rows: list[Row]) -> list[Row]:
    """The mean of the folds of each architecture, where there are several; without an interval, as folds differ."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if row["trained_on"].startswith("canvas:fold"):
            key = (row["model"].partition(".")[0], row["source"], row["factor"], row["value"])
            groups.setdefault(key, []).append(row)
    return [
        {
            **members[0],
            "model": f"{architecture}: mean of {len(members)} folds",
            "trained_on": BY_FOLDS,
            "images": sum(row["images"] for row in members),
            "accuracy": _mean(members, "accuracy"),
            "accuracy_low": None,
            "accuracy_high": None,
            "refused": _mean(members, "refused"),
        }
        for (architecture, *_), members in groups.items()
        if len(members) > 1
    ]


def _mean(rows: list[Row], key: str) -> float | None:
    values = [row[key] for row in rows]
    return None if None in values else statistics.fmean(values)


def _blank_rows() -> list[Row]:
    """What becomes of canvases on which nothing is drawn."""
    shown = {**dict.fromkeys(COLUMNS), "model": ALL_MODELS, "factor": "blank"}
    return [
        {**shown, "source": source, "value": kind, "images": images, "refused": share}
        for source, kind, images, share in blank_shares()
    ]


def summarise(rows: Sequence[Row]) -> list[Row]:
    """What the rows of `measure_drawn` come to: a value or None for each of `SUMMARY_COLUMNS`, means of folds first."""
    models = dict.fromkeys(row["model"] for row in rows if row["model"] != ALL_MODELS)
    of_folds = {row["model"] for row in rows if row["trained_on"] == BY_FOLDS}
    ordered = sorted(models, key=lambda model: model not in of_folds)
    return [
        _mean_row([row for row in rows if row["model"] == model and row["source"] in (source, "both")], source)
        for model in ordered
        for source in ("strokes", "pixels")
    ]


def _mean_row(own: Sequence[Row], source: str) -> Row:
    """One model on one source."""
    measured = {factor: [row["accuracy"] for row in own if row["factor"] == factor] for factor in SPANS}
    usual = next(row for row in own if (row["factor"], row["value"]) == ("place", "middle"))
    refused = {row["value"]: row["refused"] for row in own if row["factor"] == "no digit"}
    return {
        **{key: usual[key] for key in ("model", "protocol", "writers", "images")},
        "source": source,
        "accuracy": statistics.fmean(measured["brush"]),
        **{f"{factor}_span": max(values) - min(values) for factor, values in measured.items()},
        "refused_digits": usual["refused"],
        **{f"refused_{kind.replace(' ', '_')}": refused.get(kind) for kind in NO_DIGIT},
    }
