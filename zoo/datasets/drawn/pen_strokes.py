"""The strokes of "Pen-Based Recognition of Handwritten Digits": what people draw when asked for a digit with a pen.

E. Alpaydin, F. Alimoglu (1998), UCI Machine Learning Repository, https://doi.org/10.24432/C5MG6K, CC BY 4.0. Here is
its training part in the original, unnormalised form: 7,494 digits of 30 writers on a tablet. The 14 writers of its test
part are left alone: they judge.

The arrays are looked for at an explicit path, in ``$ZOO_DATA_DIR``, in Keras's cache, and are downloaded as a last
resort: a zip archive, in it a file that `compress` packed, in it text in the format UNIPEN. Whatever they come in,
their contents are compared with the canonical digests.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.contract.dataset import array_digest
from zoo.errors import DatasetError, MissingExtraError
from zoo.files import whole_file
from zoo.home import data_folders

if TYPE_CHECKING:
    import numpy as np

__all__ = ["DIGESTS", "FOLDS", "PenStrokes", "load_pen_strokes", "locate_pen_strokes", "read_unipen"]

DOWNLOAD_URL = "https://archive.ics.uci.edu/static/public/81/pen+based+recognition+of+handwritten+digits.zip"
TIMEOUT = 60  # seconds without a byte
MEMBER = "pendigits-orig.tra.Z"
FILE = "pen_digits.npz"

# SHA-256 of each array as an IDX file.
DIGESTS = {
    "points": "72e3767139840b13fba7346aa6dc1a238af4e9a9b1cd247a74568d09bd635cb1",
    "stroke_start": "f951e13376f4f5c022bd946dcdebc54b7822505f5b8ed1118f0a9cd5eabb7c79",
    "digit_start": "7c5ff5b3ad5d24492a5c7be7b998741b3dedb3a330452b777de58ed5f22ec9ab",
    "label": "9646b7af3dd873016d0852f006ea7cfd497bcb6c50f4c3996d6c3cbe7d6b13fd",
    "writer": "0429eaf8bf3df67a900fc9a79d98558203150425e21df8513b99925b3310a881",
}
TYPES = {"points": "i2", "stroke_start": "i4", "digit_start": "i4", "label": "u1", "writer": "u1"}

FOLDS = (
    (1, 6, 11, 16, 21, 26),
    (2, 7, 12, 17, 22, 27),
    (3, 8, 13, 18, 23, 28),
    (4, 9, 14, 19, 24, 29),
    (5, 10, 15, 20, 25, 30),
)
"""The 30 writers in five parts. A writer's digits resemble each other: one that trains must not judge."""

WAYS = (
    "Provide it in one of three ways: give its path as --dataset pendigits:PATH (pen_digits.npz, UCI's zip archive, or "
    "pendigits-orig.tra from it, packed or not); set ZOO_DATA_DIR to a folder that holds pen_digits.npz; or go online "
    "with 'digit-zoo[train]' installed, so that it is downloaded from UCI."
)


@dataclass(frozen=True)
class PenStrokes:
    """Digits as strokes: stroke s, from pen down to pen up, is ``points[stroke_start[s]:stroke_start[s + 1]]``."""

    points: np.ndarray  # (points, 2), int16: x and y in pixels of the tablet, 500 x 500; y grows upwards
    stroke_start: np.ndarray  # (strokes + 1,), int32
    digit_start: np.ndarray  # (digits + 1,), int32: digit d has the strokes digit_start[d] to digit_start[d + 1] - 1
    label: np.ndarray  # (digits,), uint8: 0 to 9
    writer: np.ndarray  # (digits,), uint8: 1 to 30

    def __len__(self) -> int:
        return len(self.label)

    def strokes(self, digit: int) -> list[np.ndarray]:
        """One digit as `zoo.canvas` takes it: float32, (points, 2) each, x to the right, y **down**."""
        first, last = self.digit_start[digit], self.digit_start[digit + 1]
        bounds = self.stroke_start[first : last + 1]
        return [self._downwards[start:stop] for start, stop in pairwise(bounds)]

    @cached_property
    def _downwards(self) -> np.ndarray:
        import numpy as np

        flipped: np.ndarray = self.points * np.array([1, -1], dtype=np.float32)
        return flipped

    def of_writers(self, writers: tuple[int, ...]) -> np.ndarray:
        """Positions of the digits of some writers, ascending: shape (n,), int64."""
        import numpy as np

        return np.flatnonzero(np.isin(self.writer, writers))

    @property
    def folds(self) -> list[np.ndarray]:
        """Positions of the digits of each of `FOLDS`: shape (n,), int64."""
        return [self.of_writers(writers) for writers in FOLDS]


def load_pen_strokes(path: str | Path | None = None) -> PenStrokes:
    """Load the strokes of the 30 writers.

    Parameters
    ----------
    path : path-like, optional
        ``pen_digits.npz``, UCI's zip archive, ``pendigits-orig.tra.Z``, or what is packed in it; None looks in the
        places above.

    Returns
    -------
    PenStrokes

    Raises
    ------
    DatasetError
        When they are nowhere, or an array's contents are not the canonical ones.
    """
    found = _present() if path is None else Path(path).expanduser()
    if found is not None and not found.is_file():
        raise DatasetError(f"There is no file {str(found)!r} with the pen digits. {WAYS}")
    return PenStrokes(**(_download() if found is None else _checked(found.read_bytes(), str(found))))


