"""Strokes of a pen -> the image that a model expects, or what a drawing surface shows of them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from zoo.canvas import _spec
from zoo.errors import BlankImageError as BlankImageError  # part of what `zoo.canvas` offers
from zoo.errors import ImageError

__all__ = ["MAX_POINTS", "MAX_STROKES", "checked_strokes", "from_strokes", "paint"]

MAX_STROKES = 1_000
"""Most strokes that one drawing may have; a digit has one to five."""

MAX_POINTS = 100_000
"""Most points that all strokes of one drawing may have together; a digit has 30 to 300."""

_Points = npt.NDArray[np.float64]

# Points that follow each other more closely than this along the path (in pixels of the finished image) change
# nothing that can be seen, and a pen that rests sends hundreds of them.
_SPACING = 0.25

_CHUNK = 256  # segments whose distances are computed at once: bounds the memory of a scribble to some megabytes
_FINE = 2  # pixels that `paint` draws for each one shown, along each side: Pillow's lines have hard edges


def from_strokes(strokes: Iterable[npt.ArrayLike]) -> _spec.FloatArray:
    """Draw the path of a pen as MNIST would show it.

    The path, not a picture of it, is scaled: so neither the place, the size, nor the brush with which the strokes
    were shown has any influence, and the pen is as wide as MNIST's in every image.

    Parameters
    ----------
    strokes : sequence of array-like, each of shape (points, 2)
        The path from pen down to pen up: x to the right, y **down**, in any unit. Strokes without points are
        ignored; a stroke of one point is a dot.

    Returns
    -------
    ndarray of shape (28, 28, 1), float32 in [0, 1]
        Ink is 1. The ink's longer side fills 20 pixels and its centre of mass is in the middle.

    Raises
    ------
    BlankImageError
        There is not a single point.
    ImageError
        A stroke has another shape, a coordinate is not a finite number, or there are more than `MAX_STROKES`
        strokes or `MAX_POINTS` points.

    Notes
    -----
    Size normalisation and centring follow LeCun et al. (1998), section III-A. The grey levels come from each
    pixel's distance to the path, which anti-aliases exactly and costs no oversampling.

    Examples
    --------
    >>> image = from_strokes([[(10, 10), (10, 90)]])
    >>> image.shape, float(image.max())
    ((28, 28, 1), 1.0)
    """
    starts, ends = _segments(*checked_strokes(strokes))
    corners = np.concatenate([starts, ends])
    lower, upper = corners.min(axis=0) - _spec.PEN_WIDTH / 2, corners.max(axis=0) + _spec.PEN_WIDTH / 2
    # Drawn once in the middle of the field, to weigh the ink, and once more where its centre of mass says.
    shift = _spec.centring_shift(_spec.centre_of_mass(_draw(starts, ends), 1.0), lower, upper)
    return _draw(starts + shift, ends + shift)[:, :, np.newaxis]


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


def checked_strokes(strokes: Iterable[npt.ArrayLike]) -> tuple[_Points, npt.NDArray[np.bool_]]:
    """Return all points, float64 of shape (points, 2), and whether each one begins a stroke; or raise."""
    if isinstance(strokes, (str, bytes)) or not isinstance(strokes, Iterable):
        raise ImageError(f"Strokes must be a sequence of arrays of shape (points, 2), not {type(strokes).__name__}.")
    paths: list[_Points] = []
    total = 0
    for index, stroke in enumerate(strokes):
        if index >= MAX_STROKES:
            raise ImageError(f"More than {MAX_STROKES:,} strokes. Clear the canvas and draw one digit.")
        try:
            path = np.asarray(stroke, dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise ImageError(f"Stroke {index} is not an array of numbers of shape (points, 2): {error}.") from error
        if path.size == 0:
            continue
        if path.ndim != 2 or path.shape[1] != 2:
            raise ImageError(f"Stroke {index} has shape {path.shape}. Every stroke needs shape (points, 2): x and y.")
        total += len(path)
        if total > MAX_POINTS:
            raise ImageError(f"More than {MAX_POINTS:,} points. Clear the canvas and draw one digit.")
        if not np.isfinite(path).all():
            raise ImageError(f"Stroke {index} has a coordinate that is not a finite number. Send finite x and y.")
        paths.append(path)
    if not paths:
        raise BlankImageError("no points")
    begins = np.zeros(total, dtype=np.bool_)
    begins[np.cumsum([0, *map(len, paths[:-1])])] = True
    return np.concatenate(paths), begins


def _segments(points: _Points, begins: npt.NDArray[np.bool_]) -> tuple[_spec.FloatArray, _spec.FloatArray]:
    """Scale the path to the box in the middle of the field and cut it into segments: starts and ends, each (n, 2).

    In pixels of the finished image. A stroke of one point is a segment without length.
    """
    points = points / max(np.abs(points).max(), np.finfo(np.float64).tiny)  # or the extent of 1e308 is infinite
    lower, upper = points.min(axis=0), points.max(axis=0)
    extent = (upper - lower).max()
    if extent > 0:
        points = (points - (lower + upper) / 2) / extent * (_spec.BOX_SIZE - _spec.PEN_WIDTH)
    else:
        points = np.zeros_like(points)
    points += _spec.IMAGE_SIZE / 2

    ends_stroke = np.roll(begins, -1)
    steps = np.hypot(*np.diff(points, axis=0, prepend=points[:1]).T)
    station = np.cumsum(np.where(begins, 0, steps)) // _SPACING
    keep = begins | ends_stroke | (np.diff(station, prepend=-1) > 0)
    points, begins, ends_stroke = points[keep].astype(np.float32), begins[keep], ends_stroke[keep]
    dots = points[begins & ends_stroke]
    return np.concatenate([points[~ends_stroke], dots]), np.concatenate([points[~begins], dots])


def _draw(starts: _spec.FloatArray, ends: _spec.FloatArray) -> _spec.FloatArray:
    """Draw segments (n, 2), in pixels, with the pen of the specification on a field (28, 28)."""
    middles = np.arange(_spec.IMAGE_SIZE, dtype=np.float32) + np.float32(0.5)
    nearest = np.full((_spec.IMAGE_SIZE, _spec.IMAGE_SIZE), np.inf, dtype=np.float32)  # squared distance to the path
    for chunk in range(0, len(starts), _CHUNK):
        begin = starts[chunk : chunk + _CHUNK]
        along = ends[chunk : chunk + _CHUNK] - begin
        offset = middles - begin[:, :, np.newaxis]  # (n, 2, 28): x and y from the segment's start
        squared = np.square(offset)
        projected = offset * along[:, :, np.newaxis]
        length = np.maximum(np.square(along).sum(axis=1), np.float32(1e-12))[:, np.newaxis, np.newaxis]
        dot = projected[:, 1, :, np.newaxis] + projected[:, 0, np.newaxis, :]  # (n, 28, 28): rows are y
        t = np.clip(dot / length, 0, 1)
        # |offset - t along|^2, multiplied out so that only two arrays of (n, 28, 28) are ever combined.
        distance = squared[:, 1, :, np.newaxis] + squared[:, 0, np.newaxis, :] + t * (t * length - 2 * dot)
        np.minimum(nearest, distance.min(axis=0), out=nearest)
    return _spec.ink(np.float32(_spec.PEN_WIDTH / 2) - np.sqrt(np.maximum(nearest, 0)))
