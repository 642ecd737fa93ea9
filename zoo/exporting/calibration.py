"""The training images that int8 exports take the ranges of activations from; none validates or tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.datasets.source import Dataset, scale
from zoo.errors import ExportError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["LEAST_SAMPLES", "SAMPLES", "calibration_images", "check_calibration"]

SAMPLES = 500
LEAST_SAMPLES = 10  # fewer say nothing about the ranges of activations
SEED = 0


def calibration_images(data: Dataset, samples: int = SAMPLES) -> np.ndarray:
    """Training images in a fixed order: the data set's committed list, or drawn with a fixed seed where it has none.

    Parameters
    ----------
    data : Dataset
    samples : int
        How many; of a smaller training part all are taken.

    Returns
    -------
    ndarray of shape (n, height, width, channels), float32

    Raises
    ------
    ExportError
        When fewer than 10 are asked for or at hand, or more than the data set's list has.
    """
    import numpy as np

    if samples < LEAST_SAMPLES:
        raise ExportError(
            f"{samples} calibration images are too few for the ranges of activations; take at least {LEAST_SAMPLES}, "
            f"better {SAMPLES}."
        )
    positions = data.calibration
    if positions is None:
        positions = np.random.default_rng(SEED).permutation(len(data.train))
    elif samples > len(positions):
        raise ExportError(f"{data.name!r} lists {len(positions)} calibration images; {samples} were asked for.")
    images = scale(data.train.images[positions[:samples]])
    check_calibration(images, images.shape[1:], f"The training part of {data.name!r}")
    return images


def check_calibration(images: np.ndarray, image_shape: tuple[int, ...], what: str) -> None:
    """Refuse a calibration set that cannot calibrate.

    Raises
    ------
    ExportError
        When the images have another shape or type than the model takes, are no numbers, or are fewer than 10.
    """
    import numpy as np

    if images.dtype != np.float32 or images.shape[1:] != tuple(image_shape):
        raise ExportError(
            f"{what} has calibration images of shape {images.shape[1:]} and type {images.dtype}; the model takes "
            f"float32 of shape {tuple(image_shape)} in [0, 1]."
        )
    if len(images) < LEAST_SAMPLES:
        raise ExportError(
            f"{what} has {len(images)} calibration image{'s' if len(images) != 1 else ''}; int8 needs at least "
            f"{LEAST_SAMPLES}, better {SAMPLES}. Name other images: --calibration-data digits."
        )
    if not np.isfinite(images).all():
        raise ExportError(f"{what} has calibration images that hold NaN or infinity.")
