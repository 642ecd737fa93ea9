"""The one function that every format is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

__all__ = ["INPUT", "OUTPUT", "serving_function"]

INPUT = "image"
OUTPUT = "probabilities"


def serving_function(model: keras.Model) -> tuple[Any, list[Any]]:
    """The model as a ``tf.function`` with named input and output and a free batch size.

    Parameters
    ----------
    model : keras.Model
        From images to probabilities.

    Returns
    -------
    function : callable
        Returns ``{"probabilities": ...}``; a bare tensor would lose its name in ONNX.
    signature : list of tf.TensorSpec
    """
    import tensorflow as tf

    signature = [tf.TensorSpec((None, *model.input_shape[1:]), tf.float32, name=INPUT)]

    def serve(image: Any) -> dict[str, Any]:
        return {OUTPUT: model(image, training=False)}

    return tf.function(serve, input_signature=signature), signature