def locate_pen_strokes() -> str | None:
    """Where the strokes lie on this machine; they are not read, and not downloaded."""
    path = _present()
    return None if path is None else str(path)


def read_unipen(text: str) -> dict[str, np.ndarray]:
    """Read the fields of `PenStrokes` from UNIPEN, as far as this data set uses it; a ValueError names the line.

    A digit begins with ``.SEGMENT DIGIT``, the numbers of its strokes, ``?`` and its label in quotes; then ``.COMMENT``
    with label, writer and the digit's number among the writer's; then its strokes, one point per line between
    ``.PEN_DOWN`` and ``.PEN_UP``.
    """
    import numpy as np

    points: list[tuple[int, int]] = []
    stroke_start, digit_start = [0], [0]
    label: list[int] = []
    writer: list[int] = []
    drawing = False
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words:
            continue
        if words[0] == ".SEGMENT":
            match = re.fullmatch(r'\s*\.SEGMENT\s+DIGIT\s+[\d-]+\s+\S+\s+"([0-9])"\s*', line)
            if match is None or drawing:
                raise ValueError(f"line {number} is {line!r}, where a digit was expected")
            if label:
                digit_start.append(len(stroke_start) - 1)
            label.append(int(match[1]))
        elif words[0] == ".COMMENT" and len(words) == 4 and len(writer) < len(label):
            writer.append(int(words[2]))
        elif words[0] == ".PEN_DOWN" and label and not drawing:
            drawing = True
        elif words[0] == ".PEN_UP" and drawing:
            drawing = False
            stroke_start.append(len(points))
        elif drawing:
            x, y = map(int, words)
            points.append((x, y))
        elif not words[0].startswith("."):
            raise ValueError(f"line {number} is {line!r}, outside of a stroke")
    if drawing or not label or len(writer) != len(label):
        raise ValueError(f"{len(label)} digits of {len(writer)} named writers, the last one cut off or not")
    digit_start.append(len(stroke_start) - 1)
    lists = {"points": points, "stroke_start": stroke_start, "digit_start": digit_start, "label": label}
    return {name: np.array(values, dtype=TYPES[name]) for name, values in {**lists, "writer": writer}.items()}


def _present() -> Path | None:
    return next((place / FILE for place in data_folders() if (place / FILE).is_file()), None)


def _download() -> dict[str, np.ndarray]:
    """Download UCI's archive, and leave the arrays in Keras's cache, where they are found the next time."""
    import urllib.request
    from http.client import HTTPException

    import numpy as np

    places = data_folders()
    try:
        with urllib.request.urlopen(DOWNLOAD_URL, timeout=TIMEOUT) as response:
            archive = response.read()
    except (OSError, HTTPException) as error:
        looked = f"The pen digits are not in {', '.join(str(place) for place in places)}"
        raise DatasetError(f"{looked}, and downloading {DOWNLOAD_URL} failed: {error}. {WAYS}") from error
    arrays = _checked(archive, DOWNLOAD_URL)
    with whole_file(places[-1] / FILE) as draft, draft.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    return arrays


def _checked(data: bytes, where: str) -> dict[str, np.ndarray]:
    """The arrays of a file in one of its forms, if they are the canonical ones."""
    arrays = _read(data, where)
    for name, digest in DIGESTS.items():
        if array_digest(arrays[name]) != digest:
            raise DatasetError(
                f"The array {name!r} in {where!r} is not that of the pen digits: its contents have another SHA-256, so "
                f"the file is corrupt or holds something else. Remove it or give another one. {WAYS}"
            )
    return arrays


def _read(data: bytes, where: str) -> dict[str, np.ndarray]:
    try:
        if zipfile.is_zipfile(io.BytesIO(data)):
            packed = _member(data)
            if packed is None:
                return _npz(data)
            data = packed
        return read_unipen(_unpacked(data).decode("ascii"))
    except MissingExtraError:
        raise
    except Exception as error:  # numpy, zipfile and unlzw3 raise nearly anything on malformed files
        raise DatasetError(f"{where!r} cannot be read as the pen digits: {error}. {WAYS}") from error


def _npz(data: bytes) -> dict[str, np.ndarray]:
    import numpy as np

    with np.load(io.BytesIO(data), allow_pickle=False) as container:
        arrays = {name: np.asarray(container[name]) for name in TYPES}
    for name, array in arrays.items():
        if array.dtype != np.dtype(TYPES[name]):
            raise ValueError(f"the array {name!r} is {array.dtype}, not {np.dtype(TYPES[name])}")
    return arrays


def _member(data: bytes) -> bytes | None:
    """The packed text in UCI's archive; None in another archive, such as numpy's."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(MEMBER) if MEMBER in archive.namelist() else None


def _unpacked(data: bytes) -> bytes:
    """What `compress` packed, or the bytes themselves when it did not."""
    if data[:2] != b"\x1f\x9d":
        return data
    try:
        from unlzw3 import unlzw
    except ModuleNotFoundError as error:
        raise MissingExtraError("unlzw3", "train", "Unpacking UCI's pen digits") from error
    return bytes(unlzw(data))
