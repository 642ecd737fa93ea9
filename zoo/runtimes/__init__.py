"""Programs that run a model, one file each: Keras, TensorFlow (SavedModel), LiteRT (TFLite) and ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable

from zoo.contract.runtime import Runtime
from zoo.hookspecs import hookimpl
from zoo.runtimes.keras import KERAS
from zoo.runtimes.litert import LITERT
from zoo.runtimes.onnxruntime import ONNXRUNTIME
from zoo.runtimes.tensorflow import TENSORFLOW

ZOO_API_VERSION = 1


@hookimpl
def zoo_register_runtimes(register: Callable[[Runtime], None]) -> None:
    """Register Keras, TensorFlow, LiteRT and ONNX Runtime."""
    register(LITERT)
    register(ONNXRUNTIME)
    register(KERAS)
    register(TENSORFLOW)
