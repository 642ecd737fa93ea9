"""What a data set is, and how a plugin offers one."""

from __future__ import annotations

import dataclasses
import hashlib
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar, cast

if TYPE_CHECKING:
    import numpy as np

__all__ = ["SPLITS", "Dataset", "DatasetSource", "OnFirstUse", "Split", "array_digest", "scale"]

SPLITS = ("train", "validation", "test")
IDX_TYPES = {"u1": 0x08, "i2": 0x0B, "i4": 0x0C}
T = TypeVar("T")


@dataclass(frozen=True)
class Split:
    """One part of a data set.

    Parameters
    ----------
    images : ndarray of shape (n, height, width, channels), uint8
    labels : ndarray of shape (n,), int64
        Positions in the data set's `classes`.
    """

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def scaled(self) -> np.ndarray:
        """The images as models take them.

        Returns
        -------
        ndarray of shape (n, height, width, channels), float32 in [0, 1]
            A new array.
        """
        return scale(self.images)


class OnFirstUse(Generic[T]):
    """A field of a dataclass that may be given as a function, which is called when the field is first read."""

    def __init__(self, *default: T) -> None:
        self._default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object | None, owner: type) -> T:
        if instance is None:  # the dataclass asks for the default; without one, the field must be given
            if not self._default:
                raise AttributeError(self._name)
            return self._default[0]
        if callable(value := vars(instance)[self._name]):
            vars(instance)[self._name] = value = value()
        return cast(T, value)

    def __set__(self, instance: object, value: T | Callable[[], T]) -> None:
        vars(instance)[self._name] = value


@dataclass(frozen=True)
class Dataset:
    """Labelled images in three parts. The test part chooses nothing; validation is there for that.

    Parameters
    ----------
    name : str
        As given on the command line: ``"mnist"``, ``"folder:photos"``.
    classes : tuple of str
        The label of each class.
    train, validation, test : Split or callable
        A part that takes long to make is given as a function without arguments, which is called when the part is first
        used: who evaluates a model does not wait for training images.
    digests : mapping of str to str
        SHA-256 of each source array, by which a pack names what it was trained on.
    like_canvas : bool
        Whether `zoo.canvas` makes pictures like these, so that it must prepare what people hand in. Otherwise pictures
        are only resized, as these were.
    calibration : ndarray of int, optional
        Positions in `train` of the images that exports to int8 calibrate on; None draws them with a fixed seed.
    outliers : ndarray of shape (n, height, width, channels), uint8, or callable, optional
        More training images, which show none of the classes: a model learns to answer them with all classes alike, and
        its pack to withhold such answers. A function is called when they are first used.
    """

    name: str
    classes: tuple[str, ...]
    train: OnFirstUse[Split] = OnFirstUse()
    validation: OnFirstUse[Split] = OnFirstUse()
    test: OnFirstUse[Split] = OnFirstUse()
    digests: Mapping[str, str]  # type: ignore[misc]  # mypy takes the descriptors before it for defaults
    like_canvas: bool = False
    calibration: np.ndarray | None = None
    outliers: OnFirstUse[np.ndarray | None] = OnFirstUse(None)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of one image."""
        height, width, channels = self.test.images.shape[1:]
        return height, width, channels

    @property
    def training_images(self) -> np.ndarray:
        """All images that teach: those of the training part, then the outliers."""
        import numpy as np

        return self.train.images if self.outliers is None else np.concatenate([self.train.images, self.outliers])

    @property
    def training_count(self) -> int:
        """Number of all images that teach."""
        return len(self.train) + (0 if self.outliers is None else len(self.outliers))

    def without_hold_out(self) -> Dataset:
        """The data set with the validation images in its training part, too, after those that were there.

        Returns
        -------
        Dataset
            The other parts are unchanged.
        """
        import numpy as np

        parts = (self.train, self.validation)
        images, labels = (np.concatenate([getattr(part, name) for part in parts]) for name in ("images", "labels"))
        return dataclasses.replace(self, train=Split(images, labels))

    def split(self, name: str) -> Split:
        """The part of a name.

        Parameters
        ----------
        name : {"train", "validation", "test"}
            Which.

        Returns
        -------
        Split
            Images and labels.
        """
        part: Split = getattr(self, name)
        return part


@dataclass(frozen=True)
class DatasetSource:
    """A data set that a plugin offers.

    Parameters
    ----------
    name : str
        ``"mnist"``. On the command line ``name:argument`` passes an argument on.
    load : callable
        ``load(argument, image_shape) -> Dataset``. `argument` is the text after the colon or None. `image_shape`
        is the (height, width, channels) that a model wants; sources of one fixed size ignore it.
    summary : str
        One line.
    license : str
        The licence of the data.
    locate : callable, optional
        ``locate() -> str or None`` tells where the data is, without loading or downloading it; None when it is
        nowhere. ``zoo doctor`` shows it.
    """

    name: str
    load: Callable[[str | None, tuple[int, int, int]], Dataset]
    summary: str
    license: str
    locate: Callable[[], str | None] | None = None


def scale(images: np.ndarray) -> np.ndarray:
    """Images from bytes to float32 in [0, 1]."""
    import numpy as np

    scaled: np.ndarray = np.multiply(images, np.float32(1 / 255), dtype=np.float32)
    return scaled


def array_digest(array: np.ndarray) -> str:
    """SHA-256 of an array of uint8, int16 or int32 written as an IDX file, the form in which MNIST was published.

    The digest is that of the contents, whatever container they came in.
    """
    kind = IDX_TYPES[array.dtype.str[1:]]
    digest = hashlib.sha256(bytes((0, 0, kind, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape))
    digest.update(array.astype(array.dtype.newbyteorder(">")).tobytes())
    return digest.hexdigest()
