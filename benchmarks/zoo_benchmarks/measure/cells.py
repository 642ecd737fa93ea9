"""Which cells there are: models x runtimes x precisions x threads, with the reason where one cannot be measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import zoo
from zoo.contract.exporter import PRECISIONS, Exporter, ExportJob
from zoo.contract.pack import Artifact, Pack
from zoo.contract.runtime import Runtime
from zoo.errors import MissingExtraError, UnknownNameError, ZooError
from zoo.plugins import load_plugins
from zoo.runtimes.open import find_runtime
from zoo_benchmarks.measure.missing_exports import Export, export_missing

__all__ = ["Cell", "chosen_packs", "plan_cells"]


@dataclass(frozen=True)
class Cell:
    """One model on one runtime.

    Attributes
    ----------
    pack : Pack
    runtime, format, precision : str
    threads : int
    artifact : Artifact or None
        What is measured, in the pack or in the cache of exports; None where there is nothing to measure.
    status : str
        ``"ok"`` when it can be measured, else ``"failed"`` (there is no file that passed its check) or
        ``"unsupported"``.
    reason : str
        Why it cannot be measured.
    """

    pack: Pack
    runtime: str
    format: str
    precision: str
    threads: int
    artifact: Artifact | None = None
    status: str = "ok"
    reason: str = ""

    @property
    def name(self) -> str:
        """Names its file: unique in a run."""
        return f"{self.pack.id}-{self.runtime}-{self.format}-{self.precision}-{self.threads}"


def plan_cells(
    models: Sequence[str] = (),
    runtimes: Sequence[str] = (),
    precisions: Sequence[str] = (),
    threads: Sequence[int] = (1,),
    providers: Sequence[str] = (),
    *,
    report: Callable[[str], None] = lambda text: None,
) -> list[Cell]:
    """Every cell that is asked for; files that a model lacks are made for it, in a cache.

    Parameters
    ----------
    models : sequence of str
        As for `zoo.load`, or patterns of `zoo.list_models`; by default all bundled models.
    runtimes, precisions : sequence of str
        By default all.
    threads : sequence of int
    providers : sequence of str
        Then only the runtimes that have a choice of them, on each of these; by default every runtime on its first.
    report : callable
        Is given a line of text about every export.

    Returns
    -------
    list of Cell

    Raises
    ------
    UnknownNameError
        For a name that does not exist.
    ZooError
        For two models of one id.
    """
    chosen = _runtimes(runtimes, providers)
    packs = chosen_packs(models)
    known = dict.fromkeys([*PRECISIONS, *(artifact.precision for pack in packs for artifact in pack.artifacts)])
    for precision in precisions:
        if precision not in known:
            raise UnknownNameError("precision", precision, known)
    wanted = tuple(dict.fromkeys(precisions or known))
    exports = dict.fromkeys(
        (format, precision)
        for runtime in chosen
        if runtime.installed
        for format in runtime.formats
        for precision in wanted
        if _objection(format, precision) is None
    )
    completed = export_missing([(pack, exports) for pack in packs], report)
    return [
        _cell(pack, complete, reasons, runtime, format, precision, number)
        for pack, (complete, reasons) in zip(packs, completed, strict=True)
        for runtime in chosen
        for format in runtime.formats
        for precision in wanted
        for number in dict.fromkeys(threads)
    ]


def _runtimes(names: Sequence[str], providers: Sequence[str]) -> list[Runtime]:
    registered: list[Runtime] = list(load_plugins().runtimes.values())
    chosen = [find_runtime(name) for name in dict.fromkeys(names)] or sorted(
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
    return [
        runtime.with_provider(provider)
        for runtime in chosen
        if runtime.providers
        for provider in dict.fromkeys(providers)
    ]


def chosen_packs(models: Sequence[str]) -> list[Pack]:
    """The packs that a command names; by default all bundled ones.

    Raises
    ------
    UnknownNameError
        For a name that does not exist.
    ZooError
        For two models of one id.
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
                    "benchmark --compare OLD NEW."
                )
    return list(packs.values())


def _objection(format: str, precision: str) -> str | None:
    """Why no such file can be made; None where one may."""
    if format == "keras":
        return None if precision == "fp32" else "the Keras model is float32"
    exporter: Exporter | None = load_plugins().exporters.get(format)
    if exporter is None:
        return f"no plugin exports to {format}"
    if find_spec(exporter.package) is None:
        return str(MissingExtraError(exporter.package, exporter.extra, f"Exporting to {format!r}"))
    return exporter.objection(ExportJob(precision))


def _cell(
    pack: Pack,
    complete: Pack,
    reasons: Mapping[Export, tuple[str, str]],
    runtime: Runtime,
    format: str,
    precision: str,
    threads: int,
) -> Cell:
    def without(status: str, reason: str) -> Cell:
        return Cell(pack, runtime.name, format, precision, threads, None, status, " ".join(reason.split()))

    if not runtime.installed:
        extra = f"'digit-zoo[{runtime.extra}]'" if runtime.extra else "digit-zoo"
        return without("unsupported", f"{runtime.package} is missing: pip install {extra}")
    for artifact in (*pack.artifacts, *complete.artifacts):
        if (artifact.format, artifact.precision, artifact.variant) == (format, precision, ""):
            return Cell(pack, runtime.name, format, precision, threads, artifact)
    for entry in complete.refused:
        if (entry["format"], entry["precision"], entry.get("variant", "")) == (format, precision, ""):
            return without("unsupported" if entry["outcome"] == "unsupported" else "failed", str(entry["reason"]))
    objection = _objection(format, precision)
    return without("unsupported", objection) if objection else without(*reasons[format, precision])
