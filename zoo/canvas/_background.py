"""Telling ink from background: lighting, polarity, specks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from zoo.canvas._morphology import maximum_filter, otsu_threshold, quantile
from zoo.canvas._spec import FloatArray

__all__ = ["Background", "separate"]

# Ink must differ from the background by so many grey levels (of 255), of which JPEG leaves up to 4 on a blank page, and
# by so many standard deviations of the background. Splitting pure noise in two gives 2.7 when it is Gaussian and 3.5
# when it is uniform.
_MIN_CONTRAST = 8.0
_MIN_SEPARATION = 4.0
_CLEAR_SEPARATION = 8.0  # with so many, no better one is looked for; a ramp of light, split in two, gives 3.5
_SHADOW_WIDTH = 0.2  # share of the picture's longer side; a shadow must be wider, a stroke narrower


@dataclass(frozen=True)
class Background:
    """The level that a picture would have without ink, and how ink differs from it."""

    levels: Image.Image | float  # one for the whole picture, or an image (mode F) of all of it at any resolution
    sign: int  # 1 where ink is lighter than the background, -1 where it is darker

    def strength(self, levels: FloatArray, box: tuple[float, float, float, float]) -> FloatArray:
        """How much the grey levels (height, width) of a part of the picture differ from the background towards ink.

        `box` has the part's left, upper, right and lower edge, from 0 to 1 across the whole picture. 0 is background.
        """
        if isinstance(self.levels, float):
            background = np.array(self.levels, dtype=np.float32)
        else:
            width, height = self.levels.size
            part = (box[0] * width, box[1] * height, min(box[2], 1) * width, min(box[3], 1) * height)
            size = (levels.shape[1], levels.shape[0])
            background = np.asarray(self.levels.resize(size, Image.Resampling.BILINEAR, box=part))
        strength: FloatArray = np.maximum((levels - background) * np.float32(self.sign), np.float32(0))
        return strength


def separate(levels: FloatArray) -> Background | None:
    """Find the background of a whole picture of grey levels (height, width); None where nothing stands out.

    Tried in turn, until one leaves ink that clearly stands out: the same level everywhere (a canvas, a scan), a
    smooth surface (light that falls off) and what is left when everything narrow is filled in (the edge of a shadow).
    """
    best, best_separation = None, _MIN_SEPARATION
    for surface in (_flat, _smooth, _filled_dark, _filled_light):
        background = surface(levels)
        split = _split(levels - background)
        if split is None:
            continue
        separation, sign, offset = split
        if separation > best_separation:
            image = Image.fromarray(background + np.float32(offset)) if background.any() else offset
            best, best_separation = Background(image, sign), separation
        if separation >= _CLEAR_SEPARATION:
            break
    return best


def _split(flat: FloatArray) -> tuple[float, int, float] | None:
    """Split levels in two: how far apart the classes are, the sign of ink, and the level of the background."""
    light = flat > otsu_threshold(flat)
    if light.all() or not light.any():
        return None
    contrast = float(flat[light].mean() - flat[~light].mean())
    # Ink rarely touches the edge of the picture, and even a thick brush leaves most of it free.
    edge = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])
    sign = -1 if edge.mean() > 0.5 else 1
    paper = flat[light if sign < 0 else ~light]
    if contrast < _MIN_CONTRAST:
        return None
    return contrast / max(float(paper.std()), 1e-3), sign, quantile(paper, 0.5)


def _flat(levels: FloatArray) -> FloatArray:
    """The same level everywhere."""
    return np.zeros_like(levels)


def _smooth(levels: FloatArray) -> FloatArray:
    """Fit a surface of second order to the background.

    Least squares over the pixels that lie near the last fit: ink, which lies far from it, drops out.
    """
    height, width = levels.shape
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    values = levels.ravel()
    near = np.ones(values.size, dtype=np.bool_)
    surface = values
    for _ in range(5):
        surface = terms @ np.linalg.lstsq(terms[near], values[near], rcond=None)[0]
        residual = np.abs(values - surface)
        near = residual <= 2.5 * quantile(residual, 0.5) + 1
    return surface.reshape(levels.shape).astype(np.float32)


def _filled_dark(levels: FloatArray) -> FloatArray:
    """Fill in everything dark that is narrow (a morphological closing)."""
    radius = round(_SHADOW_WIDTH / 2 * max(levels.shape))
    return -maximum_filter(-maximum_filter(levels, radius), radius)


def _filled_light(levels: FloatArray) -> FloatArray:
    """Fill in everything light that is narrow."""
    return -_filled_dark(-levels)
