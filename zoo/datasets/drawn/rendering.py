"""Pen strokes as images: as they were written, varied, and painted with a brush on a canvas; made once and kept.

Everything passes through `zoo.canvas`, as what people hand in does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable

import numpy as np

from zoo.canvas import SPEC_ID, from_image, from_strokes, paint
from zoo.datasets.drawn.letters import JUDGING_FONTS, letter_images
from zoo.datasets.drawn.pen_strokes import DIGESTS, FOLDS, PenStrokes
from zoo.datasets.drawn.scribbles import TRAINING_SCRIBBLES, scribbles
from zoo.files import whole_file
from zoo.home import home

__all__ = [
    "CANVAS",
    "fit",
    "judging_images",
    "kept",
    "painted_digits",
    "pair_images",
    "scribble_images",
    "varied_digits",
    "written_digits",
]

RENDERING = 2  # another number wherever the code below makes other images
CANVAS = 280  # pixels; side of the canvas that brushes paint on, as that of the demo
BRUSHES = (4.0, 40.0)  # pixels of the canvas
SIZES = (56.0, 270.0)  # pixels of the canvas; longer side of a drawing
THICKEST = 0.16  # brush width as a share of the longer side, beyond which the loops of digits close
PAIRS = 1000  # drawings of two digits, for each fold of writers
SCRIBBLES = 400  # drawings of each kind
# The first number of each kind's seed; the second counts the drawings.
VARIED, PAINTED, PAIRED, SCRIBBLED = 1, 2, 3, 4

Strokes = list[np.ndarray]  # (points, 2) each


def written_digits(pens: PenStrokes) -> np.ndarray:
    """Each digit as it was written: ndarray of shape (n, 28, 28, 1), uint8."""
    return kept("written", lambda: _stacked(from_strokes(pens.strokes(digit)) for digit in range(len(pens))))


def varied_digits(pens: PenStrokes) -> np.ndarray:
    """Each digit turned, slanted and stretched at random (`_vary`): ndarray of shape (n, 28, 28, 1), uint8."""

    def draw(digit: int) -> np.ndarray:
        return from_strokes(_vary(pens.strokes(digit), np.random.default_rng([VARIED, digit])))

    return kept("varied", lambda: _stacked(map(draw, range(len(pens)))))


def painted_digits(pens: PenStrokes) -> np.ndarray:
    """Each digit varied, painted and read from pixels (`_paint_somewhere`): ndarray of shape (n, 28, 28, 1), uint8."""

    def draw(digit: int) -> np.ndarray:
        random = np.random.default_rng([PAINTED, digit])
        return _paint_somewhere(_vary(pens.strokes(digit), random), random)

    return kept("painted", lambda: _stacked(map(draw, range(len(pens)))))


def pair_images(pens: PenStrokes, fold: int) -> np.ndarray:
    """Two digits side by side or upon each other, by the writers of one fold, from strokes and from pixels in turns.

    ndarray of shape (`PAIRS`, 28, 28, 1), uint8.
    """
    digits = pens.of_writers(FOLDS[fold])
    round_ones = digits[pens.label[digits] != 1]

    def draw(number: int) -> np.ndarray:
        random = np.random.default_rng([PAIRED, fold, number])
        if number % 4 < 2:
            first, second = (pens.strokes(int(digit)) for digit in random.choice(digits, 2))
            strokes = _beside(first, second, random)
        else:  # a 1 upon another digit often makes yet another, and so does a digit upon its like
            one = int(random.choice(round_ones))
            other = int(random.choice(round_ones[pens.label[round_ones] != pens.label[one]]))
            strokes = fit(pens.strokes(one), 1) + fit(pens.strokes(other), random.uniform(0.7, 1.3))
        return _paint_somewhere(strokes, random) if number % 2 else from_strokes(strokes)

    return kept(f"pairs{fold}", lambda: _stacked(map(draw, range(PAIRS))))


def judging_images(pens: PenStrokes, fold: int | None = None) -> dict[str, np.ndarray]:
    """What is no digit, of fonts and writers that taught nothing.

    Parameters
    ----------
    pens : PenStrokes
    fold : int, optional
        That of the writers whose pairs of digits judge; None for a model that all writers taught.

    Returns
    -------
    dict of str to ndarray of shape (n, 28, 28, 1), uint8
        ``letters``, from pixels; with a fold ``two digits``, from strokes and from pixels in turns.
    """
    letters = {"letters": letter_images(JUDGING_FONTS)}
    return letters if fold is None else {**letters, "two digits": pair_images(pens, fold)}


def scribble_images() -> np.ndarray:
    """Scribbles that teach, from strokes and from pixels in turns: ndarray of shape (n, 28, 28, 1), uint8."""

    def make() -> np.ndarray:
        random = np.random.default_rng([SCRIBBLED, 0])
        drawn = scribbles(TRAINING_SCRIBBLES, SCRIBBLES * len(TRAINING_SCRIBBLES), SCRIBBLED)
        rounds = (number // len(TRAINING_SCRIBBLES) for number in range(len(drawn)))
        return _stacked(
            _paint_somewhere(strokes, random) if turn % 2 else from_strokes(strokes)
            for strokes, turn in zip(drawn, rounds, strict=True)
        )

    return kept("scribbles", make)


def _vary(strokes: Strokes, random: np.random.Generator) -> Strokes:
    """Turn by up to 12 degrees, slant by up to 17, stretch one way by up to 22 %, as other people's writing is."""
    angle = np.deg2rad(random.uniform(-12, 12))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    slant = np.array([[1, np.tan(np.deg2rad(random.uniform(-17, 17)))], [0, 1]])
    stretch = np.diag(np.exp([random.uniform(-0.2, 0.2), 0]))
    change = (turn @ slant @ stretch).T
    return [stroke @ change for stroke in strokes]


