"""The training images that int8 exports take the ranges of activations from; none validates or tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.contract.dataset import Dataset, scale
from zoo.errors import ExportError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["LEAST_SAMPLES", "SAMPLES", "calibration_images", "checked_calibration"]

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
    return checked_calibration(images, images.shape[1:], f"The training part of {data.name!r}")


def checked_calibration(images: npt.ArrayLike, image_shape: tuple[int, ...], what: str) -> np.ndarray:
    """Calibration images as models take them; a set that cannot calibrate is refused.

    Parameters
    ----------
    images : array_like of shape (n, height, width, channels), float in [0, 1]
    image_shape : tuple of int
        That of the model's input.
    what : str
        What they are, as the subject of a sentence.

    Returns
    -------
    ndarray of shape (n, height, width, channels), float32

    Raises
    ------
    ExportError
        When they have another shape, type or range than the model takes, are no numbers, or are fewer than 10.
    """
    import numpy as np

    takes = f"the model takes float32 of shape {tuple(image_shape)} in [0, 1]"
    try:
        array = np.asarray(images)
    except (ValueError, TypeError) as error:  # rows of different lengths
        raise ExportError(f"{what} is no array of calibration images, {takes}: {error}.") from error
    if array.dtype.kind != "f" or array.shape[1:] != tuple(image_shape):
        raise ExportError(f"{what} has calibration images of shape {array.shape[1:]} and type {array.dtype}; {takes}.")
    array = array.astype(np.float32, copy=False)
    if len(array) < LEAST_SAMPLES:
        raise ExportError(
            f"{what} has {len(array)} calibration image{'s' if len(array) != 1 else ''}; int8 needs at least "
            f"{LEAST_SAMPLES}, better {SAMPLES}. Name other images: --calibration-data digits."
        )
    if not np.isfinite(array).all():
        raise ExportError(f"{what} has calibration images that hold NaN or infinity.")
    if array.min() < 0 or array.max() > 1:
        raise ExportError(
            f"{what} has calibration images of values from {array.min():g} to {array.max():g}; {takes}. Divide by 255 "
            "what a picture holds."
        )
    return array
