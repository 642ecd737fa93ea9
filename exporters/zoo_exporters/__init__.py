"""The built-in formats, one file each: SavedModel, TFLite, ONNX and plain Keras."""

from __future__ import annotations

from collections.abc import Callable

import zoo
from zoo_exporters.keras import KERAS
from zoo_exporters.layouts import LAYOUTS
from zoo_exporters.onnx import ONNX
from zoo_exporters.saved_model import SAVED_MODEL
from zoo_exporters.tflite import TFLITE

ZOO_API_VERSION = 1


@zoo.hookimpl
def zoo_register_exporters(register: Callable[[zoo.Exporter], None]) -> None:
    """Register the built-in formats."""
    register(SAVED_MODEL)
    register(TFLITE)
    register(ONNX)
    register(KERAS)


@zoo.hookimpl
def zoo_register_layouts(register: Callable[[zoo.Layout], None]) -> None:
    """Register the built-in layouts."""
    for layout in LAYOUTS:
        register(layout)
