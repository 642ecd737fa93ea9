"""The one function that every format is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zoo.errors import ExportError

if TYPE_CHECKING:
    import keras

__all__ = ["INPUT", "OUTPUT", "check_source", "serving_function"]

INPUT = "image"
OUTPUT = "probabilities"


def serving_function(model: keras.Model, batch_size: int | None = None) -> tuple[Any, list[Any]]:
    """The model as a ``tf.function`` with named input and output.

    Parameters
    ----------
    model : keras.Model
        From images to probabilities.
    batch_size : int, optional
        None leaves it free.

    Returns
    -------
    function : callable
        Returns ``{"probabilities": ...}``; a bare tensor would lose its name in ONNX.
    signature : list of tf.TensorSpec
    """
    import tensorflow as tf

    signature = [tf.TensorSpec((batch_size, *model.input_shape[1:]), tf.float32, name=INPUT)]

    def serve(image: Any) -> dict[str, Any]:
        return {OUTPUT: model(image, training=False)}

    return tf.function(serve, input_signature=signature), signature


def check_source(inside: Mapping[str, str], expected: Mapping[str, str]) -> None:
    """Refuse a file that says it was made from another model; one that says nothing is judged by its manifest alone.

    Parameters
    ----------
    inside, expected : mapping of str to str
        The metadata in the file, and that of the job.
    """
    said, source = inside.get("source_sha256"), expected.get("source_sha256")
    if said and source and said != source:
        raise ExportError(
            f"the file says it was made from a model.keras {said[:12]}..., the pack's is {source[:12]}..."
        )
