"""Files that a benchmark needs and a pack lacks, made in a cache beside the results, and never in the pack."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.contract.pack import MANIFEST, Pack
from zoo.errors import MissingExtraError, PackError, UnsupportedExportError, ZooError
from zoo.home import user_packs

if TYPE_CHECKING:
    from zoo.exporting.converter import Converter

__all__ = ["Export", "export_missing"]

Export = tuple[str, str]
"""Format and precision."""
Reasons = dict[Export, tuple[str, str]]


def export_missing(
    wanted: Iterable[tuple[Pack, Collection[Export]]], report: Callable[[str], None]
) -> list[tuple[Pack, Reasons]]:
    """Make the files of models that they do not have.

    A file lies in ``$ZOO_HOME/benchmarks/exports/ID-DIGEST``, where DIGEST begins the SHA-256 of the weights, and is
    made once for each state of them. So is what failed its gate: the evidence is kept there. Of the cache, only files
    are used that the pack lacks.

    Parameters
    ----------
    wanted : iterable of (Pack, collection of (format, precision))
        The packs are left as they are.
    report : callable
        Is given a line of text before and after work is done.

    Returns
    -------
    list of (Pack, dict)
        For each pack: itself, or its copy with the files that could be made, and with what became of the others; and
        of those about which the copy says nothing, status (``"unsupported"`` or ``"failed"``) and why there is no file.
    """
    from zoo.exporting.converter import Converter

    with ExitStack() as stack:
        converter = cache(lambda: stack.enter_context(Converter()))  # one for all, which starts when it is needed
        return [_complete(pack, exports, converter, report) for pack, exports in wanted]


def _complete(
    pack: Pack, exports: Collection[Export], converter: Callable[[], Converter], report: Callable[[str], None]
) -> tuple[Pack, Reasons]:
    from zoo.exporting.export import export

    folder = user_packs().parent / "benchmarks" / "exports" / f"{pack.id}-{pack.artifact('keras').sha256[:12]}"
    cached = pack if not _missing(pack, exports) else _open(folder, pack) or pack
    missing = _missing(cached, exports)
    if not missing:
        return cached, {}
    # All at once, although a file may be made that is there: the Keras model's answers take longer than most files.
    formats, precisions = (list(dict.fromkeys(part)) for part in zip(*missing, strict=True))
    report(f"exporting {pack.id}: {' and '.join(formats)}, {', '.join(precisions)}")
    reasons = {}
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        export(cached, formats, precision=precisions, output=folder, report=report, converter=converter())
    except ZooError as error:
        status = "unsupported" if isinstance(error, UnsupportedExportError | MissingExtraError) else "failed"
        reasons = {cell: (status, _about(str(error), " ".join(cell))) for cell in missing}
    cached = _open(folder, pack) or cached
    return cached, {cell: reasons[cell] for cell in _missing(cached, exports) if cell in reasons}


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
    held = _held(pack)
    try:
        cached = Pack(folder)
        for artifact in cached.artifacts:
            if (artifact.format, artifact.precision) not in held:
                artifact.verified_path()
        return cached
    except PackError:
        shutil.rmtree(folder)
        return None
