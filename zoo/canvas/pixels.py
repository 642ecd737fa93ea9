"""A picture of a digit -> the image that a model expects."""

from __future__ import annotations

import numpy as np
from PIL import Image

from zoo.canvas import _spec
from zoo.canvas._background import Background, separate
from zoo.canvas._gray import describe, to_gray
from zoo.canvas._morphology import Mask, drop_specks, maximum_filter, otsu_threshold, quantile, signed_depth
from zoo.errors import BlankImageError

__all__ = ["find_ink", "from_image", "padded_box", "resampled", "strength_within"]

_Box = tuple[float, float, float, float]  # left, upper, right, lower in pixels of the picture

_VIEW = 112  # longer side of the view in which ink is looked for
_SMALL_INK = 40  # ink that is smaller than this in the view is looked at again from nearer
_WORK = 64  # longer side of the ink where its stroke width is measured and changed: 3 pixels for one finished
_ROOM = 8  # empty working pixels around the ink: a hair line grows by 4.6 of them
_MARGIN = 0.15  # background kept in sight around the ink, as a share of its longer side
_TAP = 0.85  # ink as deep as this share of its longer side is a single touch, shown as from_strokes shows it
_THINNEST = 0.8  # thinning leaves the thinnest parts of the ink at least this share of the pen's width

# Softness of an edge before the working pixels are averaged into the finished ones, in finished pixels: the
# averaging adds the rest of EDGE_WIDTH.
_WORK_EDGE = 0.5


def from_image(image: Image.Image) -> _spec.FloatArray:
    """Turn a picture of one digit into what MNIST would show.

    Parameters
    ----------
    image : PIL.Image.Image
        A drawing, scan or photo of any size and mode; dark ink on light ground or the reverse, or ink on nothing.

    Returns
    -------
    ndarray of shape (28, 28, 1), float32 in [0, 1]
        Ink is 1. The ink's longer side fills 20 pixels and its centre of mass is in the middle.

    Raises
    ------
    BlankImageError
        Nothing stands out from the background.
    ImageError
        The mode cannot be converted, or pixels are not finite numbers.

    Notes
    -----
    Size normalisation and centring follow LeCun et al. (1998), section III-A. MNIST was written with pens, but people
    draw with brushes of any width: their ink is thinned or thickened to `PEN_WIDTH` first.
    """
    gray = to_gray(image)
    background, box, kept = find_ink(gray, describe(image))
    mask = _ink_mask(gray, background, box, kept)
    if not mask.any():
        raise BlankImageError(describe(image))
    return _finish(*_with_pen_width(signed_depth(mask, _ROOM)))[:, :, np.newaxis]


def find_ink(gray: Image.Image, received: str) -> tuple[Background, _Box, Mask | None]:
    """Find the background and the box of the ink in a picture, of which messages speak as `received`.

    The third is the ink without its specks, as seen within the box; None where there were no specks.
    """
    view: _Box = (0, 0, gray.width, gray.height)
    levels = resampled(gray, view, _VIEW)
    background = separate(levels)
    if background is None:
        raise BlankImageError(received)
    while True:
        strength = strength_within(background, gray, levels, view)
        mask: Mask = strength > otsu_threshold(strength)
        if not mask.any():
            raise BlankImageError(received)
        kept = drop_specks(mask)
        rows, columns = np.flatnonzero(kept.any(axis=1)), np.flatnonzero(kept.any(axis=0))
        upper, lower, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
        across, down = (view[2] - view[0]) / mask.shape[1], (view[3] - view[1]) / mask.shape[0]
        box = (view[0] + left * across, view[1] + upper * down, view[0] + right * across, view[1] + lower * down)
        # Either the ink is large, or nothing was shrunk; or else the next view has less than half this one's size.
        if max(right - left, lower - upper) >= _SMALL_INK or max(view[2] - view[0], view[3] - view[1]) <= _VIEW:
            return background, box, None if kept is mask else kept[upper:lower, left:right]
        view = padded_box(box, gray)
        levels = resampled(gray, view, _VIEW)


