"""Exports a pack's model, and keeps what computes the same function."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.contract.dataset import Dataset
from zoo.contract.exporter import PRECISIONS, Exporter, ExportJob
from zoo.contract.pack import MANIFEST, Artifact, Pack
from zoo.errors import DatasetError, ExportError, MissingExtraError, ParityError, UnknownNameError, ZooError
from zoo.errors import UnsupportedExportError as Unsupported
from zoo.exporting.calibration import SAMPLES, calibration_images, checked_calibration
from zoo.exporting.certificate import (
    Evidence,
    Reference,
    certificate_name,
    comparison_data,
    contact_sheet_name,
    file_metadata,
)
from zoo.exporting.converter import Converter
from zoo.exporting.gates import gate_for
from zoo.files import size_and_digest
from zoo.packs.card import write_card
from zoo.packs.store import get_pack, pack_folder
from zoo.packs.writing import artifact_entry, edit_pack, write_json
from zoo.plugins import get_architecture, load_plugins
from zoo.runtimes.keras import count_macs, load_keras_model

if TYPE_CHECKING:
    import numpy as np
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
    batch_size : int, optional
        Fixes the batch, as browsers and microcontrollers want it. By default it is free.
    float_io : bool
        Whether an int8 file takes and returns float32 all the same.
    strip : bool
        Whether names, signature and metadata are left out, so that the file is as small as it can be.
    calibration : array_like of shape (n, height, width, channels), float in [0, 1], optional
        What int8 takes the ranges of activations from. By default the training images that the data set lists for it.
    calibration_data : str, optional
        A data set whose training images are taken instead of the pack's own.
    calibration_samples : int, optional
        How many images of the data set, 500 by default.
    gate : mapping of str to float or None, optional
        Other limits than those of `zoo.exporting.gates.GATES`, by name.
    output : path-like, optional
        A folder for the pack with its new files. By default the pack itself; a bundled pack is copied to the user's
        packs first.
    parity_data : str, optional
        The data set whose images are compared, instead of the pack's own.
    on_start : callable
        Is called when all arguments were found right, and the work begins.
    report : callable
        Is given a line of text per file.
    converter : Converter, optional
        A process that runs already, for those who export many models. By default one is started, and ended.

    Returns
    -------
    Pack
        With the files that passed; ``pack.refused`` tells what became of the others.

    Raises
    ------
    ParityError
        When a file computes something else than its source. It is not delivered, and its certificate and a picture of
        the images are kept as evidence; the files that passed are delivered.
    UnsupportedExportError
        When no pair of format and precision that was asked for can work.
    ExportError
        When a file could not be made. The files that passed are delivered; when there is none, nothing is written.
    UnknownNameError, MissingExtraError, DatasetError, PackError
        When something named does not exist, is not installed, absent or damaged. Then nothing is written.
    """
    pack = get_pack(model)
    wanted = ExportJob("fp32", batch_size, float_io, strip)
    cells = _cells(formats, [precision] if isinstance(precision, str) else precision or PRECISIONS, wanted)
    gates = {job.precision: gate_for(job.precision, gate) for _, job, _ in cells}
    calibrates = any(job.precision == "int8" and objection is None for _, job, objection in cells)
    _check_options(calibrates, calibration, calibration_data, calibration_samples)
    architecture = get_architecture(pack.architecture)
    data = comparison_data(pack, parity_data)
    images, about = None, None
    if calibrates:
        images, about = _calibration(pack, data, calibration, calibration_data, calibration_samples, batch_size or 1)
    target = Path(output or (pack_folder(pack.id) if pack.bundled else pack.folder))
    failures: list[ZooError] = []
    delivered = False
    with edit_pack(pack, target.absolute()) as (folder, manifest):
        on_start()
        source = Pack(folder)
        metadata = file_metadata(source)
        with contextlib.ExitStack() as stack:
            drafts = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=folder)))
            converter = converter or stack.enter_context(Converter())
            stack.callback(converter.discard)  # before the drafts are removed
            for exporter, job, objection in cells:  # all at once: a file is compared while the next is made
                if objection is None:
                    job = replace(job, calibration=images if job.precision == "int8" else None, metadata=metadata)
                    converter.begin(source, exporter, job, drafts / exporter.file_for(job))
            reference = Reference(source, data)
            for exporter, job, objection in cells:
                draft = drafts / exporter.file_for(job)
                cell = Artifact(source, draft, exporter.format, job.precision, 0, "", None, exporter.variant_of(job))
                evidence, int8 = None, job.precision == "int8"
                try:
                    if objection is not None:
                        raise Unsupported(objection)
                    converter.finish()
                    size_bytes, sha256 = size_and_digest(draft)
                    cell = replace(cell, size_bytes=size_bytes, sha256=sha256)
                    evidence = reference.judge(cell, gates[job.precision], about if int8 else None)
                    if evidence.failures:
                        raise ParityError(
                            f"{cell.cell} does not compute what the Keras model computes: "
                            f"{'; '.join(evidence.failures)}. It was not delivered."
                        )
                except ZooError as error:
                    unsupported = isinstance(error, Unsupported)
                    if unsupported:
                        report(f"{cell.cell}: not supported: {error}")
                    failures.append(Unsupported(f"{cell.cell} is not supported: {error}") if unsupported else error)
                    if objection is None:  # what every model of the format shares is no news about this one
                        _refuse(folder, manifest, cell, error, reference, evidence)
                    continue
                _deliver(folder, manifest, cell, reference, evidence)
                delivered = True
                parity = evidence.parity
                flipped = len(parity.flipped)
                report(
                    f"{cell.cell}: {size_bytes:,} bytes, passed on {parity.images:,} images, largest difference "
                    f"{parity.max_difference:.1e}, {flipped} answer{' differs' if flipped == 1 else 's differ'}"
                )
        if not delivered and not any(isinstance(failure, ParityError) for failure in failures):
            raise _joined(failures)
        if manifest["macs"] is None:  # it was trained where there is no graph to count in
            manifest["macs"] = count_macs(load_keras_model(source.artifact("keras")))
        write_json(folder / MANIFEST, manifest)
        write_card(folder, architecture)
    grave = [failure for failure in failures if not isinstance(failure, Unsupported)]
    if grave:
        raise _joined(grave, target)
    return Pack(target)


