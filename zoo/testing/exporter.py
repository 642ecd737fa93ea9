"""The contract of an exporter."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import PurePath

from zoo.contract.exporter import Exporter, ExportJob
from zoo.errors import ContractError, UnsupportedExportError
from zoo.exporting.export import export
from zoo.exporting.gates import gate_for
from zoo.plugins import load_plugins
from zoo.testing.check import Check, Outcome, demand, run_or_raise
from zoo.testing.model import shared_converter, temporary_folder, trained_model
from zoo.testing.probes import check_light

__all__ = ["check_exporter", "exporter_checks"]

QUANTIZED = {"min_agreement": 0.95, "max_accuracy_drop": 0.05}  # on 360 test images of a hasty training


def check_exporter(format: str, *, report: Callable[[Outcome], None] = lambda outcome: None) -> list[Outcome]:
    """Check all that the zoo demands of an exporter, with a small model that is trained for it.

    Parameters
    ----------
    format : str
        As it is registered by an installed plugin.
    report : callable
        Is given each outcome once it is there.

    Returns
    -------
    list of Outcome
        One per check.

    Raises
    ------
    ContractError
        When a check failed, with all that failed. Those after it were run, too.
    UnknownNameError
        When no plugin registers it.
    """
    return run_or_raise(exporter_checks(format), report)


def exporter_checks(format: str) -> list[Check]:
    """The checks of an exporter, to be called one by one; `check_exporter` runs them all.

    Parameters
    ----------
    format : str
        As for `check_exporter`.

    Returns
    -------
    list of Check
    """
    exporter: Exporter = load_plugins().find("exporter", format)
    subject = _Subject(exporter)
    return [
        Check(format, "describes_itself", "says what it makes, and why not the rest", subject.describes_itself),
        Check(format, "light", "imports nothing heavy when it is listed", lambda: check_light("exporters", format)),
        Check(format, "opened", "makes files that an installed runtime opens", subject.opened),
        *(
            Check(
                format,
                f"exports_{precision}",
                f"writes {precision} files that compute what the Keras model computes",
                functools.partial(subject.exports, precision),
                slow=True,
            )
            for precision in exporter.precisions
        ),
        Check(format, "refuses", "refuses a file of another kind", subject.refuses, slow=True),
    ]


class _Subject:
    """An exporter under test."""

    def __init__(self, exporter: Exporter) -> None:
        self.exporter = exporter

    def describes_itself(self) -> None:
        exporter = self.exporter
        demand("fp32" in exporter.precisions, f"It makes {exporter.precisions}; fp32 must be among them.")
        names = {exporter.file_for(ExportJob(precision)) for precision in exporter.precisions}
        demand(
            len(names) == len(exporter.precisions) and all(PurePath(name).name == name for name in names),
            f"Its files are named {sorted(names)}; give a plain file name that differs for each precision, such as "
            "'model_{precision}.onnx'.",
        )
        both = set(exporter.precisions) & set(exporter.unsupported)
        demand(not both, f"{', '.join(sorted(both))} is both made and unsupported.")
        for precision, reason in exporter.unsupported.items():
            demand(reason.strip(), f"Say why {precision} is not made.")

    def opened(self) -> None:
        runtimes = [runtime for runtime in load_plugins().runtimes.values() if self.exporter.format in runtime.formats]
        demand(
            any(runtime.installed for runtime in runtimes),
            f"No installed runtime opens {self.exporter.format!r}, so that nothing can be compared with the Keras "
            "model; register a runtime in the same plugin, or install what "
            f"{', '.join(runtime.name for runtime in runtimes) or 'a runtime'} needs.",
        )

    def exports(self, precision: str) -> None:
        format, job = self.exporter.format, ExportJob(precision)
        cell = self.exporter.cell_of(job)
        folder = temporary_folder(format) / "pack"
        for source in (trained_model(), folder):  # a second time in place: the new file replaces the old one
            try:
                pack = export(
                    source,
                    format,
                    precision=precision,
                    gate={} if gate_for(precision).min_agreement is None else QUANTIZED,
                    output=folder if source is not folder else None,
                    parity_data="digits",
                    converter=shared_converter(),
                )
            except UnsupportedExportError:
                return  # this model is too small for the precision to change anything, and the exporter says so
            found = [artifact for artifact in pack.artifacts if artifact.cell == cell]
            demand(len(found) == 1, f"The pack holds {', '.join(str(artifact.cell) for artifact in pack.artifacts)}.")
            self.exporter.check(found[0].verified_path(), job)

    def refuses(self) -> None:
        path = temporary_folder(self.exporter.format) / self.exporter.file_for(ExportJob())
        path.write_bytes(b"This is no model. " * 100)
        try:
            self.exporter.check(path, ExportJob())
        except Exception:  # an exporter's check may raise what its libraries raise
            return
        raise ContractError("check() lets a file of plain text pass; raise zoo.errors.ExportError, and say why.")
