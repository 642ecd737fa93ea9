"""Masks of ink and what is done with them: thresholds, pieces, distances, filters; in numpy alone."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from zoo.canvas._spec import FloatArray

__all__ = ["Mask", "drop_specks", "maximum_filter", "otsu_threshold", "quantile", "signed_depth"]

Mask = npt.NDArray[np.bool_]
Scalar = TypeVar("Scalar", np.float32, np.bool_)

# A piece with less than this share of the largest piece's area is a speck; the bar of a 5 that was drawn apart
# has a quarter.
_SPECK_SHARE = 0.05


def otsu_threshold(values: FloatArray) -> float:
    """Threshold between two classes of values with the least variance within them (Otsu 1979), from 256 bins."""
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return high
    bins = np.rint((values - low) * (255 / (high - low))).astype(np.intp)
    count = np.bincount(bins.ravel(), minlength=256).astype(np.float64)
    below = count.cumsum()[:-1]  # never 0, as the lowest bin is occupied; nor is `above`, as the highest one is
    weighted = (count * np.arange(256)).cumsum()
    above = values.size - below
    between = np.square(weighted[-1] * below - values.size * weighted[:-1]) / (below * above)
    # Between two clear classes every threshold is best: take the middle of them.
    best = np.flatnonzero(between >= between.max() * (1 - 1e-9))
    return low + (float(best[0] + best[-1]) / 2 + 0.5) * (high - low) / 255


def drop_specks(mask: Mask) -> Mask:
    """Keep the pieces of ink (8-connected) that are large beside the largest one.

    Works on runs: the stretches of ink in each row, joined where they touch those of the row above.
    """
    height, width = mask.shape
    padded = np.zeros((height, width + 1), dtype=np.int8)
    padded[:, :-1] = mask
    change = np.flatnonzero(np.diff(padded.ravel(), prepend=0))
    starts, stops = change[::2], change[1::2]  # positions in rows of width + 1, so that no run crosses rows
    # Touching runs of the row above: those that end at or after this one's start and start at or before its end.
    first = np.searchsorted(stops, starts - (width + 1), side="left")
    last = np.searchsorted(starts, stops - (width + 1), side="right")
    parent = list(range(len(starts)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = run = parent[parent[run]]
        return run

    for run, (begin, end) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        for other in range(begin, end):
            parent[root(other)] = root(run)
    piece = np.array([root(run) for run in range(len(parent))], dtype=np.intp)
    area = np.bincount(piece, weights=stops - starts, minlength=len(parent))
    speck = area[piece] < _SPECK_SHARE * area.max()
    if not speck.any():
        return mask
    kept = mask.copy()
    for start, stop in zip(starts[speck].tolist(), stops[speck].tolist(), strict=True):
        row, column = divmod(start, width + 1)
        kept[row, column : column + stop - start] = False
    return kept


def quantile(values: np.ndarray[Any, Any], share: float) -> float:
    """The value with `share` (in [0, 1)) of all values below it; the upper one of two, not their mean."""
    flat = values.ravel()
    position = int(share * flat.size)
    return float(np.partition(flat, position)[position])


def maximum_filter(values: npt.NDArray[Scalar], radius: int) -> npt.NDArray[Scalar]:
    """Largest value in the square of side ``2 * radius + 1`` around each element of (height, width)."""
    for _ in range(2):
        values = np.pad(values, ((radius, radius), (0, 0)), mode="edge")
        # The maximum of a window of n is that of two windows of n / 2 or more: few steps for any radius.
        window = 1
        while window < 2 * radius + 1:
            step = min(window, 2 * radius + 1 - window)
            values = np.maximum(values[:-step], values[step:])
            window += step
        values = values.T
    return values


def signed_depth(mask: Mask, reach: int) -> FloatArray:
    """Distance of each pixel's middle to the edge of the ink, in pixels, positive inside; outside, exact up to `reach`.

    `mask` is (height, width) with no ink on the outermost pixels. An edge lies halfway between two pixels.
    """
    half = np.float32(0.5)
    return np.where(mask, _distance(mask, max(mask.shape)) - half, half - _distance(~mask, reach))


def _distance(mask: Mask, reach: int) -> FloatArray:
    """Euclidean distance, at most `reach`, of every pixel in `mask` to the nearest pixel outside it; 0 outside.

    Exact, in two passes (Saito and Toriwaki 1994): down the columns, then across the rows over the column distances.
    """
    rows = np.arange(len(mask), dtype=np.int32)[:, np.newaxis]
    last = np.maximum.accumulate(np.where(mask, -reach, rows), axis=0)
    following = np.minimum.accumulate(np.where(mask, len(mask) + reach, rows)[::-1], axis=0)[::-1]
    squared = np.square(np.minimum(np.minimum(rows - last, following - rows), reach).astype(np.float32))
    nearest = squared.copy()
    for step in range(1, min(reach, mask.shape[1])):
        cost = np.float32(step * step)
        if cost >= nearest.max():  # from so far away nothing becomes nearer
            break
        np.minimum(nearest[:, step:], squared[:, :-step] + cost, out=nearest[:, step:])
        np.minimum(nearest[:, :-step], squared[:, step:] + cost, out=nearest[:, :-step])
    return np.sqrt(nearest)
