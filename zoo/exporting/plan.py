"""What an export will do, found out before anything is started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.contract.architecture import Architecture
from zoo.contract.dataset import Dataset
from zoo.contract.exporter import PRECISIONS, Exporter, ExportJob
from zoo.contract.pack import Cell, Pack
from zoo.datasets.load import load_dataset
from zoo.errors import DatasetError, ExportError, MissingExtraError, UnknownNameError, UnsupportedExportError
from zoo.exporting.calibration import CalibrationOptions, calibration_images, checked_calibration, whole_batches
from zoo.exporting.gates import Gate, gate_for
from zoo.packs.store import changed_folder
from zoo.plugins import get_architecture, load_plugins

if TYPE_CHECKING:
    import numpy as np

__all__ = ["ExportPlan", "PlannedFile", "comparison_data", "plan_export", "plan_files"]


@dataclass(frozen=True)
class PlannedFile:
    """One file that was asked for.

    Attributes
    ----------
    exporter : Exporter
        That of the format: its `export` is called with the job in the converter's process, and its `check` after it.
    job : ExportJob
        What the exporter is asked for, calibration images included; metadata come when the file is begun.
    gate : Gate
        What its answers must hold, compared with the Keras model's, for it to be delivered.
    calibration : dict or None
        What its certificate says about the calibration images; None where the precision needs none.
    """

    exporter: Exporter
    job: ExportJob
    gate: Gate
    calibration: dict[str, Any] | None = None

    @property
    def cell(self) -> Cell:
        """Format, precision and variant of the file."""
        return self.exporter.cell_of(self.job)

    @property
    def name(self) -> str:
        """Its name in the pack."""
        return self.exporter.file_for(self.job)

    @property
    def objection(self) -> str | None:
        """Why the exporter does not take the job; such a file is not begun, and counts as unsupported."""
        return self.exporter.objection(self.job)

    @property
    def calibrates(self) -> bool:
        """Whether it takes calibration images."""
        return self.job.precision == "int8" and self.objection is None


@dataclass(frozen=True)
class ExportPlan:
    """Everything that an export needs, with every name resolved and every option checked.

    `zoo.export` makes a plan, and then carries it out: each file is made by its exporter, opened in the runtime of its
    format, and compared with the Keras model on the test images of `data`. What passes its gate goes into a copy of the
    pack, which takes the place of `target` in the end; of what does not, the copy keeps the evidence.

    Attributes
    ----------
    pack : Pack
        The model; it is only read.
    files : tuple of PlannedFile
        In the order in which they are made, at least one without an objection.
    data : Dataset
        Its test part is what files are compared on, its validation part what a gate on accuracy looks at.
    architecture : Architecture
        The model's, for its model card.
    target : pathlib.Path
        Folder for the pack with its new files.
    """

    pack: Pack
    files: tuple[PlannedFile, ...]
    data: Dataset
    architecture: Architecture
    target: Path


def plan_export(
    pack: Pack,
    files: Sequence[PlannedFile],
    calibration: CalibrationOptions,
    parity_data: str | None,
    output: str | Path | None,
) -> ExportPlan:
    """Find everything that the files of `plan_files` are made of, and load the images."""
    calibrates = any(file.calibrates for file in files)
    calibration.check(calibrates)
    architecture = get_architecture(pack.architecture)
    data = comparison_data(pack, parity_data)
    if calibrates:
        images, dataset = _calibration(pack, data, calibration)
        images = whole_batches(images, files[0].job.batch_size or 1)
        files = [_calibrated(file, images, dataset) if file.calibrates else file for file in files]
    return ExportPlan(pack, tuple(files), data, architecture, Path(output or changed_folder(pack)))


def plan_files(
    formats: str | Sequence[str] | None,
    precisions: str | Sequence[str] | None,
    options: ExportJob,
    gate: Mapping[str, float | None] | None,
) -> list[PlannedFile]:
    """Every file that is asked for; raises when a name is wrong, a package is missing, or none can be made."""
    registry = load_plugins()
    if options.batch_size is not None and options.batch_size < 1:
        raise ExportError(f"batch_size is {options.batch_size}; it must be a whole number of at least 1.")
    names = _names(formats) or sorted(name for name, exporter in registry.exporters.items() if exporter.by_default)
    exporters: list[Exporter] = [registry.find("exporter", name) for name in names]
    precisions = _names(precisions) or list(PRECISIONS)
    for precision in precisions:
        known = {name for exporter in exporters for name in (*exporter.precisions, *exporter.unsupported)}
        if precision not in (*known, *PRECISIONS):
            raise UnknownNameError(f"precision for {' and '.join(names)}", precision, known)
    for exporter in exporters:
        if find_spec(exporter.package) is None:
            raise MissingExtraError(exporter.package, exporter.extra, f"Exporting to {exporter.format!r}")
    jobs = [(exporter, replace(options, precision=precision)) for exporter in exporters for precision in precisions]
    if all(exporter.objection(job) is not None for exporter, job in jobs):
        raise UnsupportedExportError(
            "\n".join(
                f"{exporter.format} {job.precision} is not supported: {exporter.objection(job)}"
                for exporter, job in jobs
            )
        )
    return [PlannedFile(exporter, job, gate_for(job.precision, gate)) for exporter, job in jobs]


def _names(names: str | Sequence[str] | None) -> list[str]:
    """What is named twice is made once."""
    return [names] if isinstance(names, str) else list(dict.fromkeys(names or ()))


def comparison_data(pack: Pack, parity_data: str | None) -> Dataset:
    """The images that a pack's files are compared on: those of its own data set, or of another."""
    try:
        return load_dataset(parity_data or pack.manifest["recipe"]["dataset"], pack.input_shape)
    except DatasetError as error:
        raise DatasetError(
            f"{error} Or compare on other images: --parity-data digits needs no download, --parity-data NAME:PATH "
            "takes a copy of yours; the certificate names what was used."
        ) from error


def _calibration(pack: Pack, data: Dataset, options: CalibrationOptions) -> tuple[np.ndarray, str | None]:
    """The calibration images and the name of their data set; `data` is at hand, and often that data set."""
    if options.images is not None:
        return checked_calibration(options.images, pack.input_shape, "The array that was given"), None
    if (options.dataset or pack.manifest["recipe"]["dataset"]) != data.name:
        try:
            data = comparison_data(pack, options.dataset)
        except DatasetError as error:
            raise DatasetError(
                f"{error} int8 needs training images, too: --calibration-data NAME, such as digits."
            ) from error
    return calibration_images(data, options.samples), data.name


def _calibrated(file: PlannedFile, images: np.ndarray, dataset: str | None) -> PlannedFile:
    job = replace(file.job, calibration=images)
    return replace(file, job=job, calibration={"dataset": dataset, "images": len(images)})
