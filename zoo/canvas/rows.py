"""Several digits in a row -> one drawing for each, from left to right."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from zoo.canvas._gray import describe, to_gray
from zoo.canvas._morphology import Mask, drop_specks, otsu_threshold
from zoo.canvas.pixels import find_ink, padded_box, resampled, strength_within
from zoo.canvas.strokes import checked_strokes

__all__ = ["split_image", "split_strokes"]

# Two neighbours are two digits when more than this share of the row's height is free between them (without it, a 4
# whose two strokes do not quite meet would be two), and each of them is so tall: a bar, a dot or a flag is part of one.
_GAP = 0.08
_TALL = 0.45
_VIEW = 400  # longer side of the view in which the gaps of a picture are looked for, in pixels

_Box = tuple[float, float, float, float]  # left, upper, right, lower


def split_strokes(strokes: Iterable[npt.ArrayLike]) -> list[list[npt.NDArray[np.float64]]]:
    """Tell the digits of a row apart by the free columns between them.

    Parameters
    ----------
    strokes : sequence of array-like, each of shape (points, 2)
        As for `zoo.canvas.from_strokes`.

    Returns
    -------
    list of list of ndarray of shape (points, 2), float64
        The strokes of each digit, from left to right; a stroke is never cut.

    Raises
    ------
    BlankImageError, ImageError
        As `zoo.canvas.from_strokes`.

    Examples
    --------
    >>> [len(digit) for digit in split_strokes([[(0, 0), (0, 9)], [(8, 0), (8, 9)], [(6, 5), (10, 5)]])]
    [1, 2]
    """
    points, begins = checked_strokes(strokes)
    paths = np.split(points, np.flatnonzero(begins)[1:])
    boxes: list[_Box] = [(*path.min(axis=0).tolist(), *path.max(axis=0).tolist()) for path in paths]
    return [[paths[index] for index in members] for members in _grouped(boxes)]


def split_image(image: Image.Image) -> list[Image.Image]:
    """Cut a picture of a row of digits between them, where a whole column is free of ink.

    Parameters
    ----------
    image : PIL.Image.Image
        As for `zoo.canvas.from_image`.

    Returns
    -------
    list of PIL.Image.Image
        One upright slice of the picture for each digit, from left to right; the picture itself where there is one.

    Raises
    ------
    BlankImageError, ImageError
        As `zoo.canvas.from_image`.
    """
    gray = to_gray(image)
    background, box, _ = find_ink(gray, describe(image))
    view = padded_box(box, gray)
    strength = strength_within(background, gray, resampled(gray, view, _VIEW), view)
    mask: Mask = strength > otsu_threshold(strength)
    columns = drop_specks(mask) if mask.any() else mask
    boxes = _column_boxes(columns)
    scale = (view[2] - view[0]) / mask.shape[1]
    groups = _grouped(boxes)
    if len(groups) < 2:
        return [image]
    spans = [(min(boxes[i][0] for i in members), max(boxes[i][2] for i in members)) for members in groups]
    cuts = [view[0] + (left[1] + right[0]) / 2 * scale for left, right in itertools.pairwise(spans)]
    edges = [0, *(round(cut) for cut in cuts), gray.width]
    return [image.crop((left, 0, right, image.height)) for left, right in itertools.pairwise(edges)]


def _column_boxes(mask: Mask) -> list[_Box]:
    """The stretches of columns that have ink, each with the rows that it spans."""
    inked = np.concatenate([[False], mask.any(axis=0), [False]])
    edges = np.flatnonzero(np.diff(inked.astype(np.int8)))
    boxes: list[_Box] = []
    for left, right in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        rows = np.flatnonzero(mask[:, left:right].any(axis=1))
        boxes.append((left, int(rows[0]), right, int(rows[-1]) + 1))
    return boxes


def _grouped(boxes: Sequence[_Box]) -> list[list[int]]:
    """Which pieces of ink make up each digit, from left to right: indices into `boxes`."""
    height = max(box[3] for box in boxes) - min(box[1] for box in boxes)
    groups: list[list[int]] = []
    spans: list[_Box] = []
    for index in sorted(range(len(boxes)), key=lambda index: boxes[index][0]):
        if spans and boxes[index][0] - spans[-1][2] <= _GAP * height:
            groups[-1].append(index)
            spans[-1] = _around(spans[-1], boxes[index])
        else:
            groups.append([index])
            spans.append(boxes[index])
    while len(spans) > 1:
        shortest = min(range(len(spans)), key=lambda place: spans[place][3] - spans[place][1])
        if spans[shortest][3] - spans[shortest][1] >= _TALL * height:
            break
        before = spans[shortest][0] - spans[shortest - 1][2] if shortest else np.inf
        after = spans[shortest + 1][0] - spans[shortest][2] if shortest + 1 < len(spans) else np.inf
        first = shortest - 1 if before <= after else shortest
        groups[first : first + 2] = [groups[first] + groups[first + 1]]
        spans[first : first + 2] = [_around(spans[first], spans[first + 1])]
    return [sorted(members) for members in groups]


def _around(one: _Box, other: _Box) -> _Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
