"""Exports a pack's model, and keeps what computes the same function."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.contract.architecture import Architecture
from zoo.contract.exporter import ExportJob
from zoo.contract.pack import MANIFEST, Artifact, Cell, Pack
from zoo.errors import ExportError, ParityError, ZooError
from zoo.errors import UnsupportedExportError as Unsupported
from zoo.exporting.calibration import CalibrationOptions
from zoo.exporting.certificate import Evidence, Reference, certificate_name, contact_sheet_name, file_metadata
from zoo.exporting.converter import Converter
from zoo.exporting.plan import ExportPlan, plan_export, plan_files
from zoo.files import size_and_digest
from zoo.packs.card import write_card
from zoo.packs.store import get_pack
from zoo.packs.writing import artifact_entry, edit_pack, write_json
from zoo.runtimes.keras import count_macs, load_keras_model

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["FAILED", "export"]

FAILED = "failed"  # folder in a pack with the evidence of the exports that failed their gates


def export(
    model: str | Path | Pack,
    formats: str | Sequence[str] | None = None,
    *,
    precision: str | Sequence[str] | None = "fp32",
    batch_size: int | None = None,
    float_io: bool = False,
    strip: bool = False,
    calibration: npt.ArrayLike | None = None,
    calibration_data: str | None = None,
    calibration_samples: int | None = None,
    gate: Mapping[str, float | None] | None = None,
    output: str | Path | None = None,
    parity_data: str | None = None,
    on_start: Callable[[], None] = lambda: None,
    report: Callable[[str], None] = lambda text: None,
    converter: Converter | None = None,
) -> Pack:
    """Export a trained model, compare each file with the Keras model on all test images, and keep what passes.

    Parameters
    ----------
    model : str, path-like or Pack
        An id, an architecture or the folder of a pack.
    formats : str or sequence of str, optional
        By default ``"saved_model"``, ``"tflite"``, ``"onnx"`` and what plugins add; ``"keras"`` has to be named.
    precision : str or sequence of str, optional
        ``"fp32"``, ``"fp16"``, ``"dynamic"`` or ``"int8"``; None makes all.
    batch_size, float_io, strip : int, bool, bool
        As in `zoo.ExportJob`: a fixed batch, float32 at both ends of an int8 file, no names and metadata inside.
    calibration, calibration_data, calibration_samples : array_like, str, int, optional
        What int8 takes the ranges of activations from: images, float (n, height, width, channels) in [0, 1]; or a data
        set, and how many of its training images. By default 500 of the pack's own.
    gate : mapping of str to float or None, optional
        Other limits than those of `zoo.exporting.gates.GATES`, by name.
    output : path-like, optional
        Folder for the pack with its new files; by default its own, or the user's packs for a bundled pack.
    parity_data : str, optional
        The data set whose images are compared, instead of the pack's own.
    on_start, report : callable
        Called when all arguments were found right and the work begins; called with a line of text per file.
    converter : Converter, optional
        A process that runs already, for those who export many models.

    Returns
    -------
    Pack
        With the files that passed; ``pack.refused`` tells what became of the others.

    Raises
    ------
    ParityError
        When a file computes something else than its source: only the evidence is kept. What passed is delivered.
    UnsupportedExportError, ExportError
        When nothing that was asked for can work; when a file could not be made. What passed is delivered.
    UnknownNameError, MissingExtraError, DatasetError, PackError
        When what is named does not exist, is not installed, absent or damaged. Then nothing is written.
    """
    pack = get_pack(model)
    files = plan_files(formats, precision, ExportJob("fp32", batch_size, float_io, strip), gate)
    options = CalibrationOptions(calibration, calibration_data, calibration_samples)
    plan = plan_export(pack, files, options, parity_data, output)
    with edit_pack(pack, plan.target.absolute()) as (folder, manifest):
        on_start()
        copy = PackCopy(folder, manifest)
        failures = _make_files(plan, copy, converter, report)
        copy.finish(plan.architecture)
    if grave := [failure for failure in failures if not isinstance(failure, Unsupported)]:
        raise _joined(grave, plan.target)
    return Pack(plan.target)


def _make_files(
    plan: ExportPlan, copy: PackCopy, converter: Converter | None, report: Callable[[str], None]
) -> list[ZooError]:
    """Make the files of a plan, and put those that pass into the copy of the pack; why the others did not."""
    source = Pack(copy.folder)
    metadata = file_metadata(source)
    failures: list[ZooError] = []
    with tempfile.TemporaryDirectory(dir=copy.folder) as drafts, _running(converter) as running:
        for file in plan.files:  # all at once: a file is compared while the next is made
            if file.objection is None:
                running.begin(source, file.exporter, replace(file.job, metadata=metadata), Path(drafts, file.name))
        reference = Reference(source, plan.data)
        for file in plan.files:
            evidence = None
            try:
                if file.objection is not None:
                    raise Unsupported(file.objection)
                running.finish()
                draft = Path(drafts, file.name)
                artifact = Artifact(source, draft, file.cell, *size_and_digest(draft))
                evidence = reference.evidence_for(artifact, file.gate, file.calibration)
                if evidence.failures:
                    raise ParityError(
                        f"{file.cell} does not compute what the Keras model computes: "
                        f"{'; '.join(evidence.failures)}. It was not delivered."
                    )
            except ZooError as error:
                if isinstance(error, Unsupported):
                    report(f"{file.cell}: not supported: {error}")
                    failures.append(Unsupported(f"{file.cell} is not supported: {error}"))
                else:
                    failures.append(error)
                if file.objection is None:  # what every model of the format shares is no news about this one
                    copy.refuse(file.cell, error, evidence)
            else:
                copy.deliver(evidence)
                report(f"{file.cell}: {evidence.summary}")
    if len(failures) == len(plan.files) and not any(isinstance(failure, ParityError) for failure in failures):
        raise _joined(failures)
    return failures


@contextlib.contextmanager
def _running(converter: Converter | None) -> Iterator[Converter]:
    """The converter that was given, or one of this export's own; nothing writes a draft any more in the end."""
    with contextlib.nullcontext(converter) if converter else Converter() as running:
        try:
            yield running
        finally:
            running.discard()


