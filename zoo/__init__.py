"""Digit Zoo: small image classifiers that people choose from with evidence.

The names below are loaded when they are first used, so that ``import zoo`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoo.architectures import Architecture as Architecture
    from zoo.architectures import get_architecture as get_architecture
    from zoo.architectures import list_architectures as list_architectures
    from zoo.datasets.source import Dataset as Dataset
    from zoo.datasets.source import DatasetSource as DatasetSource
    from zoo.datasets.source import Split as Split
    from zoo.datasets.source import load_dataset as load_dataset
    from zoo.errors import ZooError as ZooError
    from zoo.evaluation.comparison import Comparison as Comparison
    from zoo.evaluation.comparison import compare as compare
    from zoo.evaluation.evaluate import Evaluation as Evaluation
    from zoo.evaluation.evaluate import evaluate as evaluate
    from zoo.exporting.export import export as export
    from zoo.exporting.exporter import Exporter as Exporter
    from zoo.exporting.exporter import ExportJob as ExportJob
    from zoo.exporting.layout import Layout as Layout
    from zoo.exporting.layout import lay_out as lay_out
    from zoo.exporting.verify import verify as verify
    from zoo.hookspecs import hookimpl as hookimpl
    from zoo.packs.pack import Artifact as Artifact
    from zoo.packs.pack import Pack as Pack
    from zoo.packs.rejection import Rejection as Rejection
    from zoo.packs.store import get_pack as get_pack
    from zoo.packs.store import list_models as list_models
    from zoo.prediction import Prediction as Prediction
    from zoo.prediction import predict as predict
    from zoo.runtimes.runtime import Runtime as Runtime
    from zoo.runtimes.runtime import Session as Session
    from zoo.runtimes.runtime import load as load
    from zoo.training.recipe import Augmentation as Augmentation
    from zoo.training.recipe import Recipe as Recipe
    from zoo.training.recipe import Teacher as Teacher
    from zoo.training.runs import RunResult as RunResult
    from zoo.training.runs import train_many as train_many
    from zoo.training.trainer import train as train

_HOMES = {
    "Architecture": "zoo.architectures",
    "Artifact": "zoo.packs.pack",
    "Augmentation": "zoo.training.recipe",
    "Comparison": "zoo.evaluation.comparison",
    "Dataset": "zoo.datasets.source",
    "DatasetSource": "zoo.datasets.source",
    "Evaluation": "zoo.evaluation.evaluate",
    "ExportJob": "zoo.exporting.exporter",
    "Exporter": "zoo.exporting.exporter",
    "Layout": "zoo.exporting.layout",
    "Pack": "zoo.packs.pack",
    "Prediction": "zoo.prediction",
    "Recipe": "zoo.training.recipe",
    "Rejection": "zoo.packs.rejection",
    "RunResult": "zoo.training.runs",
    "Runtime": "zoo.runtimes.runtime",
    "Session": "zoo.runtimes.runtime",
    "Split": "zoo.datasets.source",
    "Teacher": "zoo.training.recipe",
    "ZooError": "zoo.errors",
    "compare": "zoo.evaluation.comparison",
    "evaluate": "zoo.evaluation.evaluate",
    "export": "zoo.exporting.export",
    "get_architecture": "zoo.architectures",
    "get_pack": "zoo.packs.store",
    "hookimpl": "zoo.hookspecs",
    "lay_out": "zoo.exporting.layout",
    "list_architectures": "zoo.architectures",
    "list_models": "zoo.packs.store",
    "load": "zoo.runtimes.runtime",
    "load_dataset": "zoo.datasets.source",
    "predict": "zoo.prediction",
    "train": "zoo.training.trainer",
    "train_many": "zoo.training.runs",
    "verify": "zoo.exporting.verify",
}

__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("digit-zoo")
    if name not in _HOMES:
        raise AttributeError(f"module 'zoo' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