def fit(strokes: Strokes, size: float, corner: tuple[float, float] = (0, 0)) -> Strokes:
    """Scale strokes until their longer side is `size`, with the upper left corner of their box at `corner`, (x, y)."""
    points = np.concatenate(strokes)
    lower = points.min(axis=0)
    scale = size / max(float((points.max(axis=0) - lower).max()), 1e-9)
    return [(stroke - lower) * scale + np.array(corner) for stroke in strokes]


def _paint_somewhere(strokes: Strokes, random: np.random.Generator) -> np.ndarray:
    """Paint strokes with some brush, somewhere on the canvas, in some size, and read the picture.

    ndarray of shape (28, 28, 1), float32 in [0, 1].
    """
    size = random.uniform(*SIZES)
    width = random.uniform(BRUSHES[0], max(BRUSHES[0], min(BRUSHES[1], THICKEST * size)))
    size = min(size, CANVAS - width - 2)
    fitted = fit(strokes, size)
    room = CANVAS - width - 2 - np.concatenate(fitted).max(axis=0)
    corner = width / 2 + 1 + random.uniform(0, 1, 2) * np.maximum(room, 0)
    return from_image(paint([stroke + corner for stroke in fitted], width, CANVAS))


def _beside(first: Strokes, second: Strokes, random: np.random.Generator) -> Strokes:
    """Put two digits beside each other, about as high as each other, with some room between or hardly any."""
    drawn: Strokes = []
    right = 0.0
    for strokes in (first, second):
        points = np.concatenate(strokes)
        lower = points.min(axis=0)
        scale = random.uniform(0.8, 1.2) / max(float(np.ptp(points[:, 1])), 1e-9)
        corner = np.array([right, random.uniform(-0.15, 0.15)])
        drawn += [(stroke - lower) * scale + corner for stroke in strokes]
        right += float(np.ptp(points[:, 0])) * scale + random.uniform(0.08, 0.5)
    return drawn


def kept(name: str, make: Callable[[], np.ndarray]) -> np.ndarray:
    """An array from the folder ``drawings`` beside the user's packs; absent or damaged, it is made and put there.

    Parameters
    ----------
    name : str
        What is drawn, and how.
    make : callable
        Draws it, in a minute or more.

    Returns
    -------
    ndarray
        As it was made by the same rendering from the same strokes.
    """
    key = json.dumps([SPEC_ID, RENDERING, DIGESTS], sort_keys=True)
    path = home() / "drawings" / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.npy"
    try:
        array: np.ndarray = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):  # absent, or damaged
        array = make()
    else:
        return array
    with whole_file(path) as draft, draft.open("wb") as file:
        np.save(file, array)
    return array


def _stacked(images: Iterable[np.ndarray]) -> np.ndarray:
    """Float images as bytes, in one array."""
    return np.stack([(image * 255).round().astype(np.uint8) for image in images])