@dataclass(frozen=True)
class PackCopy:
    """The copy of a pack that its new files go into."""

    folder: Path
    manifest: dict[str, Any]

    def deliver(self, evidence: Evidence) -> None:
        """Put a file that passed into the pack, in the place of an earlier one."""
        artifact = evidence.artifact
        self._forget("artifacts", artifact.cell)  # not before: an earlier export outlives a failure
        self._forget("refused", artifact.cell)
        path = artifact.path.rename(self.folder / artifact.path.name)
        certificate, source = evidence.write(self.folder), artifact.pack.artifact("keras").sha256
        self.manifest["artifacts"].append(artifact_entry(self.folder, path, artifact.cell, certificate, source))

    def refuse(self, cell: Cell, error: ZooError, evidence: Evidence | None) -> None:
        """Note what became of a file that is not delivered, with the evidence where there is some."""
        self._forget("refused", cell)
        certificate = None
        if evidence is not None:
            (self.folder / FAILED).mkdir(exist_ok=True)
            certificate = f"{FAILED}/{evidence.write(self.folder / FAILED)}"
        outcome = "unsupported" if isinstance(error, Unsupported) else "failed" if evidence is not None else "error"
        entry = {**asdict(cell), "outcome": outcome, "reason": str(error), "certificate": certificate}
        self.manifest.setdefault("refused", []).append(entry)

    def finish(self, architecture: Architecture) -> None:
        """Write manifest and model card."""
        if self.manifest["macs"] is None:  # it was trained where there is no graph to count in
            self.manifest["macs"] = count_macs(load_keras_model(Pack(self.folder).artifact("keras")))
        write_json(self.folder / MANIFEST, self.manifest)
        write_card(self.folder, architecture)

    def _forget(self, kind: str, cell: Cell) -> None:
        """Take an earlier export of a cell out of the manifest and the folder."""
        entries = self.manifest.get(kind, [])
        for entry in [entry for entry in entries if Cell.of(entry) == cell]:
            entries.remove(entry)
            if "path" in entry:
                _delete(self.folder / entry["path"])
            if entry["certificate"]:
                _delete(self.folder / entry["certificate"])
                _delete(self.folder / contact_sheet_name(entry["certificate"].removesuffix(certificate_name(""))))


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _joined(failures: list[ZooError], target: Path | None = None) -> ZooError:
    """One error for all; the kind of the gravest, a file that answers wrongly, with where its evidence lies."""
    texts = [str(failure) for failure in failures]
    for kind in (ParityError, ExportError, Unsupported):
        if any(type(failure) is kind for failure in failures):
            if kind is ParityError and target is not None:
                texts.append(f"The evidence is in {str(target / FAILED)!r}.")
            return kind("\n".join(texts))
    return failures[0] if len(failures) == 1 else ExportError("\n".join(texts))
