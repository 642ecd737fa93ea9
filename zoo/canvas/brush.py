"""Strokes of a pen -> the picture that a drawing surface shows of them: what people upload, paste, or save."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from zoo.errors import ImageError

__all__ = ["paint"]

_FINE = 2  # pixels that are drawn for each one that is shown, along each side: Pillow's lines have hard edges


def paint(strokes: Iterable[npt.ArrayLike], brush_width: float, size: int = 280) -> Image.Image:
    """Paint strokes with a round brush.

    Parameters
    ----------
    strokes : sequence of array-like, each of shape (points, 2)
        The path from pen down to pen up: x to the right, y down, in pixels of the picture. A stroke of one point is a
        dot. What lies outside of the picture is not seen.
    brush_width : float
        In pixels of the picture.
    size : int
        Side of the picture, in pixels.

    Returns
    -------
    PIL.Image.Image
        Black on white, anti-aliased, mode L.

    Raises
    ------
    ImageError
        The width or the size is not above 0.
    """
    if not brush_width > 0 or not size > 0:
        raise ImageError(f"A brush {brush_width} wide on a picture of side {size}: both must be above 0.")
    image = Image.new("L", (size * _FINE, size * _FINE), 255)
    draw = ImageDraw.Draw(image)
    radius = brush_width * _FINE / 2
    for stroke in strokes:
        path = np.asarray(stroke, dtype=np.float64) * _FINE
        if len(path) > 1:
            draw.line(path.ravel().tolist(), fill=0, width=max(1, round(2 * radius)))
        for x, y in path.tolist():  # round joints and ends
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    return image.resize((size, size), Image.Resampling.BOX)
