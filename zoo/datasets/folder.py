"""A folder of pictures with one sub-folder per class."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.contract.dataset import Dataset, DatasetSource, Split
from zoo.errors import DatasetError, ImageError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["FOLDER"]


def load_folder(argument: str | None, image_shape: tuple[int, int, int]) -> Dataset:
    """Load ``PATH/CLASS/picture.png``, resized to `image_shape`; which part a picture is in depends on its bytes alone.

    So a picture stays in its part when others are added, renamed or moved, and two copies of one picture are never
    in two parts. About 70 % train, 10 % validate and 20 % test.

    Parameters
    ----------
    argument : str
        The folder.
    image_shape : tuple of int
        Height, width and channels (1 or 3).

    Warns
    -----
    UserWarning
        When files cannot be read as pictures: how many, and which (the first ten).

    Raises
    ------
    DatasetError
        When there is no such folder, fewer than two classes, or a part that is empty.
    """
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np

    from zoo.canvas import EXTENSIONS, open_image, raw_image

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
    found = [
        (path, label)
        for label, name in enumerate(classes)
        for path in sorted((root / name).iterdir())
        if path.suffix.lower() in EXTENSIONS
    ]

    def read(path: Path) -> tuple[str, np.ndarray] | ImageError:
        try:
            pixels = raw_image(open_image(path), image_shape)
            data = path.read_bytes()
        except OSError as error:
            return ImageError(f"{str(path)!r} cannot be read: {error.strerror}.")
        except ImageError as error:
            return error
        return hashlib.sha256(data).hexdigest(), (pixels * 255).round().astype(np.uint8)

    with ThreadPoolExecutor() as pool:  # Pillow decodes outside the interpreter lock
        read_files = list(pool.map(read, (path for path, _ in found)))

    failures = [item for item in read_files if isinstance(item, ImageError)]
    if failures:
        named = "\n  ".join(str(failure) for failure in failures[:10])
        more = f"\n  and {len(failures) - 10} more" if len(failures) > 10 else ""
        warnings.warn(f"{len(failures)} of {len(found)} files left out:\n  {named}{more}", stacklevel=2)

    parts: dict[str, list[tuple[np.ndarray, int]]] = {"train": [], "validation": [], "test": []}
    lines = []
    for item, (_, label) in zip(read_files, found, strict=True):
        if isinstance(item, ImageError):
            continue
        digest, pixels = item
        tenth = int(digest[:8], 16) % 10
        parts["test" if tenth < 2 else "validation" if tenth == 2 else "train"].append((pixels, label))
        lines.append(f"{digest} {classes[label]}\n")
    for name, members in parts.items():
        if not members:
            raise DatasetError(
                f"{str(root)!r} holds {len(lines)} readable pictures, and none falls into the {name} part; add more."
            )

    def split(name: str) -> Split:
        images, labels = zip(*parts[name], strict=True)
        return Split(np.stack(images), np.array(labels, dtype=np.int64))

    return Dataset(
        name=f"folder:{root.name}",
        classes=tuple(classes),
        train=split("train"),
        validation=split("validation"),
        test=split("test"),
        digests={"files": hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()},
    )


FOLDER = DatasetSource(
    name="folder",
    load=load_folder,
    summary="your own pictures: folder:PATH, one sub-folder per class, any size",
    license="yours",
    locate=lambda: "wherever folder:PATH says",
)
