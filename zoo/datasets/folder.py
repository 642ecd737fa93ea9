"""A folder of pictures with one sub-folder per class."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zoo.contract.dataset import SPLITS, Dataset, DatasetSource, Split
from zoo.errors import DatasetError, ImageError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["FOLDER"]


class _Picture(NamedTuple):
    """A file that could be read: the SHA-256 of its bytes, and its pixels as uint8 in the shape that is wanted."""

    digest: str
    pixels: np.ndarray
    label: int

    @property
    def part(self) -> str:
        """Decided by the bytes alone: about 70 % train, 10 % validate and 20 % test."""
        tenth = int(self.digest[:8], 16) % 10
        return "test" if tenth < 2 else "validation" if tenth == 2 else "train"


def load_folder(argument: str | None, image_shape: tuple[int, int, int]) -> Dataset:
    """Load ``PATH/CLASS/picture.png``, resized to `image_shape`; which part a picture is in depends on its bytes alone.

    So a picture stays in its part when others are added, renamed or moved, and two copies of one picture are never
    in two parts. Files that cannot be read as pictures are warned of and left out.
    """
    root, classes = _classes(argument)
    pictures = _read_all(root, classes, image_shape)
    lines = sorted(f"{picture.digest} {classes[picture.label]}\n" for picture in pictures)
    train, validation, test = (_split(root, pictures, name) for name in SPLITS)
    return Dataset(
        name=f"folder:{root.name}",
        classes=classes,
        train=train,
        validation=validation,
        test=test,
        digests={"files": hashlib.sha256("".join(lines).encode()).hexdigest()},
    )


def _classes(argument: str | None) -> tuple[Path, tuple[str, ...]]:
    """The folder, and the names of its sub-folders in alphabetical order."""
    if argument is None:
        raise DatasetError("The data set 'folder' needs a path: --dataset folder:PATH, with one sub-folder per class.")
    root = Path(argument).expanduser()
    if not root.is_dir():
        raise DatasetError(f"There is no folder {str(root)!r}. Give one with a sub-folder of pictures per class.")
    classes = sorted(entry.name for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    if len(classes) < 2:
        raise DatasetError(
            f"{str(root)!r} has {len(classes)} sub-folders; there must be one for each class, at least two."
        )
    return root, tuple(classes)


def _read_all(root: Path, classes: tuple[str, ...], image_shape: tuple[int, int, int]) -> list[_Picture]:
    """Every readable picture, class by class in the order of file names; the others are warned of."""
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np

    from zoo.canvas import EXTENSIONS, open_image, raw_image

    def read(path: Path, label: int) -> _Picture | ImageError:
        try:
            pixels = raw_image(open_image(path), image_shape)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            return ImageError(f"{str(path)!r} cannot be read: {error.strerror}.")
        except ImageError as error:
            return error
        return _Picture(digest, (pixels * 255).round().astype(np.uint8), label)

    found = [
        (path, label)
        for label, name in enumerate(classes)
        for path in sorted((root / name).iterdir())
        if path.suffix.lower() in EXTENSIONS
    ]
    with ThreadPoolExecutor() as pool:  # Pillow decodes outside the interpreter lock
        results = list(pool.map(lambda file: read(*file), found))
    failures = [result for result in results if isinstance(result, ImageError)]
    if failures:
        named = "\n  ".join(map(str, failures[:10]))
        more = f"\n  and {len(failures) - 10} more" if len(failures) > 10 else ""
        warnings.warn(f"{len(failures)} of {len(found)} files left out:\n  {named}{more}", stacklevel=3)
    return [result for result in results if isinstance(result, _Picture)]


def _split(root: Path, pictures: list[_Picture], name: str) -> Split:
    """The pictures of one part."""
    import numpy as np

    own = [picture for picture in pictures if picture.part == name]
    if not own:
        raise DatasetError(
            f"{str(root)!r} holds {len(pictures)} readable pictures, and none falls into the {name} part; add more."
        )
    images, labels = np.stack([picture.pixels for picture in own]), [picture.label for picture in own]
    return Split(images, np.array(labels, dtype=np.int64))


FOLDER = DatasetSource(
    name="folder",
    load=load_folder,
    summary="your own pictures: folder:PATH, one sub-folder per class, any size",
    license="yours",
    locate=lambda: "wherever folder:PATH says",
)
