"""Files that are whole or as they were, and folders that can be filled."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from zoo.errors import ZooError

__all__ = ["check_folder", "check_output", "whole_file"]


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Write a file under another name, from which it takes its own when the block ends without an error.

    Parameters
    ----------
    path : pathlib.Path
        Its folder is made where it is absent.

    Yields
    ------
    pathlib.Path
        What to write to; nothing of it is left after an error.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot be made or written into, before a command works for long; nothing is made.

    Parameters
    ----------
    folder : pathlib.Path
        What ``--output`` names.

    Raises
    ------
    ZooError
    """
    import tempfile

    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not nearest.is_dir():
        raise ZooError(f"{str(nearest)!r} is a file; give another --output, a folder.")
    try:  # rights alone do not tell: in /proc not even root makes a folder
        with tempfile.TemporaryDirectory(prefix=".", dir=nearest):
            pass
    except OSError as error:
        raise ZooError(
            f"Nothing can be written in {str(nearest)!r}: {error.strerror}. Give another --output."
        ) from error


def check_output(folder: Path) -> None:
    """Refuse a folder that a command could not fill: as `check_folder`, and one that holds something.

    Parameters
    ----------
    folder : pathlib.Path
        Hidden files in it do not count.

    Raises
    ------
    ZooError
    """
    check_folder(folder)
    if folder.is_dir() and any(not entry.name.startswith(".") for entry in folder.iterdir()):
        raise ZooError(f"{str(folder)!r} holds something else; give an empty or a new folder as --output.")
