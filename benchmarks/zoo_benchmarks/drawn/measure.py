"""How well models read what people draw: ``zoo benchmark --scenario drawn``.

The digits are those of the data set ``pendigits``, drawn again on a canvas as the demo's: from **strokes**, as a pad
sends them, and from **pixels**, as a picture of it shows them. One condition changes at a time, from a drawing in the
middle, 0.7 of the canvas long, painted 12 pixels wide: the width of the brush, the place, the scale, the rotation.
Strokes have no width, so the brush changes nothing there.

A model is judged on writers whom it has never seen. Those are all 30 for models of MNIST, and those of fold n for
models trained on ``canvas:fold<n>``. Models that were trained on all 30 are measured on them, too, which the table
says: what they read of others, only the folds can tell. What is no digit comes from forms, fonts and writers that
taught nothing.

Where nothing is drawn, `zoo.canvas` says so before any model is asked (`blank_shares`).
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoo import Pack, ZooError
from zoo.contract.runtime import Session
from zoo.datasets.drawn.rendering import CANVAS, fit, kept
from zoo.evaluation.answers import open_sessions, run_batches
from zoo.runtimes.open import select
from zoo_benchmarks.drawn.blank import blank_shares
from zoo_benchmarks.measure.protocol import FULL, QUICK

if TYPE_CHECKING:
    import numpy as np

    from zoo.datasets.drawn.pen_strokes import PenStrokes

__all__ = [
    "ALL_MODELS",
    "BY_FOLDS",
    "COLUMNS",
    "CONDITIONS",
    "NO_DIGIT",
    "SPANS",
    "SUMMARY_COLUMNS",
    "Condition",
    "measure_drawn",
    "on_canvas",
    "summarise",
    "unseen_fold",
]

COLUMNS = (
    "model", "protocol", "trained_on", "writers", "source", "factor", "value", "images", "accuracy", "accuracy_low",
    "accuracy_high", "refused",
)  # fmt: skip
"""`protocol` is ``"full"`` or ``"quick"``; `refused` is the share of answers that were withheld, by a model that can.
What is no digit has only that.

