"""Random changes to training images, in the data pipeline and never in the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.errors import MissingExtraError
from zoo.training.recipe import Augmentation

if TYPE_CHECKING:
    import numpy as np

__all__ = ["augment"]


def augment(images: np.ndarray, augmentation: Augmentation, random: np.random.Generator) -> np.ndarray:
    """Rotate, shift, zoom and shear each image by its own random amounts, in one bilinear resampling.

    Parameters
    ----------
    images : ndarray of shape (n, height, width, channels), uint8
        Left unchanged. What lies outside an image counts as 0.
    augmentation : Augmentation
        The largest amounts.
    random : numpy.random.Generator
        Its state decides everything.

    Returns
    -------
    ndarray of shape (n, height, width, channels), uint8

    Raises
    ------
    MissingExtraError
        When OpenCV is not installed.
    """
    try:
        import cv2
    except ImportError as error:
        raise MissingExtraError("opencv-python-headless", "train", "A recipe with augmentation") from error
    import numpy as np

    count, height, width = images.shape[:3]
    matrices = _inverse_matrices(augmentation, count, height, width, random)
    changed = np.empty_like(images)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    for image, matrix, target in zip(images, matrices, changed, strict=True):
        cv2.warpAffine(image, matrix, (width, height), dst=target, flags=flags)
    return changed


def _inverse_matrices(
    augmentation: Augmentation, count: int, height: int, width: int, random: np.random.Generator
) -> np.ndarray:
    """Matrices that take a target's pixel to its source's, about the centre; shape (count, 2, 3), float64."""
    import numpy as np

    def uniform(limit: float) -> np.ndarray:
        return random.uniform(-limit, limit, count)

    angle = np.deg2rad(uniform(augmentation.rotation))
    shear = np.tan(np.deg2rad(uniform(augmentation.shear)))
    scale_x, scale_y = (1 / (1 + uniform(augmentation.zoom)) for _ in range(2))
    shift_x, shift_y = uniform(augmentation.shift) * width, uniform(augmentation.shift) * height

    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.empty((count, 2, 2))
    linear[:, 0, 0], linear[:, 0, 1] = cos * scale_x, (cos * shear - sin) * scale_x
    linear[:, 1, 0], linear[:, 1, 1] = sin * scale_y, (sin * shear + cos) * scale_y
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    target_centre = centre + np.stack([shift_x, shift_y], axis=1)
    offset = centre - np.einsum("nij,nj->ni", linear, target_centre)
    return np.concatenate([linear, offset[:, :, None]], axis=2)