def _cells(
    formats: str | Sequence[str] | None, precisions: Sequence[str], wanted: ExportJob
) -> list[tuple[Exporter, ExportJob, str | None]]:
    """Every file that is asked for, with the reason where it cannot be.

    Raises
    ------
    UnknownNameError, MissingExtraError, ExportError
        When a name or a number is wrong, or a package is missing: nothing is started then.
    """
    registry = load_plugins()
    if wanted.batch_size is not None and wanted.batch_size < 1:
        raise ExportError(f"batch_size is {wanted.batch_size}; it must be a whole number of at least 1.")
    names = [formats] if isinstance(formats, str) else formats
    names = names or sorted(name for name, exporter in registry.exporters.items() if exporter.by_default)
    names, precisions = list(dict.fromkeys(names)), list(dict.fromkeys(precisions))  # what is named twice is made once
    exporters: list[Exporter] = [registry.find("exporter", name) for name in names]
    for precision in precisions:
        known = {name for exporter in exporters for name in (*exporter.precisions, *exporter.unsupported)}
        if precision not in (*known, *PRECISIONS):
            raise UnknownNameError(f"precision for {' and '.join(names)}", precision, known)
    cells = []
    for exporter in exporters:
        for precision in precisions:
            job = replace(wanted, precision=precision)
            cells.append((exporter, job, exporter.objection(job)))
        if find_spec(exporter.package) is None:
            raise MissingExtraError(exporter.package, exporter.extra, f"Exporting to {exporter.format!r}")
    if all(objection is not None for *_, objection in cells):
        raise Unsupported(
            "\n".join(
                f"{exporter.format} {job.precision} is not supported: {objection}" for exporter, job, objection in cells
            )
        )
    return cells


