"""What is measured: models x runtimes x precisions x threads, with the reason where something cannot be.

Files that a pack lacks are made in a cache beside the results, and never in the pack.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import product, starmap
from pathlib import Path

import zoo
from zoo import Artifact, Cell, Exporter, ExportJob, Pack, Runtime, load_plugins
from zoo.errors import MissingExtraError, PackError, UnknownNameError, UnsupportedExportError, ZooError

__all__ = ["Measurement", "chosen_packs", "export_missing", "plan_measurements"]

Reasons = dict[Cell, tuple[str, str]]
"""Status and reason of what is no file."""
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Measurement:
    """One model on one runtime: what the table has a row for, which its reader knows as a cell.

    `artifact` is the file that is measured, in the pack or in the cache of exports; None where there is none. `status`
    is then ``"failed"`` (no file passed its check) or ``"unsupported"`` instead of ``"ok"``, and `reason` says why.
    """

    pack: Pack
    runtime: str
    cell: Cell  # format and precision
    threads: int
    artifact: Artifact | None = None
    status: str = "ok"
    reason: str = ""

    @property
    def name(self) -> str:
        """Names its file: unique in a run."""
        return f"{self.pack.id}-{self.runtime}-{self.cell.format}-{self.cell.precision}-{self.threads}"


def plan_measurements(
    models: Sequence[str] = (),
    runtimes: Sequence[str] = (),
    precisions: Sequence[str] = (),
    threads: Sequence[int] = (1,),
    providers: Sequence[str] = (),
    *,
    tell: Tell = lambda text: None,
) -> list[Measurement]:
    """Everything that is asked for; files that a model lacks are made, and `tell` is given a line about each.

    By default all bundled models on all runtimes at all precisions; with `providers` only the runtimes that have a
    choice of them, on each of these.

    Raises `UnknownNameError` for a name that does not exist, and `ZooError` for two models of one id.
    """
    chosen = _runtimes(runtimes, providers)
    packs = chosen_packs(models)
    wanted = _precisions(precisions, packs)
    exports = dict.fromkeys(
        cell
        for runtime in chosen
        if runtime.installed
        for cell in starmap(Cell, product(runtime.formats, wanted))
        if _objection(cell) is None
    )
    planned = []
    for pack, (complete, reasons) in zip(packs, export_missing([(pack, exports) for pack in packs], tell), strict=True):
        files = {file.cell: file for file in (*complete.artifacts, *pack.artifacts)}
        for runtime in chosen:
            for cell in starmap(Cell, product(runtime.formats, wanted)):
                artifact = files.get(cell) if runtime.installed else None
                status, reason = ("ok", "") if artifact else _lack(complete, reasons, runtime, cell)
                planned += [
                    Measurement(pack, runtime.name, cell, number, artifact, status, reason)
                    for number in dict.fromkeys(threads)
                ]
    return planned


def _runtimes(names: Sequence[str], providers: Sequence[str]) -> list[Runtime]:
    registered: list[Runtime] = list(load_plugins().runtimes.values())
    chosen = [zoo.find_runtime(name) for name in dict.fromkeys(names)] or sorted(
        registered, key=lambda one: (one.rank, one.name)
    )
    if not providers:
        return chosen
    able = [one.name for one in registered if one.providers]
    if unable := [name for name in names if name not in able]:
        raise ZooError(
            f"A provider was given, and {', '.join(unable)} has no choice of them. Those that have: {', '.join(able)}. "
            "Name only those as --runtime, or leave --provider out."
        )
    able_ones = [runtime for runtime in chosen if runtime.providers]
    return [runtime.with_provider(provider) for runtime in able_ones for provider in dict.fromkeys(providers)]


def _precisions(names: Sequence[str], packs: Sequence[Pack]) -> list[str]:
    """Those that are named, by default all of the zoo and of the packs."""
    known = list(dict.fromkeys([*zoo.PRECISIONS, *(file.precision for pack in packs for file in pack.artifacts)]))
    for name in names:
        if name not in known:
            raise UnknownNameError("precision", name, known)
    return list(dict.fromkeys(names)) or known


def chosen_packs(models: Sequence[str]) -> list[Pack]:
    """The packs that a command names, also by patterns of `zoo.list_models`; by default all bundled ones.

    Raises `UnknownNameError` for a name that does not exist, and `ZooError` for two models of one id.
    """
    if not models:
        return [pack for pack in zoo.list_models() if pack.bundled]
    packs: dict[str, Pack] = {}
    for model in models:
        for pack in (zoo.list_models(model) if any(mark in model for mark in "*?[") else ()) or [zoo.get_pack(model)]:
            other = packs.setdefault(pack.id, pack)
            if other.folder.resolve() != pack.folder.resolve():
                raise ZooError(
                    f"{str(other.folder)!r} and {str(pack.folder)!r} both hold a model of the id {pack.id!r}, and a "
                    "table names models by id. Measure each with an --output of its own, and compare them: zoo "
                    "benchmark compare OLD NEW."
                )
    return list(packs.values())


def _objection(cell: Cell) -> str | None:
    """Why no such file can be made; None where one may."""
    if cell.format == "keras":
        return None if cell.precision == "fp32" else "the Keras model is float32"
    exporter: Exporter | None = load_plugins().exporters.get(cell.format)
    if exporter is None:
        return f"no plugin exports to {cell.format}"
    if find_spec(exporter.package) is None:
        return str(MissingExtraError(exporter.package, exporter.extra, f"Exporting to {cell.format!r}"))
    return exporter.objection(ExportJob(cell.precision))


def _lack(complete: Pack, reasons: Reasons, runtime: Runtime, cell: Cell) -> tuple[str, str]:
    """Status and reason of what cannot be measured."""
    if not runtime.installed:
        extra = f"'digit-zoo[{runtime.extra}]'" if runtime.extra else "digit-zoo"
        return "unsupported", f"{runtime.package} is missing: pip install {extra}"
    for entry in complete.refused:
        if Cell.of(entry) == cell:
            status = "unsupported" if entry["outcome"] == "unsupported" else "failed"
            return status, " ".join(entry["reason"].split())
    objection = _objection(cell)
    status, reason = ("unsupported", objection) if objection else reasons[cell]
    return status, " ".join(reason.split())


def export_missing(wanted: Iterable[tuple[Pack, Collection[Cell]]], tell: Tell) -> list[tuple[Pack, Reasons]]:
    """Make the files of models that they do not have; the packs are left as they are.

    A file lies in ``$ZOO_HOME/benchmarks/exports/ID-DIGEST``, where DIGEST begins the SHA-256 of the weights, and is
    made once for each state of them. So is what failed its gate: the evidence is kept there. For each pack come itself,
    or its copy with the files that could be made, and why there are no others, where the copy does not say.
    """
    with ExitStack() as stack:
        converter = cache(lambda: stack.enter_context(zoo.Converter()))  # one for all, which starts when it is needed
        return [_complete(pack, exports, converter, tell) for pack, exports in wanted]


def _complete(
    pack: Pack, exports: Collection[Cell], converter: Callable[[], zoo.Converter], tell: Tell
) -> tuple[Pack, Reasons]:
    folder = zoo.home() / "benchmarks" / "exports" / f"{pack.id}-{pack.artifact('keras').sha256[:12]}"
    cached = pack if not _missing(pack, exports) else _open(folder, pack) or pack
    missing = _missing(cached, exports)
    if not missing:
        return cached, {}
    # All at once, although a file may be made that is there: the Keras model's answers take longer than most files.
    formats = list(dict.fromkeys(cell.format for cell in missing))
    precisions = list(dict.fromkeys(cell.precision for cell in missing))
    tell(f"exporting {pack.id}: {' and '.join(formats)}, {', '.join(precisions)}")
    reasons = {}
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        zoo.export(cached, formats, precision=precisions, output=folder, report=tell, converter=converter())
    except ZooError as error:
        status = "unsupported" if isinstance(error, UnsupportedExportError | MissingExtraError) else "failed"
        reasons = {cell: (status, _about(str(error), str(cell))) for cell in missing}
    cached = _open(folder, pack) or cached
    return cached, {cell: reasons[cell] for cell in _missing(cached, exports) if cell in reasons}


def _about(text: str, cell: str) -> str:
    """What an error about several files, a line each, says about one; all of it where it names none."""
    return " ".join([line for line in text.splitlines() if line.startswith(cell)] or text.split())


def _missing(pack: Pack, exports: Collection[Cell]) -> list[Cell]:
    """Those that a pack neither holds nor has tried."""
    known = {*(file.cell for file in pack.artifacts), *map(Cell.of, pack.refused)}
    return [cell for cell in exports if cell not in known]


def _open(folder: Path, pack: Pack) -> Pack | None:
    """The pack of the cache, which is removed, to be made anew, where something is damaged that `pack` lacks."""
    if not folder.exists():
        return None
    held = {file.cell for file in pack.artifacts}
    try:
        cached = Pack(folder)
        for artifact in cached.artifacts:
            if artifact.cell not in held:
                artifact.verified_path()
        return cached
    except PackError:
        shutil.rmtree(folder)
        return None
