"""Canvases on which nothing is drawn, and how many of them `zoo.canvas` tells so: it answers before any model does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

__all__ = ["blank_shares"]

SIZES = ((28, 28), (112, 112), (280, 280), (400, 300), (1000, 1000))  # width, height
TURNS = 4  # pictures of each kind and size; what is random differs between them
NOISE = 4.0  # standard deviation in grey levels of 255, as of a photo in a room
SEED = 20_260
EMPTY_STROKES: tuple[list[list[object]], ...] = ([], [[]], [[], [], []])


def blank_shares() -> list[tuple[str, str, int, float]]:
    """Show every blank canvas to the step before the models.

    Returns
    -------
    list of tuple
        Source, kind, how many canvases, and the share of them that was recognised as blank.
    """
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


def _pictures(paint: Callable[[int, int, np.random.Generator], np.ndarray]) -> list[Image.Image]:
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(SEED)
    levels = (paint(width, height, random) for width, height in SIZES for _ in range(TURNS))
    return [Image.fromarray(one.round().clip(0, 255).astype(np.uint8)) for one in levels]


def _even(level: float) -> Callable[[int, int, np.random.Generator], np.ndarray]:
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


PAPERS = {
    "white": _even(255),
    "black": _even(0),
    "noisy white": _noisy_white,
    "uneven light": _uneven_light,
    "transparent": _transparent,
}
