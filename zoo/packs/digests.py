"""Size and SHA-256 of what a pack holds."""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["file_digest", "size_and_digest"]


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def size_and_digest(path: Path) -> tuple[int, str]:
    """Bytes and SHA-256 of a file, or of a whole folder.

    The digest of a folder is that of one line per file, ``path NUL sha256 LF``, sorted by path, with ``/`` between
    the parts of a path.

    Raises
    ------
    FileNotFoundError
        When there is nothing at `path`.
    """
    if not path.is_dir():
        return path.stat().st_size, file_digest(path)
    files = {file.relative_to(path).as_posix(): file for file in path.rglob("*") if file.is_file()}
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{file_digest(files[name])}\n".encode())
    return sum(file.stat().st_size for file in files.values()), digest.hexdigest()
