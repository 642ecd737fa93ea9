"""Counts multiply-adds, the work that a network asks of whatever runs it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

__all__ = ["count_macs"]


def count_macs(model: keras.Model) -> int | None:
    """Multiply-adds of one image through convolutions and matrix products, read off TensorFlow's graph.

    Parameters
    ----------
    model : keras.Model
        A built model with one input.

    Returns
    -------
    int or None
        None when Keras runs on another backend, which has no such graph.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    signature = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    graph = tf.function(lambda image: model(image, training=False)).get_concrete_function(signature).graph
    # Functions that the graph calls (a recurrent layer's loop body) count once per call of the graph.
    return sum(_macs(operation) for operation in graph.get_operations())


def _macs(operation: Any) -> int:
    """Multiply-adds of one operation: the size of its output times the length of the sum behind each element."""
    shapes = [tuple(tensor.shape) for tensor in operation.inputs]
    if operation.type in ("Conv2D", "DepthwiseConv2dNative"):
        height, width, channels, _ = shapes[1]
        depth = channels if operation.type == "Conv2D" else 1
        return int(math.prod(operation.outputs[0].shape) * height * width * depth)
    if operation.type in ("MatMul", "BatchMatMul", "BatchMatMulV2"):
        transposed = operation.get_attr("transpose_a" if operation.type == "MatMul" else "adj_x")
        return int(math.prod(operation.outputs[0].shape) * shapes[0][-2 if transposed else -1])
    return 0
