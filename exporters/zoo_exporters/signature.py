"""The one function that every format is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zoo.errors import ExportError

if TYPE_CHECKING:
    import keras

    from zoo import ExportJob

__all__ = ["INPUT", "OUTPUT", "check_metadata", "serving_function"]

INPUT = "image"
OUTPUT = "probabilities"


def serving_function(model: keras.Model, batch_size: int | None = None) -> tuple[Any, list[Any]]:
    """The model as a ``tf.function`` with named input and output, and its signature; the batch is free or fixed.

    It returns ``{"probabilities": ...}``: a bare tensor would lose its name in ONNX.
    """
    import tensorflow as tf

    signature = [tf.TensorSpec((batch_size, *model.input_shape[1:]), tf.float32, name=INPUT)]

    def serve(image: Any) -> dict[str, Any]:
        return {OUTPUT: model(image, training=False)}

    return tf.function(serve, input_signature=signature), signature


def check_metadata(inside: Mapping[str, str], job: ExportJob) -> None:
    """Refuse a file that says something else about itself than the job; only a stripped one may say nothing."""
    if job.strip:
        return
    for key, expected in job.metadata.items():
        if inside.get(key) != expected:
            raise ExportError(f"the file's metadata say {inside.get(key)!r} for {key}, the pack says {expected!r}")
