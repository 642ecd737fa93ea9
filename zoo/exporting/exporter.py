"""What an exporter is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

__all__ = ["Exporter"]


@dataclass(frozen=True)
class Exporter:
    """A format that a plugin exports to.

    Parameters
    ----------
    format : str
        ``"onnx"``.
    file_name : str
        Name of the artifact in a pack, with a place for the precision: ``"model_{precision}.onnx"``.
    precisions : tuple of str
        Those that it makes: ``("fp32",)``.
    export : callable
        ``export(model, path, precision) -> None`` writes the file or folder `path`. `model` takes ``image`` and
        returns ``probabilities``: temperature and softmax are inside. Runs in a process of its own.
    check : callable
        ``check(path) -> None`` raises `zoo.errors.ExportError` when the file is not what the format promises: names,
        dynamic batch, operators.
    package : str
        The import that it needs: ``"tf2onnx"``.
    extra : str
        The extra that installs the package.
    unsupported : mapping of str to str
        Why a precision is not made: ``{"int8": "..."}``.
    """

    format: str
    file_name: str
    precisions: tuple[str, ...]
    export: Callable[[keras.Model, Path, str], None]
    check: Callable[[Path], None]
    package: str
    extra: str
    unsupported: Mapping[str, str] = field(default_factory=dict)
