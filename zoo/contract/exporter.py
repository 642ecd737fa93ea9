"""What an exporter is, and what it is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.contract.pack import Artifact, Cell
from zoo.errors import ExportError

if TYPE_CHECKING:
    import keras
    import numpy as np

__all__ = ["PRECISIONS", "ExportJob", "Exporter", "Layout"]

PRECISIONS = ("fp32", "fp16", "dynamic", "int8")
"""From the largest files to the smallest. An exporter of a plugin may make others, too."""

VARIANT = re.compile(
    r"(?:batch(?P<batch>[1-9]\d*))?(?:(?:^|_)(?P<float_io>float_io))?(?:(?:^|_)(?P<stripped>stripped))?"
)


@dataclass(frozen=True)
class ExportJob:
    """One file that an exporter is asked for.

    Parameters
    ----------
    precision : str
        ``"fp32"``, ``"fp16"``, ``"dynamic"`` or ``"int8"``.
    batch_size : int, optional
        Fixes the batch; None leaves it free.
    float_io : bool
        Whether a quantised file takes and returns float32 all the same.
    strip : bool
        Whether names, signature and metadata are left out of the file, so that it is as small as it can be.
    calibration : ndarray of shape (n, height, width, channels), float32, optional
        Training images, from which the ranges of activations are taken.
    metadata : mapping of str to str
        What the file says about itself, where its format has a place for it.
    """

    precision: str = "fp32"
    batch_size: int | None = None
    float_io: bool = False
    strip: bool = False
    calibration: np.ndarray | None = field(default=None, compare=False)
    metadata: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def variant(self) -> str:
        """What sets the file apart from the plain one of its precision: ``""``, ``"batch1"``, ``"batch1_stripped"``."""
        parts = (
            f"batch{self.batch_size}" if self.batch_size is not None else "",
            "float_io" if self.float_io else "",
            "stripped" if self.strip else "",
        )
        return "_".join(filter(None, parts))


@dataclass(frozen=True)
class Exporter:
    """A format that a plugin exports to.

    Parameters
    ----------
    format : str
        ``"onnx"``.
    file_name : str
        Name of the artifact in a pack, with a place for precision and variant, ``"model_{precision}.onnx"``, or for
        the variant alone, ``"saved_model{suffix}"``.
    precisions : tuple of str
        Those that it makes: ``("fp32",)``.
    export : callable
        ``export(model, path, job) -> None`` writes the file or folder `path` as the `ExportJob` asks. `model` takes
        ``image`` and returns ``probabilities``: temperature and softmax are inside. Runs in a process of its own.
    check : callable
        ``check(path, job) -> None`` reads the file back and raises `zoo.errors.ExportError` when it is not what the
        format and the job promise: names, batch, operators, types of tensors; and
        `zoo.errors.UnsupportedExportError` when the precision changed nothing about this model.
    package : str
        The import that it needs: ``"tf2onnx"``.
    extra : str
        The extra that installs the package.
    unsupported : mapping of str to str
        Why a precision is not made: ``{"int8": "..."}``.
    options : tuple of str
        Which of the job's ``"batch_size"``, ``"float_io"`` and ``"strip"`` it heeds.
    variant : str
        The variant of every file that it makes, where the plain cell belongs to something else.
    by_default : bool
        Whether an export of all formats makes it, or only one that names it.
    """

    format: str
    file_name: str
    precisions: tuple[str, ...]
    export: Callable[[keras.Model, Path, ExportJob], None]
    check: Callable[[Path, ExportJob], None]
    package: str
    extra: str
    unsupported: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    variant: str = ""
    by_default: bool = True

    def cell_of(self, job: ExportJob) -> Cell:
        """The cell of the file that a job makes.

        Parameters
        ----------
        job : ExportJob
            What is asked for.

        Returns
        -------
        Cell
            Its variant is the job's, behind the exporter's own.
        """
        return Cell(self.format, job.precision, "_".join(filter(None, (self.variant, job.variant))))

    def job_of(self, cell: Cell) -> ExportJob:
        """The job that an artifact was made by.

        Parameters
        ----------
        cell : Cell
            That of the artifact.

        Returns
        -------
        ExportJob
            Without images and metadata.

        Raises
        ------
        ExportError
            When no job has such a variant.
        """
        match = VARIANT.fullmatch(cell.variant.removeprefix(self.variant).removeprefix("_"))
        if match is None:
            raise ExportError(f"No export has the variant {cell.variant!r}; make the file anew with 'zoo export'.")
        batch = int(match["batch"]) if match["batch"] else None
        return ExportJob(cell.precision, batch, bool(match["float_io"]), bool(match["stripped"]))

    def file_for(self, job: ExportJob) -> str:
        """Name of the file that a job makes.

        Parameters
        ----------
        job : ExportJob
            What is asked for.

        Returns
        -------
        str
            A file name, without a folder.
        """
        variant = self.cell_of(job).variant
        suffix = f"_{variant}" if variant else ""
        return self.file_name.format(precision=job.precision + suffix, suffix=suffix)

    def objection(self, job: ExportJob) -> str | None:
        """Why a job is not for this exporter, known before any work.

        Parameters
        ----------
        job : ExportJob
            What is asked for.

        Returns
        -------
        str or None
            The reason; None when the exporter takes the job.
        """
        if job.precision in self.unsupported:
            return self.unsupported[job.precision]
        if job.precision not in self.precisions:
            return f"it makes {', '.join(self.precisions)} only"
        asked = {"batch_size": job.batch_size is not None, "float_io": job.float_io, "strip": job.strip}
        for option, wanted in asked.items():
            if wanted and option not in self.options:
                return f"it has no option {option}"
        if job.float_io and job.precision != "int8":
            return f"float_io is for int8: input and output of {job.precision} are float32 anyway"
        return None


@dataclass(frozen=True)
class Layout:
    """A tree of files that a plugin offers to build.

    Parameters
    ----------
    name : str
        As on the command line: ``--layout NAME``.
    formats : tuple of str
        The formats that a pack must hold for it.
    build : callable
        ``build(artifacts, folder) -> None`` fills an empty folder from one artifact for each of `formats`, by format,
        whose bytes have been checked. ``artifact.pack`` is the model.
    summary : str
        One line.
    precision, variant : str
        Of the artifacts, when nobody asks for another precision: ``"int8"``, ``"batch1_stripped"``.
    any_precision : bool
        Whether it can be built from other precisions, too.
    """

    name: str
    formats: tuple[str, ...]
    build: Callable[[Mapping[str, Artifact], Path], None]
    summary: str
    precision: str = "fp32"
    variant: str = ""
    any_precision: bool = True