Blank canvases are the same to all models: their rows name `ALL_MODELS`.
"""


ALL_MODELS = "all models"
BY_FOLDS = "canvas, by folds"  # what the mean of folds was trained on
QUICK_STEP = 25  # every how many-th digit a quick run looks at
NO_DIGITS = 1400  # scribbles that judge
SEED = 20_260


@dataclass(frozen=True)
class Condition:
    """How a digit lies on the canvas.

    Parameters
    ----------
    factor, value : str
        What differs from the usual, and how.
    brush : float
        Width in pixels of the canvas.
    place : tuple of float
        Of the room that the drawing leaves, the share that is to its left, and above it.
    scale : float
        Longer side, brush included, as a share of the canvas.
    angle : float
        Degrees, clockwise.
    """

    factor: str
    value: str
    brush: float = 12
    place: tuple[float, float] = (0.5, 0.5)
    scale: float = 0.7
    angle: float = 0

    @property
    def drawing(self) -> tuple[float, float, float, float, float]:
        """All that decides the picture."""
        return self.brush, *self.place, self.scale, self.angle


PLACES = {
    "middle": (0.5, 0.5),
    "upper left": (0, 0),
    "upper right": (1, 0),
    "lower left": (0, 1),
    "lower right": (1, 1),
}

CONDITIONS = (
    *(Condition("brush", f"{brush}", brush=brush) for brush in (4, 8, 12, 16, 24, 32, 40)),
    *(Condition("place", name, place=place) for name, place in PLACES.items()),
    *(Condition("scale", f"{scale:g}", scale=scale) for scale in (0.2, 0.4, 0.6, 0.8, 1.0)),
    *(Condition("rotation", f"{angle}", angle=angle) for angle in (-15, -10, -5, 0, 5, 10, 15)),
)


def measure_drawn(
    packs: Sequence[Pack],
    quick: bool = False,
    report: Callable[[str], None] = lambda text: None,
    earlier: Sequence[dict[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Run every model on every condition, on the lightest runtime that it has a file for, at fp32.

    Parameters
    ----------
    packs : sequence of Pack
    quick : bool
        Look at one digit of `QUICK_STEP`.
    report : callable
        Is given a line of text before each condition.
    earlier : sequence of dict
        What this function returned for other models, which is kept; of these models, it is left out.

    Returns
    -------
    list of dict
        A value, or None, for each of `COLUMNS`; at last, for architectures with several folds, the folds' means, and
        what becomes of blank canvases.

    Raises
    ------
    ZooError
        For a model that knows no digits or does not take what `zoo.canvas` makes, and where the pen digits are nowhere.
    """
    import numpy as np

    from zoo.datasets.drawn.pen_strokes import FOLDS, load_pen_strokes

    for pack in packs:
        if pack.manifest["preprocessing"].get("canvas") is None or pack.classes != list("0123456789"):
            raise ZooError(
                f"{pack.id} does not read digits as zoo.canvas makes them; choose models of mnist or canvas."
            )
    pens = load_pen_strokes()
    sessions = [open_sessions(*select(pack)) for pack in packs]
    step = QUICK_STEP if quick else 1
    rows: list[list[dict[str, Any]]] = [[] for _ in packs]
    for source, condition in ((s, c) for c in CONDITIONS for s in ("strokes", "pixels")):
        report(f"{condition.factor} {condition.value}, from {source}")
        for pack, opened, own in zip(packs, sessions, rows, strict=True):
            folds = _judging(pack)
            images = np.concatenate([_condition_images(pens, condition, source, fold, step) for fold in folds])
            labels = np.concatenate([pens.label[pens.of_writers(FOLDS[fold])[::step]] for fold in folds])
            own.append(_row(pack, opened, source, condition.factor, condition.value, images, labels))
    for pack, opened, own in zip(packs, sessions, rows, strict=True):
        if pack.rejection is not None:
            for source, value, images in _no_digits(pack, pens):
                own.append(_row(pack, opened, source, "no digit", value, images))
    known = {ALL_MODELS, *(pack.id for pack in packs)}
    kept_rows = [row for row in earlier if row["model"] not in known and row["trained_on"] != BY_FOLDS]
    flat = [*kept_rows, *(row for own in rows for row in own)]
    protocol = (QUICK if quick else FULL).name
    return [{**row, "protocol": protocol} for row in (*flat, *_means(flat), *_blank_rows())]


def on_canvas(strokes: list[np.ndarray], condition: Condition) -> list[np.ndarray]:
    """Put a drawing on the canvas.

    Parameters
    ----------
    strokes : list of ndarray of shape (points, 2)
        In any unit; y down.
    condition : Condition

    Returns
    -------
    list of ndarray of shape (points, 2), float64
        In whole pixels of the canvas, as a pad sends them.
    """
    import numpy as np

    angle = np.deg2rad(condition.angle)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])  # of rows: clockwise, y down
    turned = fit([stroke @ turn for stroke in strokes], condition.scale * CANVAS - condition.brush)
    room = CANVAS - condition.brush - np.concatenate(turned).max(axis=0)
    corner = condition.brush / 2 + np.array(condition.place) * room
    return [(stroke + corner).round() for stroke in turned]


def unseen_fold(pack: Pack) -> int | None:
    """The fold of writers that a pack's training left out; None for other packs."""
    name, _, fold = pack.manifest["dataset"]["name"].partition(":fold")
    return int(fold) if name == "canvas" and fold else None


def _judging(pack: Pack) -> Sequence[int]:
    """The folds of writers that judge a model."""
    from zoo.datasets.drawn.pen_strokes import FOLDS

    fold = unseen_fold(pack)
    return range(len(FOLDS)) if fold is None else (fold,)


def _condition_images(pens: PenStrokes, condition: Condition, source: str, fold: int, step: int) -> np.ndarray:
    """Every `step`-th digit of a fold as the canvas reads it, (n, 28, 28, 1), uint8; made once and kept."""
    import numpy as np

    from zoo.canvas import from_image, from_strokes, paint
    from zoo.datasets.drawn.pen_strokes import FOLDS

    def read(digit: int) -> np.ndarray:
        strokes = on_canvas(pens.strokes(digit), condition)
        image = from_strokes(strokes) if source == "strokes" else from_image(paint(strokes, condition.brush, CANVAS))
        as_bytes: np.ndarray = (image * 255).round().astype(np.uint8)
        return as_bytes

    digits = pens.of_writers(FOLDS[fold])[::step]
    name = "-".join([f"canvas{fold}", source, *(f"{figure:g}" for figure in condition.drawing), str(step)])
    return kept(name, lambda: np.stack([read(int(digit)) for digit in digits]))