def _check_options(calibrates: bool, images: npt.ArrayLike | None, name: str | None, samples: int | None) -> None:
    """Refuse options about calibration that would change nothing."""
    data_options = {"calibration_data": name, "calibration_samples": samples}
    given = [option for option, value in data_options.items() if value is not None]
    if images is not None and given:
        raise ExportError(f"calibration gives the images itself; leave {' and '.join(given)} out.")
    if images is not None:
        given = ["calibration"]
    if given and not calibrates:
        raise ExportError(
            f"Nothing that was asked for is calibrated, and {' and '.join(given)} would change nothing; ask for the "
            f"precision int8, too, or leave {'it' if len(given) == 1 else 'them'} out."
        )


def _calibration(
    pack: Pack,
    data: Dataset,
    images: npt.ArrayLike | None,
    name: str | None,
    samples: int | None,
    batch_size: int,
) -> tuple[np.ndarray, dict[str, Any]]:
    """The calibration images, in whole batches, and what a certificate says about them."""
    if images is not None:
        found = checked_calibration(images, pack.input_shape, "The array that was given")
        found = _whole_batches(found, batch_size)
        return found, {"dataset": None, "images": len(found)}
    own = pack.manifest["recipe"]["dataset"]
    if (name or own) != data.name:
        try:
            data = comparison_data(pack, name)
        except DatasetError as error:
            raise DatasetError(
                f"{error} int8 needs training images, too: --calibration-data NAME, such as digits."
            ) from error
    found = _whole_batches(calibration_images(data, SAMPLES if samples is None else samples), batch_size)
    return found, {"dataset": data.name, "images": len(found)}


def _whole_batches(images: np.ndarray, batch_size: int) -> np.ndarray:
    """As many of the calibration images as fill batches: a model with a fixed batch takes no others."""
    whole = len(images) // batch_size * batch_size
    if not whole:
        raise ExportError(
            f"{len(images)} calibration images fill no batch of {batch_size}; take a smaller batch or more images."
        )
    return images[:whole]


def _deliver(folder: Path, manifest: dict[str, Any], cell: Artifact, reference: Reference, evidence: Evidence) -> None:
    """Put a file that passed into the pack, in the place of an earlier one."""
    _forget(folder, manifest, "artifacts", cell)  # not before: an earlier export outlives a failure
    _forget(folder, manifest, "refused", cell)
    path = cell.path.rename(folder / cell.path.name)
    certificate = certificate_name(path.name)
    write_json(folder / certificate, evidence.certificate)
    if evidence.parity.flipped:
        reference.draw_flipped(evidence, folder / contact_sheet_name(path.name))
    source = evidence.certificate["source_sha256"]
    manifest["artifacts"].append(
        artifact_entry(folder, path, cell.format, cell.precision, certificate, cell.variant, source)
    )


def _refuse(
    folder: Path,
    manifest: dict[str, Any],
    cell: Artifact,
    error: ZooError,
    reference: Reference,
    evidence: Evidence | None,
) -> None:
    """Note what became of a file that is not delivered, with the evidence where there is some."""
    _forget(folder, manifest, "refused", cell)
    certificate = None
    if evidence is not None:
        (folder / FAILED).mkdir(exist_ok=True)
        certificate = f"{FAILED}/{certificate_name(cell.path.name)}"
        write_json(folder / certificate, evidence.certificate)
        if evidence.parity.flipped:
            reference.draw_flipped(evidence, folder / FAILED / contact_sheet_name(cell.path.name))
    outcome = "unsupported" if isinstance(error, Unsupported) else "failed" if evidence is not None else "error"
    manifest.setdefault("refused", []).append(
        {
            "format": cell.format,
            "precision": cell.precision,
            "variant": cell.variant,
            "outcome": outcome,
            "reason": str(error),
            "certificate": certificate,
        }
    )


def _forget(folder: Path, manifest: dict[str, Any], kind: str, cell: Artifact) -> None:
    """Take an earlier export of the same cell out of the manifest and the folder."""
    key = (cell.format, cell.precision, cell.variant)
    entries = manifest.get(kind, [])
    for entry in [e for e in entries if (e["format"], e["precision"], e.get("variant", "")) == key]:
        entries.remove(entry)
        if "path" in entry:
            _delete(folder / entry["path"])
        if entry["certificate"]:
            _delete(folder / entry["certificate"])
            _delete(folder / contact_sheet_name(entry["certificate"].removesuffix(certificate_name(""))))


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