def resampled(gray: Image.Image, box: _Box, longer_side: int) -> _spec.FloatArray:
    """Grey levels within a box, shrunk (never enlarged) until its longer side has at most so many pixels."""
    width, height = box[2] - box[0], box[3] - box[1]
    scale = min(1.0, longer_side / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(gray.resize(size, Image.Resampling.BOX, box=box), dtype=np.float32)


def strength_within(background: Background, gray: Image.Image, levels: _spec.FloatArray, box: _Box) -> _spec.FloatArray:
    """How much the levels seen within a box differ from the background towards ink."""
    width, height = gray.size
    return background.strength(levels, (box[0] / width, box[1] / height, box[2] / width, box[3] / height))


def padded_box(box: _Box, gray: Image.Image) -> _Box:
    """Add the margin on all sides, as far as the picture goes."""
    margin = _MARGIN * max(box[2] - box[0], box[3] - box[1]) + 1
    return (
        max(0.0, box[0] - margin),
        max(0.0, box[1] - margin),
        min(float(gray.width), box[2] + margin),
        min(float(gray.height), box[3] + margin),
    )


def _ink_mask(gray: Image.Image, background: Background, box: _Box, kept: Mask | None) -> Mask:
    """Cut the ink out of the picture, `_WORK` pixels long, with room around it on all sides."""
    scale = _WORK / max(box[2] - box[0], box[3] - box[1])
    wide = padded_box(box, gray)
    size = (max(1, round((wide[2] - wide[0]) * scale)), max(1, round((wide[3] - wide[1]) * scale)))
    levels = np.asarray(gray.resize(size, Image.Resampling.BICUBIC, box=wide), dtype=np.float32)
    strength = strength_within(background, gray, levels, wide)
    mask: Mask = strength > otsu_threshold(strength)
    if kept is not None:
        # The kept pieces in the same frame, a little grown: they were seen more coarsely than they are cut here.
        place = [round((box[i] - wide[i % 2]) * scale) for i in range(4)]
        pieces = Image.fromarray(kept).convert("L").resize((max(1, place[2] - place[0]), max(1, place[3] - place[1])))
        frame = Image.new("L", size)
        frame.paste(pieces, (place[0], place[1]))
        mask &= maximum_filter(np.asarray(frame) > 0, 2)
    return np.pad(mask, _ROOM)


def _with_pen_width(depth: _spec.FloatArray) -> tuple[_spec.FloatArray, float]:
    """Thin or thicken the ink to the pen of the specification.

    From its depth to the drawing in [0, 1], both (height, width) in working pixels, and their side in finished pixels.
    """
    inside = depth > 0
    length = _longer_side(inside)
    if 2 * float(depth.max()) > _TAP * length:
        pixel = _spec.PEN_WIDTH / length
        return np.clip(depth * np.float32(pixel / _WORK_EDGE) + np.float32(0.5), 0, 1), pixel
    # Across a stroke of even width the depth runs evenly from 0 to half the width, so its mean is a quarter.
    width = 4 * float(depth[inside].mean())
    # The path of the pen is shorter than its ink by the width, before and after.
    path = max(length - width, width)
    wanted = _spec.PEN_WIDTH * path / (_spec.BOX_SIZE - _spec.PEN_WIDTH)
    thinning = (width - wanted) / 2
    if thinning > 0:
        # Where a brush was pressed less, its ink would vanish: the thinnest parts keep most of the pen's width. And
        # some ink is always left.
        thinnest = quantile(depth[_ridge(depth)], 0.1)
        thinning = min(max(thinnest - _THINNEST * wanted / 2, 0), thinning, float(depth.max()) - 0.5)
    depth = depth - np.float32(thinning)
    pixel = _spec.BOX_SIZE / _longer_side(depth > 0)
    return np.clip(depth * np.float32(pixel / _WORK_EDGE) + np.float32(0.5), 0, 1), pixel


def _ridge(depth: _spec.FloatArray) -> Mask:
    """Where the ink is as deep as its four neighbours or deeper: about the path of the pen."""
    inner = depth[1:-1, 1:-1]
    neighbours = (depth[:-2, 1:-1], depth[2:, 1:-1], depth[1:-1, :-2], depth[1:-1, 2:])
    ridge = np.zeros(depth.shape, dtype=np.bool_)
    ridge[1:-1, 1:-1] = (inner > 0) & (inner >= np.maximum.reduce(neighbours))
    return ridge


def _longer_side(mask: Mask) -> int:
    """Longer side of the box around a mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(max(rows[-1] - rows[0], columns[-1] - columns[0])) + 1


def _finish(drawing: _spec.FloatArray, pixel: float) -> _spec.FloatArray:
    """Average a drawing (height, width), whose pixels have this side, into the finished field, centred by mass."""
    rows, columns = np.flatnonzero(drawing.max(axis=1) >= 0.5), np.flatnonzero(drawing.max(axis=0) >= 0.5)
    lower = np.array([columns[0], rows[0]], dtype=np.float32) * np.float32(pixel)
    upper = np.array([columns[-1] + 1, rows[-1] + 1], dtype=np.float32) * np.float32(pixel)
    shift = _spec.centring_shift(_spec.centre_of_mass(drawing, pixel), lower, upper)
    across = _overlaps(drawing.shape[1], pixel, float(shift[0]))
    down = _overlaps(drawing.shape[0], pixel, float(shift[1]))
    image: _spec.FloatArray = np.clip(down @ drawing @ across.T, 0, 1)
    return image


def _overlaps(count: int, pixel: float, shift: float) -> _spec.FloatArray:
    """Length that each finished pixel shares with each of `count` working pixels along one axis: (28, count)."""
    edges = shift + pixel * np.arange(count + 1)
    field = np.arange(_spec.IMAGE_SIZE + 1)[:, np.newaxis]
    shared = np.minimum(field[1:], edges[1:]) - np.maximum(field[:-1], edges[:-1])
    overlaps: _spec.FloatArray = np.maximum(shared, 0).astype(np.float32)
    return overlaps
