"""Arrays, as Keras's loops take them without waiting for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

__all__ = ["in_batches"]


def in_batches(size: int, *arrays: np.ndarray) -> dict[str, Any]:
    """Arguments for ``fit`` or ``predict``: the arrays in their order, cut into batches.

    From arrays Keras itself makes a ``tf.data`` pipeline that tunes itself, in a thread that the end of each epoch has
    to wait for: a second, as often as not. So TensorFlow is given a pipeline that has nothing to tune.

    Parameters
    ----------
    size : int
        Images per batch; the last batch may be smaller.
    arrays : ndarray of shape (n, ...)
        Images, and targets for ``fit``.

    Returns
    -------
    dict
        Keyword arguments.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        return {**dict(zip("xy", arrays, strict=False)), "batch_size": size}
    import tensorflow as tf

    steps = -(-len(arrays[0]) // size)
    whole = size if len(arrays[0]) % size == 0 else None  # the shape of a batch, where all are alike

    def batch(step: Any, tensors: tuple[Any, ...]) -> tuple[Any, ...]:
        parts = [tensor[step * size : (step + 1) * size] for tensor in tensors]
        return tuple(tf.ensure_shape(part, [whole, *part.shape[1:]]) for part in parts)

    # As elements, not captured by the function: that would keep an epoch's images until Python looks for cycles.
    tensors = tf.data.Dataset.from_tensors(tuple(map(tf.constant, arrays))).repeat()
    batches = tf.data.Dataset.zip(tf.data.Dataset.range(steps), tensors).map(batch).prefetch(2)
    options = tf.data.Options()
    options.autotune.enabled = False
    return {"x": batches.with_options(options)}
