"""Files that are whole or as they were, and folders that can be filled."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from zoo.errors import ZooError
from zoo.home import SEEDS

__all__ = [
    "check_folder",
    "check_output",
    "draft_folder",
    "exclusive_lock",
    "file_digest",
    "shared_lock",
    "size_and_digest",
    "try_writing",
    "whole_file",
    "whole_folder",
]


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


@contextlib.contextmanager
def draft_folder(target: Path) -> Iterator[Path]:
    """An empty folder beside `target`, whose name holds the process; what the block leaves of it is removed."""
    folder = target.parent / f".{target.name}.{os.getpid()}.tmp"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `target`, absent or empty so far, when the block ends without an error."""
    with draft_folder(target) as folder:
        yield folder
        if target.exists():  # filled, not replaced: it may be the working folder of somebody's shell
            for entry in folder.iterdir():
                entry.replace(target / entry.name)
        else:
            folder.replace(target)


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot be made or written into, before a command works for long; nothing is made."""
    nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not nearest.is_dir():
        raise ZooError(f"{str(nearest)!r} is a file; give another --output, a folder.")
    try:
        try_writing(nearest)
    except OSError as error:
        raise ZooError(
            f"Nothing can be written in {str(nearest)!r}: {error.strerror}. Give another --output."
        ) from error


def try_writing(folder: Path, prefix: str = ".") -> None:
    """Make and remove a folder in `folder`: rights alone do not tell, in /proc not even root makes one."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix=prefix, dir=folder):
        pass


def check_output(folder: Path) -> None:
    """Refuse a folder that a command could not fill, as `check_folder`, and one that holds more than hidden files."""
    check_folder(folder)
    if folder.is_dir() and any(not entry.name.startswith(".") for entry in folder.iterdir()):
        raise ZooError(f"{str(folder)!r} holds something else; give an empty or a new folder as --output.")


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def size_and_digest(path: Path) -> tuple[int, str]:
    """Bytes and SHA-256 of a file, or of a whole folder.

    The digest of a folder is that of one line per file, ``path NUL sha256 LF``, sorted by path, with ``/`` between
    the parts of a path.
    """
    if not path.is_dir():
        return path.stat().st_size, file_digest(path)
    files = {file.relative_to(path).as_posix(): file for file in path.rglob("*") if file.is_file()}
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{file_digest(files[name])}\n".encode())
    return sum(file.stat().st_size for file in files.values()), digest.hexdigest()


@contextlib.contextmanager
def shared_lock(path: Path) -> Iterator[None]:
    """While the block works on `path`, the pack around it does not move; other paths need nothing."""
    if path.parent.name != SEEDS:
        yield
        return
    with _lock(path.parent.parent.parent, fcntl.LOCK_SH):
        yield


@contextlib.contextmanager
def exclusive_lock(pack: Path) -> Iterator[None]:
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
