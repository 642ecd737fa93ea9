"""Which cells there are: models x runtimes x precisions x threads, with the reason where one cannot be measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import zoo
from zoo.errors import UnknownNameError
from zoo.exporting.exporter import PRECISIONS, Exporter, ExportJob
from zoo.packs.pack import Artifact, Pack, export_command
from zoo.plugins import load_plugins
from zoo.runtimes.runtime import Runtime

__all__ = ["Cell", "plan_cells"]


@dataclass(frozen=True)
class Cell:
    """One model on one runtime.

    Attributes
    ----------
    pack : Pack
    runtime, format, precision : str
    threads : int
    artifact : Artifact or None
        What is measured; None where it cannot be.
    status : str
        ``"ok"`` when it can be measured, else ``"failed"`` (the export failed its check) or ``"unsupported"``.
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
) -> list[Cell]:
    """Every cell that is asked for.

    Parameters
    ----------
    models : sequence of str
        As for `zoo.load`, or patterns of `zoo.list_models`; by default all bundled models.
    runtimes, precisions : sequence of str
        By default all.
    threads : sequence of int

    Returns
    -------
    list of Cell

    Raises
    ------
    UnknownNameError
        For a name that does not exist.
    """
    registry = load_plugins()
    chosen: list[Runtime] = [registry.find("runtime", name) for name in runtimes] or sorted(
        registry.runtimes.values(), key=lambda runtime: (runtime.rank, runtime.name)
    )
    packs = _packs(models)
    known = dict.fromkeys([*PRECISIONS, *(artifact.precision for pack in packs for artifact in pack.artifacts)])
    for precision in precisions:
        if precision not in known:
            raise UnknownNameError("precision", precision, known)
    return [
        _cell(pack, runtime, format, precision, number)
        for pack in packs
        for runtime in chosen
        for format in runtime.formats
        for precision in precisions or known
        for number in dict.fromkeys(threads)
    ]


def _packs(models: Sequence[str]) -> list[Pack]:
    if not models:
        return [pack for pack in zoo.list_models() if pack.bundled]
    packs: dict[str, Pack] = {}
    for model in models:
        for pack in (zoo.list_models(model) if any(mark in model for mark in "*?[") else ()) or [zoo.get_pack(model)]:
            packs.setdefault(pack.id, pack)
    return list(packs.values())


def _cell(pack: Pack, runtime: Runtime, format: str, precision: str, threads: int) -> Cell:
    for artifact in pack.artifacts:
        if (artifact.format, artifact.precision, artifact.variant) == (format, precision, ""):
            if runtime.installed:
                return Cell(pack, runtime.name, format, precision, threads, artifact)
            extra = f"'digit-zoo[{runtime.extra}]'" if runtime.extra else "digit-zoo"
            return _without(
                pack, runtime, format, precision, threads, f"{runtime.package} is missing: pip install {extra}"
            )
    for entry in pack.refused:
        if (entry["format"], entry["precision"], entry.get("variant", "")) == (format, precision, ""):
            status = "unsupported" if entry["outcome"] == "unsupported" else "failed"
            return _without(pack, runtime, format, precision, threads, str(entry["reason"]), status)
    exporter: Exporter | None = load_plugins().exporters.get(format)
    if format == "keras":
        objection: str | None = "the Keras model is float32"
    else:
        objection = exporter.objection(ExportJob(precision)) if exporter else f"no plugin exports to {format}"
    reason = objection or f"not in the pack; make it with: {export_command(pack.id, format, precision)}"
    return _without(pack, runtime, format, precision, threads, reason)


def _without(
    pack: Pack, runtime: Runtime, format: str, precision: str, threads: int, reason: str, status: str = "unsupported"
) -> Cell:
    return Cell(pack, runtime.name, format, precision, threads, None, status, " ".join(reason.split()))
