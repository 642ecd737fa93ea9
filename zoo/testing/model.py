"""The trained model that data sets, exporters and runtimes are tried with."""

from __future__ import annotations

import atexit
import functools
import tempfile
from pathlib import Path

from zoo.contract.pack import Pack
from zoo.contract.recipe import Recipe
from zoo.errors import ContractError
from zoo.exporting.converter import Converter
from zoo.exporting.export import export
from zoo.packs.store import list_models
from zoo.training.trainer import train

__all__ = ["exported_model", "shared_converter", "small_architecture", "temporary_folder", "trained_model"]

EPOCHS = 3


def small_architecture() -> str:
    """The architecture of the smallest bundled model: quick to train, and at hand wherever the zoo is installed."""
    bundled = [pack for pack in list_models() if pack.bundled]
    if not bundled:
        raise ContractError("There is no bundled model to try it with; enable the plugin digit-zoo:architectures.")
    return min(bundled, key=lambda pack: pack.size_bytes).architecture


@functools.cache
def trained_model() -> Pack:
    """The small architecture, trained on scikit-learn's digits; once per process."""
    recipe = Recipe(dataset="digits", epochs=EPOCHS, batch_size=32, learning_rate=5e-3)
    return train(small_architecture(), dataset="digits", recipe=recipe, output=temporary_folder("model") / "pack")


@functools.cache
def exported_model(format: str) -> Pack:
    """The trained model with a file of a format; once per process."""
    if format == "keras":
        return trained_model()
    folder = temporary_folder(format) / "pack"
    return export(trained_model(), format, output=folder, parity_data="digits", converter=shared_converter())


@functools.cache
def shared_converter() -> Converter:
    """One process that converts for all checks; it is ended with this one."""
    converter = Converter()
    converter.__enter__()
    atexit.register(converter.__exit__, None, None, None)
    return converter


def temporary_folder(name: str) -> Path:
    """A new folder that is removed when the process ends."""
    return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=_root().name))


@functools.cache
def _root() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="zoo-check-")
