"""Exports a pack's model, and keeps what computes the same function."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from zoo.architectures import get_architecture
from zoo.errors import ExportError, MissingExtraError, ParityError, UnknownNameError, ZooError
from zoo.exporting.certificate import (
    certificate_name,
    check_artifact,
    make_certificate,
    parity_split,
    reference_probabilities,
)
from zoo.exporting.converter import Converter
from zoo.exporting.exporter import Exporter
from zoo.packs.card import write_card
from zoo.packs.digests import size_and_digest
from zoo.packs.pack import MANIFEST, Artifact, Pack
from zoo.packs.store import get_pack, pack_folder
from zoo.packs.writing import artifact_entry, edit_pack, write_json
from zoo.plugins import load_plugins

__all__ = ["export"]


def export(
    model: str | Path | Pack,
    formats: str | Sequence[str] | None = None,
    *,
    precision: str = "fp32",
    output: str | Path | None = None,
    parity_data: str | None = None,
    report: Callable[[str], None] = lambda text: None,
    converter: Converter | None = None,
) -> Pack:
    """Export a trained model, compare each file with the Keras model on all test images, and keep what passes.

    Parameters
    ----------
    model : str, path-like or Pack
        An id, an architecture or the folder of a pack.
    formats : str or sequence of str, optional
        By default all: ``"saved_model"``, ``"tflite"``, ``"onnx"`` and what plugins add.
    precision : str
        ``"fp32"``, or another that the format supports.
    output : path-like, optional
        A folder for the pack with its new files. By default the pack itself; a bundled pack is copied to the user's
        packs first.
    parity_data : str, optional
        The data set whose test images are compared, instead of the pack's own.
    report : callable
        Is given a line of text per file.
    converter : Converter, optional
        A process that runs already, for those who export many models. By default one is started, and ended.

    Returns
    -------
    Pack
        With the files that passed.

    Raises
    ------
    ParityError
        When a file computes something else than its source. It is not delivered; the files that passed are.
    ExportError
        When a file could not be made. As above.
    UnknownNameError, MissingExtraError, DatasetError, PackError
        When something named does not exist, is not installed, absent or damaged. Then nothing is written.
    """
    pack = get_pack(model)
    wanted = [formats] if isinstance(formats, str) else formats or sorted(load_plugins().exporters)
    exporters = [_supported(name, precision) for name in wanted]
    architecture = get_architecture(pack.architecture)
    data_name, images = parity_split(pack, parity_data)
    failures: list[ZooError] = []
    with edit_pack(pack, Path(output).absolute() if output is not None else None) as (folder, manifest):
        source = Pack(folder)
        reference = None
        running = contextlib.nullcontext(converter) if converter else Converter()
        with running as converter, tempfile.TemporaryDirectory(dir=folder) as drafts:
            for exporter in exporters:
                draft = Path(drafts) / exporter.file_name.format(precision=precision)
                converter.begin(source, exporter.format, precision, draft)
                if reference is None:  # while the first conversion runs
                    reference = reference_probabilities(source, images)
                try:
                    converter.finish()
                    size_bytes, sha256 = size_and_digest(draft)
                    artifact = Artifact(source, draft, exporter.format, precision, size_bytes, sha256, None)
                    parity, runtime = check_artifact(artifact, reference, images)
                    if reasons := parity.failures():
                        raise ParityError(
                            f"{exporter.format} {precision} does not compute what the Keras model computes: "
                            f"{'; '.join(reasons)}. It was not delivered."
                        )
                except ZooError as error:
                    failures.append(error)
                    continue
                _forget(
                    manifest, folder, exporter.format, precision
                )  # not before: an earlier export outlives a failure
                path = draft.rename(folder / draft.name)
                certificate = certificate_name(path.name)
                write_json(folder / certificate, make_certificate(artifact, parity, runtime, data_name))
                manifest["artifacts"].append(artifact_entry(folder, path, exporter.format, precision, certificate))
                report(
                    f"{exporter.format} {precision}: {size_bytes:,} bytes, passed on {parity.images:,} images, "
                    f"largest difference {parity.max_difference:.1e}, {len(parity.flipped)} answers differ"
                )
        if len(failures) == len(exporters):
            raise _joined(failures)
        write_json(folder / MANIFEST, manifest)
        write_card(folder, architecture)
    if failures:
        raise _joined(failures)
    return Pack(output if output is not None else pack_folder(pack.id) if pack.bundled else pack.folder)


def _supported(name: str, precision: str) -> Exporter:
    exporter: Exporter = load_plugins().find("exporter", name)
    if precision in exporter.unsupported:
        raise ExportError(f"{name} {precision} is not supported: {exporter.unsupported[precision]}")
    if precision not in exporter.precisions:
        raise UnknownNameError(f"precision for {name}", precision, exporter.precisions)
    if find_spec(exporter.package) is None:
        raise MissingExtraError(exporter.package, exporter.extra, f"Exporting to {name!r}")
    return exporter


def _forget(manifest: dict[str, Any], folder: Path, format: str, precision: str) -> None:
    """Take an earlier export of the same cell out of the manifest and the folder."""
    for entry in [e for e in manifest["artifacts"] if (e["format"], e["precision"]) == (format, precision)]:
        manifest["artifacts"].remove(entry)
        _delete(folder / entry["path"])
        if entry["certificate"]:
            _delete(folder / entry["certificate"])


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _joined(failures: list[ZooError]) -> ZooError:
    """One error for all; the kind of the gravest, a file that answers wrongly."""
    kind = ParityError if any(isinstance(failure, ParityError) for failure in failures) else ExportError
    return kind("\n".join(str(failure) for failure in failures))
