"""Trees of files that a server or a device takes, made of a pack's exported artifacts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from zoo.errors import ExportError
from zoo.packs.pack import Pack
from zoo.packs.store import get_pack
from zoo.plugins import load_plugins

__all__ = ["Layout", "lay_out"]


@dataclass(frozen=True)
class Layout:
    """A tree of files that a plugin offers to build.

    Parameters
    ----------
    name : str
        As on the command line: ``--layout NAME``.
    formats : tuple of str
        The formats that a pack must hold for it.
    build : callable
        ``build(pack, folder) -> None`` fills an empty folder from the pack's artifacts, whose bytes have been checked.
    summary : str
        One line.
    """

    name: str
    formats: tuple[str, ...]
    build: Callable[[Pack, Path], None]
    summary: str


def lay_out(model: str | Path | Pack, layout: str, output: str | Path) -> Path:
    """Build a layout of a trained model, whole or not at all.

    Parameters
    ----------
    model : str, path-like or Pack
        An id, an architecture or the folder of a pack.
    layout : str
        Name of a registered layout.
    output : path-like
        A folder that does not exist yet, or is empty.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    UnknownNameError
        When the model or the layout does not exist, or the pack lacks a format that the layout needs.
    ExportError
        When the folder holds something, or cannot be written.
    PackError
        When an artifact is damaged.
    """
    chosen: Layout = load_plugins().find("layout", layout)
    pack = get_pack(model)
    for format in chosen.formats:
        pack.artifact(format).verified_path()
    target = Path(output).expanduser().absolute()
    staged = target.parent / f".{target.name}.{os.getpid()}.tmp"
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise ExportError(f"{str(target)!r} holds something already; give a new or an empty folder.")
        staged.mkdir(parents=True)
        chosen.build(pack, staged)
        staged.replace(target)
    except OSError as error:
        raise ExportError(f"The layout {layout!r} cannot be written to {str(target)!r}: {error}.") from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return target
