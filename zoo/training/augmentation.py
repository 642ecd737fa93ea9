"""Random changes to training images, in the data pipeline and never in the graph.

All changes of a sheet of images are one resampling: the images are laid below each other with a margin of zeros, and
OpenCV fetches every pixel of every image in a single call, outside the interpreter lock.
"""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from zoo.contract.recipe import Augmentation
from zoo.errors import MissingExtraError

__all__ = ["augment"]

SHEET_ROWS = 2_000  # so that the maps stay in the cache; OpenCV takes up to 2^15
ELASTIC_SMOOTHING = 4.0  # pixels; sigma of the displacement fields, as in Simard et al. 2003


def augment(images: np.ndarray, augmentation: Augmentation, random: np.random.Generator) -> np.ndarray:
    """Change each image (n, height, width, channels), uint8, by its own random amounts, in one bilinear resampling.

    What lies outside an image counts as 0. The state of `random` decides everything.
    """
    if find_spec("cv2") is None:
        raise MissingExtraError("opencv-python-headless", "train", "A recipe with augmentation")
    changed = np.empty_like(images)
    step = max(1, SHEET_ROWS // (images.shape[1] + 2))
    for start in range(0, len(images), step):
        sheet = images[start : start + step]
        changed[start : start + step] = _change(sheet, augmentation, random)
    return changed


def _change(images: np.ndarray, augmentation: Augmentation, random: np.random.Generator) -> np.ndarray:
    """`augment` for as many images as fit on one sheet."""
    import cv2

    count, height, width, channels = images.shape
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    if augmentation.stroke:
        padded = _change_strokes(padded, augmentation.stroke, random)
    columns, rows = _sources(augmentation, count, height, width, random)
    # Onto the margin at most, so that no image reaches into its neighbour.
    columns = np.clip(columns, -1, width) + 1
    rows = np.clip(rows, -1, height) + 1 + np.arange(count, dtype=np.float32)[:, None, None] * (height + 2)
    sheet = padded.reshape(count * (height + 2), width + 2, channels)
    maps = (columns.reshape(-1, width).astype(np.float32), rows.reshape(-1, width).astype(np.float32))
    changed: np.ndarray = cv2.remap(sheet, *maps, cv2.INTER_LINEAR).reshape(images.shape)
    if augmentation.erasing:
        _erase(changed, augmentation.erasing, random)
    return changed


def _sources(
    augmentation: Augmentation, count: int, height: int, width: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The source column and row of every target pixel, each of shape (count, height, width), float32."""

    def uniform(limit: float) -> np.ndarray:
        return random.uniform(-limit, limit, (count, 1, 1)).astype(np.float32)

    angle = np.deg2rad(uniform(augmentation.rotation))
    shear = np.tan(np.deg2rad(uniform(augmentation.shear)))
    scale_x, scale_y = (1 / (1 + uniform(augmentation.zoom)) for _ in range(2))
    shift_x, shift_y = uniform(augmentation.shift) * width, uniform(augmentation.shift) * height

    centre_x, centre_y = (width - 1) / 2, (height - 1) / 2
    x = np.arange(width, dtype=np.float32)[None, None, :] - centre_x - shift_x  # (count, 1, width)
    y = np.arange(height, dtype=np.float32)[None, :, None] - centre_y - shift_y  # (count, height, 1)
    cos, sin = np.cos(angle), np.sin(angle)
    columns = (cos * x + (cos * shear - sin) * y) * scale_x + centre_x
    rows = (sin * x + (sin * shear + cos) * y) * scale_y + centre_y
    if augmentation.elastic:
        for coordinates in (columns, rows):
            coordinates += _displacements(augmentation.elastic, count, height, width, random)
    return columns, rows


def _displacements(amount: float, count: int, height: int, width: int, random: np.random.Generator) -> np.ndarray:
    """Smooth random fields with a standard deviation of `amount` pixels, shape (count, height, width), float32.

    Noise at knots, spread by Gaussians: what blurring noise at every pixel gives, for two small matrix products.
    """

    def spread(side: int) -> np.ndarray:  # (side, knots); rows of unit length keep the variance
        knots = np.arange(-ELASTIC_SMOOTHING, side + ELASTIC_SMOOTHING, ELASTIC_SMOOTHING)
        weights = np.exp(-0.5 * ((np.arange(side)[:, None] - knots) / ELASTIC_SMOOTHING) ** 2)
        unit: np.ndarray = (weights / np.linalg.norm(weights, axis=1, keepdims=True)).astype(np.float32)
        return unit

    vertical, horizontal = spread(height), spread(width)
    noise = random.standard_normal((count, vertical.shape[1], horizontal.shape[1]), dtype=np.float32)
    fields: np.ndarray = np.float32(amount) * (vertical @ (noise @ horizontal.T))
    return fields


def _change_strokes(padded: np.ndarray, amount: float, random: np.random.Generator) -> np.ndarray:
    """Make strokes thicker or thinner: mix each image with its dilation or its erosion by up to `amount`."""
    import cv2

    shape = padded.shape
    sheet = padded.reshape(-1, *shape[2:])
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    thick = cv2.dilate(sheet, cross).reshape(shape)
    thin = cv2.erode(sheet, cross).reshape(shape)
    mix = random.uniform(-amount, amount, (len(padded), 1, 1, 1)).astype(np.float32)
    other = np.where(mix > 0, thick, thin)
    changed = padded + np.abs(mix) * (other.astype(np.float32) - padded)
    changed[:, [0, -1]] = 0  # dilation wets the margins
    changed[:, :, [0, -1]] = 0
    rounded: np.ndarray = changed.round().astype(np.uint8)
    return rounded


def _erase(images: np.ndarray, amount: float, random: np.random.Generator) -> None:
    """Blank a random rectangle of every second image (Zhong et al. 2017, https://arxiv.org/abs/1708.04896)."""
    count, height, width = images.shape[:3]
    sides = random.uniform(0, amount, (2, count)) * np.array([[height], [width]]) * random.integers(0, 2, count)
    starts = random.uniform(0, 1, (2, count)) * (np.array([[height], [width]]) - sides)
    rows = np.arange(height)[None, :, None]
    columns = np.arange(width)[None, None, :]
    (top, left), (bottom, right) = starts[..., None, None], (starts + sides)[..., None, None]
    images[(rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)] = 0
