"""The training images that int8 exports take the ranges of activations from; none validates or tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.contract.dataset import Dataset, scale
from zoo.errors import ExportError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["SAMPLES", "CalibrationOptions", "calibration_images", "checked_calibration", "whole_batches"]

SAMPLES = 500
LEAST_SAMPLES = 10  # fewer say nothing about the ranges of activations
SEED = 0


@dataclass(frozen=True)
class CalibrationOptions:
    """What `zoo.export` is told: the images themselves, or a data set and how many of its training images."""

    images: npt.ArrayLike | None = None
    dataset: str | None = None
    samples: int | None = None

    def check(self, calibrates: bool) -> None:
        """Refuse options that would change nothing."""
        data_options = {"calibration_data": self.dataset, "calibration_samples": self.samples}
        given = [option for option, value in data_options.items() if value is not None]
        if self.images is not None and given:
            raise ExportError(f"calibration gives the images itself; leave {' and '.join(given)} out.")
        if self.images is not None:
            given = ["calibration"]
        if given and not calibrates:
            raise ExportError(
                f"Nothing that was asked for is calibrated, and {' and '.join(given)} would change nothing; ask for "
                f"the precision int8, too, or leave {'it' if len(given) == 1 else 'them'} out."
            )


def calibration_images(data: Dataset, samples: int | None = None) -> np.ndarray:
    """Training images, float32 (n, height, width, channels): the data set's list, or drawn with a fixed seed."""
    import numpy as np

    samples = SAMPLES if samples is None else samples
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
    """Images as models take them, float32 (n, *image_shape) in [0, 1]; `what` names a set that cannot calibrate."""
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


def whole_batches(images: np.ndarray, batch_size: int) -> np.ndarray:
    """As many of the calibration images as fill batches: a model with a fixed batch takes no others."""
    whole = len(images) // batch_size * batch_size
    if not whole:
        raise ExportError(
            f"{len(images)} calibration images fill no batch of {batch_size}; take a smaller batch or more images."
        )
    return images[:whole]
