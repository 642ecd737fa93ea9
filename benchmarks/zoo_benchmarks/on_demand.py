"""Files that a benchmark needs and a pack lacks, made in a cache beside the results, and never in the pack."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from pathlib import Path

from zoo.errors import MissingExtraError, PackError, UnsupportedExportError, ZooError
from zoo.packs.pack import MANIFEST, Pack
from zoo.packs.store import user_packs

__all__ = ["Export", "export_missing"]

Export = tuple[str, str]
"""Format and precision."""


def export_missing(
    pack: Pack, exports: Collection[Export], report: Callable[[str], None]
) -> tuple[Pack, dict[Export, tuple[str, str]]]:
    """Make the files of a model that it does not have.

    A file lies in ``$ZOO_HOME/benchmarks/exports/ID-DIGEST``, where DIGEST begins the SHA-256 of the weights, and is
    made once for each state of them. So is what failed its gate: the evidence is kept there. Of the cache, only files
    are used that the pack lacks.

    Parameters
    ----------
    pack : Pack
        Is left as it is.
    exports : collection of (format, precision)
    report : callable
        Is given a line of text before and after work is done.

    Returns
    -------
    cached : Pack
        `pack` itself, or its copy with the files that could be made, and with what became of the others.
    reasons : dict
        For what the copy says nothing about: status (``"unsupported"`` or ``"failed"``) and why there is no file.
    """
    folder = user_packs().parent / "benchmarks" / "exports" / f"{pack.id}-{pack.artifact('keras').sha256[:12]}"
    if not _missing(pack, exports):
        return pack, {}
    cached = _open(folder, pack) or pack
    by_precisions: dict[tuple[str, ...], list[str]] = {}
    for format in dict.fromkeys(format for format, _ in exports):
        precisions = tuple(precision for name, precision in _missing(cached, exports) if name == format)
        if precisions:
            by_precisions.setdefault(precisions, []).append(format)
    reasons = {}
    for precisions, formats in by_precisions.items():
        report(f"exporting {pack.id}: {' and '.join(formats)}, {', '.join(precisions)}")
        try:
            _export(cached, formats, precisions, folder, report)
        except ZooError as error:
            status = "unsupported" if isinstance(error, UnsupportedExportError | MissingExtraError) else "failed"
            for format in formats:
                for precision in precisions:
                    reasons[format, precision] = (status, _about(str(error), f"{format} {precision}"))
        cached = _open(folder, pack) or cached
    return cached, {export: reasons[export] for export in _missing(cached, exports) if export in reasons}


def _about(text: str, cell: str) -> str:
    """What an error about several files, a line each, says about one; all of it where it names none."""
    return " ".join([line for line in text.splitlines() if line.startswith(cell)] or text.split())


def _held(pack: Pack) -> set[Export]:
    return {(artifact.format, artifact.precision) for artifact in pack.artifacts if not artifact.variant}


def _missing(pack: Pack, exports: Collection[Export]) -> list[Export]:
    """Those that a pack neither holds nor has tried."""
    known = _held(pack)
    known |= {(entry["format"], entry["precision"]) for entry in pack.refused if not entry.get("variant")}
    return [export for export in exports if export not in known]


def _open(folder: Path, pack: Pack) -> Pack | None:
    """The pack of the cache, which is removed, to be made anew, where something is damaged that `pack` lacks."""
    if not (folder / MANIFEST).exists():
        return None
    try:
        cached = Pack(folder)
        for artifact in cached.artifacts:
            if (artifact.format, artifact.precision) not in _held(pack):
                artifact.verified_path()
        return cached
    except PackError:
        shutil.rmtree(folder)
        return None


def _export(
    source: Pack, formats: list[str], precisions: tuple[str, ...], folder: Path, report: Callable[[str], None]
) -> None:
    from zoo.exporting.export import export

    folder.parent.mkdir(parents=True, exist_ok=True)
    export(source, formats, precision=precisions, output=folder, report=report)