def _no_digits(pack: Pack, pens: PenStrokes) -> Iterator[tuple[str, str, np.ndarray]]:
    """Source, kind and images, uint8, of what is no digit."""
    import numpy as np

    from zoo.canvas import from_image, from_strokes, paint
    from zoo.datasets.drawn.letters import JUDGING_FONTS, letter_images
    from zoo.datasets.drawn.rendering import pair_images
    from zoo.datasets.drawn.scribbles import JUDGING_SCRIBBLES, scribbles

    usual = Condition("", "")

    def drawn(source: str) -> np.ndarray:
        def read(strokes: list[np.ndarray]) -> np.ndarray:
            placed = on_canvas(strokes, usual)
            return from_strokes(placed) if source == "strokes" else from_image(paint(placed, usual.brush, CANVAS))

        made = scribbles(JUDGING_SCRIBBLES, NO_DIGITS, SEED)
        return kept(f"judging-{source}", lambda: (np.stack([read(one) for one in made]) * 255).round().astype(np.uint8))

    for source in ("strokes", "pixels"):
        yield source, "scribbles", drawn(source)
    yield "pixels", "letters", letter_images(JUDGING_FONTS)
    fold = unseen_fold(pack)
    if fold is not None:
        yield "both", "two digits", pair_images(pens, fold)


def _row(
    pack: Pack,
    sessions: Sequence[Session],
    source: str,
    factor: str,
    value: str,
    images: np.ndarray,
    labels: np.ndarray | None = None,
) -> dict[str, Any]:
    """One model on one set of images, uint8."""
    from zoo.contract.dataset import scale
    from zoo.evaluation.metrics import wilson_interval

    probabilities = run_batches(sessions, scale(images))
    trained_on = pack.manifest["dataset"]["name"]
    row: dict[str, Any] = {
        **dict.fromkeys(COLUMNS),
        "model": pack.id,
        "trained_on": trained_on,
        "writers": "seen in training" if trained_on == "canvas" else "unseen",
        "source": source,
        "factor": factor,
        "value": value,
        "images": len(images),
    }
    if labels is not None:
        correct = int((probabilities.argmax(axis=1) == labels).sum())
        low, high = wilson_interval(correct, len(images))
        row.update(accuracy=correct / len(images), accuracy_low=low, accuracy_high=high)
    if pack.rejection is not None:
        row["refused"] = float(pack.rejection.rejects(probabilities).mean())
    return row


def _means(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The mean of the folds of each architecture, where there are several; without an interval, as folds differ."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
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


def _blank_rows() -> list[dict[str, Any]]:
    """What becomes of canvases on which nothing is drawn."""
    return [
        {
            **dict.fromkeys(COLUMNS),
            "model": ALL_MODELS,
            "source": source,
            "factor": "blank",
            "value": kind,
            "images": images,
            "refused": share,
        }
        for source, kind, images, share in blank_shares()
    ]


def _mean(rows: list[dict[str, Any]], key: str) -> float | None:
    values = [row[key] for row in rows]
    return None if None in values else statistics.fmean(values)


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
        As `zoo_benchmarks.drawn.measure.measure_drawn` gives them.

    Returns
    -------
    list of dict
        A value, or None, for each of `SUMMARY_COLUMNS`; the means of folds, which say most, come first.
    """
    models = dict.fromkeys(row["model"] for row in rows if row["model"] != ALL_MODELS)
    of_folds = {row["model"] for row in rows if row["trained_on"] == BY_FOLDS}
    ordered = sorted(models, key=lambda model: model not in of_folds)
    return [
        _mean_row([row for row in rows if row["model"] == model and row["source"] in (source, "both")], source)
        for model in ordered
        for source in ("strokes", "pixels")
    ]


def _mean_row(own: Sequence[dict[str, Any]], source: str) -> dict[str, Any]:
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
