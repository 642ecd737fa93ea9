"""Trees of files that a server or a device takes, made of a pack's exported artifacts."""

from __future__ import annotations

from pathlib import Path

from zoo.contract.exporter import Layout
from zoo.contract.pack import Pack
from zoo.errors import ExportError
from zoo.exporting.certificate import read_certificate
from zoo.files import whole_folder
from zoo.packs.store import get_pack
from zoo.plugins import load_plugins

__all__ = ["lay_out"]


def lay_out(model: str | Path | Pack, layout: str, output: str | Path, *, precision: str | None = None) -> Path:
    """Build a layout of a trained model, whole or not at all.

    Parameters
    ----------
    model : str, path-like or Pack
        An id, an architecture or the folder of a pack.
    layout : str
        Name of a registered layout.
    output : path-like
        A folder that does not exist yet, or is empty.
    precision : str, optional
        Of the artifacts; by default the layout's own.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    UnknownNameError
        When the model or the layout does not exist, or the pack lacks a format that the layout needs.
    ExportError
        When the layout takes another precision only, an artifact was made from another model, or the folder holds
        something or cannot be written.
    PackError
        When an artifact is damaged.
    """
    chosen: Layout = load_plugins().find("layout", layout)
    pack = get_pack(model)
    if not chosen.any_precision and precision not in (None, chosen.precision):
        raise ExportError(f"The layout {layout!r} is made from {chosen.precision} files only, not {precision}.")
    artifacts = {
        format: pack.artifact(format, precision or chosen.precision, chosen.variant) for format in chosen.formats
    }
    for artifact in artifacts.values():
        artifact.verified_path()
        read_certificate(artifact)
    target = Path(output).expanduser().absolute()
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise ExportError(f"{str(target)!r} holds something already; give a new or an empty folder.")
        with whole_folder(target) as folder:
            chosen.build(artifacts, folder)
    except OSError as error:
        raise ExportError(f"The layout {layout!r} cannot be written to {str(target)!r}: {error}.") from error
    return target
