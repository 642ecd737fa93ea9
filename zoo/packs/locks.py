"""Locks between processes that train several seeds of one model at the same time.

The packs of other seeds lie inside the pack of seed 0. While that one is replaced, its folder moves for a moment, and
what lies in it cannot be found under its name: neither a state that is read nor a pack that is written.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["SEEDS", "still", "while_still"]

SEEDS = "seeds"  # packs of other seeds live inside the pack of seed 0


@contextlib.contextmanager
def while_still(path: Path) -> Iterator[None]:
    """While the block works on `path`, the pack around it does not move; a path that is no seed's needs nothing."""
    if path.parent.name != SEEDS:
        yield
        return
    with _lock(path.parent.parent.parent, fcntl.LOCK_SH):
        yield


@contextlib.contextmanager
def still(pack: Path) -> Iterator[None]:
    """While the block moves the folder `pack`, nobody works in its seeds."""
    with _lock(pack.parent, fcntl.LOCK_EX):
        yield


@contextlib.contextmanager
def _lock(folder: Path, kind: int) -> Iterator[None]:
    """Lock a folder, which leaves no file behind, and ends with the process that holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks: as good as one can do there
            fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)
