"""What models are shown: digits that people drew, put on a canvas, and what is no digit.

The digits are those of the data set ``pendigits``, drawn again on a canvas as the demo's: from **strokes**, as a pad
sends them, and from **pixels**, as a picture of it shows them. One condition changes at a time, from a drawing in the
middle, 0.7 of the canvas long, painted 12 pixels wide: the width of the brush, the place, the scale, the rotation.
Strokes have no width, so the brush changes nothing there. What is no digit comes from forms, fonts and writers that
taught nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

__all__ = ["CONDITIONS", "Condition", "Drawings", "blank_shares", "on_canvas"]

CANVAS = 280  # pixels; side of the canvas, as that of the demo
NO_DIGITS = 1400  # scribbles that judge
SEED = 20_260

Strokes = list["np.ndarray"]
SIZES = ((28, 28), (112, 112), (280, 280), (400, 300), (1000, 1000))  # of blank canvases: width, height
TURNS = 4  # pictures of each kind and size; what is random differs between them
NOISE = 4.0  # standard deviation in grey levels of 255, as of a photo in a room
EMPTY_STROKES: tuple[list[list[object]], ...] = ([], [[]], [[], [], []])


@dataclass(frozen=True)
class Condition:
    """How a digit lies on the canvas."""

    factor: str  # what differs from the usual, and how
    value: str
    brush: float = 12  # width in pixels of the canvas
    place: tuple[float, float] = (0.5, 0.5)  # of the room that is left, the share to the left of it, and above it
    scale: float = 0.7  # longer side, brush included, as a share of the canvas
    angle: float = 0  # degrees, clockwise

    @property
    def drawing(self) -> tuple[float, float, float, float, float]:
        """All that decides the picture."""
        return self.brush, *self.place, self.scale, self.angle


USUAL = Condition("", "")
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


def on_canvas(strokes: Strokes, condition: Condition) -> Strokes:
    """Put a drawing, in any unit, on the canvas: (points, 2) float64, in whole pixels as a pad sends them."""
    import numpy as np

    angle = np.deg2rad(condition.angle)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])  # of rows: clockwise, y down
    turned = [stroke @ turn for stroke in strokes]
    points = np.concatenate(turned)
    size = condition.scale * CANVAS - condition.brush
    scale = size / max(float(np.ptp(points, axis=0).max()), 1e-9)
    corner = points.min(axis=0)
    room = CANVAS - condition.brush - (points.max(axis=0) - corner) * scale
    shift = condition.brush / 2 + np.array(condition.place) * room
    return [((stroke - corner) * scale + shift).round() for stroke in turned]


def _read(strokes: Strokes, condition: Condition, source: str) -> np.ndarray:
    """A drawing as the canvas reads it from strokes or from pixels: (28, 28, 1), uint8."""
    import numpy as np

    from zoo.canvas import from_image, from_strokes, paint

    placed = on_canvas(strokes, condition)
    image = from_strokes(placed) if source == "strokes" else from_image(paint(placed, condition.brush, CANVAS))
    as_bytes: np.ndarray = (image * 255).round().astype(np.uint8)
    return as_bytes


class Drawings:
    """Every `step`-th digit of people whose drawings judge, by fold of writers; images are made once and kept."""

    def __init__(self, step: int = 1) -> None:
        from zoo.datasets.drawn.pen_strokes import load_pen_strokes

        self._pens, self._step = load_pen_strokes(), step
        self._digits = [digits[::step] for digits in self._pens.folds]
        self.folds = range(len(self._digits))

    def digits(self, condition: Condition, source: str, fold: int) -> np.ndarray:
        """Digits of the writers of a fold, (n, 28, 28, 1), uint8."""
        import numpy as np

        from zoo.datasets.drawn.rendering import kept

        def draw() -> np.ndarray:
            return np.stack([_read(self._pens.strokes(int(digit)), condition, source) for digit in self._digits[fold]])

        figures = (f"{figure:g}" for figure in condition.drawing)
        return kept("-".join([f"canvas{fold}", source, *figures, str(self._step)]), draw)

    def labels(self, fold: int) -> np.ndarray:
        """What they are, (n,), uint8."""
        labels: np.ndarray = self._pens.label[self._digits[fold]]
        return labels

    def no_digits(self, fold: int | None) -> Iterator[tuple[str, str, np.ndarray]]:
        """Source, kind and images, (n, 28, 28, 1), uint8, of what is no digit; pairs of digits only for a fold."""
        import numpy as np

        from zoo.datasets.drawn.rendering import judging_images, kept
        from zoo.datasets.drawn.scribbles import judging_scribbles

        def draw(source: str) -> np.ndarray:
            return np.stack([_read(strokes, USUAL, source) for strokes in judging_scribbles(NO_DIGITS, SEED)])

        for source in ("strokes", "pixels"):
            yield source, "scribbles", kept(f"judging-{source}", partial(draw, source))
        for kind, images in judging_images(self._pens, fold).items():
            yield "pixels" if kind == "letters" else "both", kind, images


def blank_shares() -> list[tuple[str, str, int, float]]:
    """Show every blank canvas to the step before the models: source, kind, how many, share recognised as blank."""
    from zoo.canvas import from_image, from_strokes

    shares = [("strokes", "no points", len(EMPTY_STROKES), _share(from_strokes, EMPTY_STROKES))]
    for kind, paint in PAPERS.items():
        pictures = _pictures(paint)
        shares.append(("pixels", kind, len(pictures), _share(from_image, pictures)))
    return shares


def _share(read: Callable[[Any], object], canvases: Sequence[Any]) -> float:
    """The share of canvases that are said to be blank."""
    from zoo.canvas import BlankImageError

    told = 0
    for canvas in canvases:
        try:
            read(canvas)
        except BlankImageError:
            told += 1
    return told / len(canvases)


Paper = Callable[[int, int, "np.random.Generator"], "np.ndarray"]


def _pictures(paint: Paper) -> list[Image.Image]:
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(SEED)
    levels = (paint(width, height, random) for width, height in SIZES for _ in range(TURNS))
    return [Image.fromarray(one.round().clip(0, 255).astype(np.uint8)) for one in levels]


def _even(level: float) -> Paper:
    def paint(width: int, height: int, random: np.random.Generator) -> np.ndarray:
        import numpy as np

        return np.full((height, width), level)

    return paint


def _noisy_white(width: int, height: int, random: np.random.Generator) -> np.ndarray:
    return 250 + random.normal(0, NOISE, (height, width))


def _uneven_light(width: int, height: int, random: np.random.Generator) -> np.ndarray:
    """White paper that is up to a third darker towards one side, with noise."""
    import numpy as np

    across, down = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    angle = random.uniform(0, 2 * np.pi)
    paper: np.ndarray = 200 + 30 * (np.cos(angle) * across + np.sin(angle) * down)
    return paper + random.normal(0, NOISE, (height, width))


def _transparent(width: int, height: int, random: np.random.Generator) -> np.ndarray:
    """Nothing, under which an editor has left some colour."""
    import numpy as np

    return np.dstack([np.broadcast_to(random.integers(0, 256, 3), (height, width, 3)), np.zeros((height, width))])


PAPERS: dict[str, Paper] = {
    "white": _even(255),
    "black": _even(0),
    "noisy white": _noisy_white,
    "uneven light": _uneven_light,
    "transparent": _transparent,
}
