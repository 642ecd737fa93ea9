"""MNIST (LeCun, Cortes, Burges): 60,000 training and 10,000 test images of handwritten digits, 28 x 28.

The arrays are looked for at an explicit path (``mnist:PATH``), in ``$ZOO_DATA_DIR``, in Keras's cache, and are
downloaded by Keras as a last resort. Whatever container they come in, their contents are compared with the
canonical digests.
"""

from __future__ import annotations

import contextlib
import gzip
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.contract.dataset import Dataset, DatasetSource, Split, array_digest
from zoo.errors import DatasetError
from zoo.home import data_folders

if TYPE_CHECKING:
    import numpy as np

__all__ = ["MNIST"]

DOWNLOAD_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"

# SHA-256 of each array as an IDX file: those of the four original files, unpacked.
DIGESTS = {
    "x_train": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "y_train": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "x_test": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "y_test": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

IDX_FILES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}

WAYS = (
    "Provide it in one of three ways: give its path as --dataset mnist:PATH (an .npz file or a folder of the four IDX "
    "files); set ZOO_DATA_DIR to a folder that holds mnist.npz; or go online with 'digit-zoo[train]' installed, "
    "so that Keras downloads it."
)


def load_mnist(argument: str | None, image_shape: tuple[int, int, int]) -> Dataset:
    """Load MNIST with its fixed split: 55,000 training, 5,000 validation and 10,000 test images, (28, 28, 1).

    The argument is the path of an ``.npz`` file or of a folder of IDX files; None looks in the places above.
    """
    import numpy as np

    path = _find(argument)
    arrays = _read(path)
    for name, digest in DIGESTS.items():
        if array_digest(arrays[name]) != digest:
            raise DatasetError(
                f"The array {name!r} in {str(path)!r} is not MNIST's: its contents have another SHA-256, so the file "
                f"is corrupt or holds something else. Remove it or give another one. {WAYS}"
            )
    chosen = np.zeros(len(arrays["y_train"]), dtype=bool)
    chosen[validation_indices()] = True
    images, labels = arrays["x_train"][..., None], arrays["y_train"].astype(np.int64)
    kept = np.cumsum(~chosen) - 1  # position in the training part, where an image is in it
    return Dataset(
        name="mnist",
        classes=tuple("0123456789"),
        train=Split(images[~chosen], labels[~chosen]),
        validation=Split(images[chosen], labels[chosen]),
        test=Split(arrays["x_test"][..., None], arrays["y_test"].astype(np.int64)),
        digests=DIGESTS,
        like_canvas=True,
        calibration=kept[calibration_indices()],
    )


def validation_indices() -> np.ndarray:
    """Positions in ``x_train`` of the 5,000 images that validate, 500 of each class, fixed for good: ascending."""
    return _listed("mnist_validation_indices.txt")


def calibration_indices() -> np.ndarray:
    """Positions in ``x_train`` of the 500 images that int8 exports calibrate on, none of which validates.

    Every ten in a row are one of each class, so that the first n are as good as any.
    """
    return _listed("mnist_calibration_indices.txt")


def _listed(name: str) -> np.ndarray:
    from importlib.resources import files

    import numpy as np

    return np.array((files(__package__) / name).read_text(encoding="ascii").split(), dtype=np.int64)


def _find(argument: str | None) -> Path:
    if argument is not None:
        path = Path(argument).expanduser()
        if not path.exists():
            raise DatasetError(f"There is no MNIST at {str(path)!r}. {WAYS}")
        return path
    return _present() or _download()


def _present() -> Path | None:
    """The file, or the folder of IDX files, that is there without a download."""
    for place in data_folders():
        if (place / "mnist.npz").is_file():
            return place / "mnist.npz"
        if all(_idx_path(place, name) for name in IDX_FILES.values()):
            return place
    return None


def locate_mnist() -> str | None:
    """Where MNIST lies on this machine; it is not read, and not downloaded."""
    path = _present()
    return None if path is None else str(path)


def _download() -> Path:
    """Let Keras download into its cache; the digests are checked by the caller, as for any other copy."""
    looked = f"MNIST is not in {', '.join(str(place) for place in data_folders())}"
    try:
        from keras.utils import get_file
    except ModuleNotFoundError as error:
        raise DatasetError(f"{looked}, and Keras is not installed to download it. {WAYS}") from error
    try:
        with contextlib.redirect_stdout(sys.stderr):  # its progress is no result
            return Path(get_file("mnist.npz", origin=DOWNLOAD_URL))
    except Exception as error:  # get_file raises a bare Exception for whatever went wrong on the way
        raise DatasetError(f"{looked}, and downloading {DOWNLOAD_URL} failed: {error}. {WAYS}") from error


def _read(path: Path) -> dict[str, np.ndarray]:
    import numpy as np

    try:
        if path.is_dir():
            arrays = {name: _read_idx(path, file_name) for name, file_name in IDX_FILES.items()}
        else:
            with np.load(path, allow_pickle=False) as container:
                arrays = {name: np.asarray(container[name]) for name in DIGESTS}
    except Exception as error:  # numpy, zipfile and zlib raise nearly anything on malformed files
        raise DatasetError(f"{str(path)!r} cannot be read as MNIST: {error}. {WAYS}") from error
    for name, array in arrays.items():
        if array.dtype != np.uint8:
            raise DatasetError(f"The array {name!r} in {str(path)!r} is {array.dtype}, MNIST's is uint8. {WAYS}")
    return arrays


def _idx_path(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def _read_idx(folder: Path, name: str) -> np.ndarray:
    import numpy as np

    path = _idx_path(folder, name)
    if path is None:
        raise OSError(f"the folder has no {name} or {name}.gz")
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if len(data) < 4 or data[:3] != b"\x00\x00\x08" or len(data) < 4 + 4 * data[3]:
        raise ValueError(f"{path.name} does not start as an IDX file of bytes")
    shape = np.frombuffer(data, dtype=">u4", count=data[3], offset=4)
    return np.frombuffer(data, dtype=np.uint8, offset=4 + 4 * data[3]).reshape(shape)


MNIST = DatasetSource(
    name="mnist",
    load=load_mnist,
    summary="70,000 handwritten digits, 28 x 28 grey (LeCun, Cortes, Burges)",
    license="CC BY-SA 3.0",
    locate=locate_mnist,
)
