"""Files that are whole or as they were, and folders that can be filled."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from zoo.errors import ZooError

__all__ = ["check_output", "whole_file"]


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


def check_output(folder: Path) -> None:
    """Refuse a folder that a command could not fill, before it works for long; nothing is made.

    Parameters
    ----------
    folder : pathlib.Path
        What ``--output`` names.

    Raises
    ------
    ZooError
        When it is a file, holds something, or cannot be made or written to.
    """
    import tempfile

    nearest = folder
    while not nearest.exists():
        nearest = nearest.parent
    if not nearest.is_dir():
        raise ZooError(f"{str(nearest)!r} is a file; give a folder as --output.")
    if nearest == folder and any(not entry.name.startswith(".") for entry in folder.iterdir()):
        raise ZooError(f"{str(folder)!r} holds something else; give an empty or a new folder as --output.")
    try:
        with tempfile.TemporaryDirectory(prefix=".", dir=nearest):
            pass
    except OSError as error:
        raise ZooError(
            f"Nothing can be written in {str(nearest)!r}: {error.strerror}. Give another --output."
        ) from error
