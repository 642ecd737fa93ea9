"""Files that are whole or as they were."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["whole_file"]


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
