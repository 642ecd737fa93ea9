"""Writes packs so that one is whole or absent: into a hidden folder beside the target, then renamed."""

from __future__ import annotations

import contextlib
import glob
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zoo.contract.pack import MANIFEST, Cell, Pack, check_manifest
from zoo.errors import PackError
from zoo.files import draft_folder, exclusive_lock, file_digest, shared_lock, size_and_digest, try_writing
from zoo.home import SEEDS
from zoo.packs.store import changed_folder

__all__ = ["artifact_entry", "check_target", "edit_pack", "new_pack", "write_json"]


def check_target(target: Path, *, overwrite: bool) -> None:
    """Refuse a folder that a new pack cannot or must not take the place of, before any work is done."""
    if target.exists():
        if not target.is_dir():
            raise PackError(f"{str(target)!r} is a file; give a folder for the pack.")
        if (target / MANIFEST).exists():
            if not overwrite:
                raise PackError(f"{str(target)!r} holds a pack already; add --overwrite, or give another --output.")
        elif any(entry.name != SEEDS for entry in target.iterdir()):
            raise PackError(f"{str(target)!r} holds something that is no pack; give an empty or a new folder.")
    parent = target.parent
    try:
        with shared_lock(target):
            parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PackError(
            f"The folder {str(parent)!r} cannot be made: {error.strerror}. Give another --output."
        ) from error
    try:
        with shared_lock(target):
            try_writing(parent, prefix=f".{target.name}.")
    except OSError as error:
        raise PackError(
            f"The folder {str(target)!r} cannot be made: {error.strerror}. Give another --output, or set ZOO_HOME."
        ) from error


@contextlib.contextmanager
def new_pack(target: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Fill an empty folder that becomes the pack `target` when the block ends with a valid manifest and no error."""
    check_target(target, overwrite=overwrite)
    with shared_lock(target), _staged(target) as folder:
        yield folder


@contextlib.contextmanager
def edit_pack(pack: Pack, target: Path | None = None) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A copy of a pack and its manifest, to be changed; it takes its place when the block ends without an error."""
    target = target or changed_folder(pack)
    check_target(target, overwrite=True)
    if (target / MANIFEST).exists() and (other := Pack(target).id) != pack.id:
        raise PackError(f"{str(target)!r} holds the pack {other}, not {pack.id}; give another --output.")
    before = _state(target)
    with shared_lock(target), _staged(target) as folder:
        shutil.copytree(pack.folder, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(SEEDS))
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        yield folder, manifest
        write_json(folder / MANIFEST, manifest)
        if _state(target) != before:
            raise PackError(
                f"{str(target)!r} was changed by another program meanwhile; nothing was written. Try again."
            )


def artifact_entry(
    folder: Path, path: Path, cell: Cell, certificate: str | None = None, source_sha256: str = ""
) -> dict[str, Any]:
    """The manifest's entry for a file or folder of a pack, with its size and SHA-256."""
    size_bytes, sha256 = size_and_digest(path)
    return {
        "path": path.relative_to(folder).as_posix(),
        **asdict(cell),
        "size_bytes": size_bytes,
        "sha256": sha256,
        "source_sha256": source_sha256,
        "certificate": certificate,
    }


def write_json(path: Path, data: object) -> None:
    """Write JSON as people read it: indented, keys in their order, a newline at the end."""
    path.write_text(json.dumps(data, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def _state(target: Path) -> str | None:
    manifest = target / MANIFEST
    return file_digest(manifest) if manifest.is_file() else None


@contextlib.contextmanager
def _staged(target: Path) -> Iterator[Path]:
    _remove_leftovers(target)
    try:
        with draft_folder(target) as folder:
            yield folder
            check_manifest(json.loads((folder / MANIFEST).read_text(encoding="utf-8")), repr(str(target)))
            with exclusive_lock(target):
                _replace(folder, target)
    except OSError as error:
        # Of a folder that could not be copied, shutil tells (from, to, why) of each file.
        reason = error.args[0][0][2] if isinstance(error, shutil.Error) else error
        raise PackError(f"The pack {str(target)!r} cannot be written: {reason}. Nothing was changed.") from error


def _remove_leftovers(target: Path) -> None:
    """Remove what processes that were killed left beside a target; those that live still need theirs."""
    for path in target.parent.glob(f".{glob.escape(target.name)}.*.tmp"):
        process = path.name.removesuffix(".tmp").rpartition(".")[2]
        if process.isdigit() and not _is_alive(int(process)):
            shutil.rmtree(path, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's process, but one that lives
    return True


def _replace(folder: Path, target: Path) -> None:
    """Put the finished folder in the target's place; the packs of other seeds inside it move along."""
    if not target.exists():
        folder.rename(target)
        return
    previous = target.parent / f".{target.name}.{os.getpid()}.old"
    shutil.rmtree(previous, ignore_errors=True)
    target.rename(previous)
    try:
        if (previous / SEEDS).exists():
            (previous / SEEDS).rename(folder / SEEDS)
        folder.rename(target)
    except BaseException:
        if (folder / SEEDS).exists():
            (folder / SEEDS).rename(previous / SEEDS)
        previous.rename(target)
        raise
    shutil.rmtree(previous, ignore_errors=True)
