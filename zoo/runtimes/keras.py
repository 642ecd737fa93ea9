"""Keras, on whatever backend ``KERAS_BACKEND`` names: rebuilds the architecture and loads its weights.

A ``.keras`` file is never deserialised as a program: the registry builds the model, and only the numbers come from
the file.
"""

from __future__ import annotations

import math
import zipfile
from typing import TYPE_CHECKING, Any

from zoo.contract.pack import Artifact
from zoo.contract.runtime import Runtime, Session, check_images
from zoo.errors import MissingExtraError, PackError, ZooError

if TYPE_CHECKING:
    import keras
    import numpy as np

__all__ = ["KERAS", "count_macs", "load_keras_model", "load_probabilities", "with_probabilities"]


class KerasSession(Session):
    """The Keras model itself: what every export is compared with."""

    def __init__(self, artifact: Artifact, threads: int | None) -> None:
        try:
            import keras
        except ModuleNotFoundError as error:  # Keras is here, and the backend that KERAS_BACKEND names is not
            raise MissingExtraError(error.name or "keras", "train", "The runtime 'keras'") from error
        except ValueError as error:
            raise ZooError(f"{error}. Set KERAS_BACKEND to tensorflow, jax or torch.") from error

        if threads is not None and keras.backend.backend() == "tensorflow":
            from zoo.runtimes.tensorflow import set_tensorflow_threads

            set_tensorflow_threads(threads)
        pack = artifact.pack
        self._model = load_probabilities(artifact)
        self._image_shape = pack.input_shape

    def run(self, images: np.ndarray) -> np.ndarray:
        """See `Session.run`."""
        check_images(images, self._image_shape)
        probabilities: np.ndarray = self._model.predict_on_batch(images)
        return probabilities

    @property
    def settings(self) -> dict[str, Any]:
        """See `Session.settings`."""
        import keras

        settings = {"backend": keras.backend.backend(), "jit_compile": self._model.jit_compile}
        if settings["backend"] == "tensorflow":
            from zoo.runtimes.tensorflow import tensorflow_threads

            settings |= tensorflow_threads()
        return settings


def load_keras_model(artifact: Artifact) -> keras.Model:
    """The model of a pack's ``model.keras``, which returns logits."""
    model = _build(artifact)
    _load_weights(model, artifact)
    return model


def load_probabilities(artifact: Artifact) -> keras.Model:
    """The model of any ``.keras`` artifact, from ``image`` to ``probabilities``."""
    if not artifact.variant:
        return with_probabilities(load_keras_model(artifact), artifact.pack.temperature)
    model = with_probabilities(_build(artifact), artifact.pack.temperature)  # an exported file holds both
    _load_weights(model, artifact)
    return model


def _build(artifact: Artifact) -> keras.Model:
    from zoo.plugins import get_architecture

    pack = artifact.pack
    return get_architecture(pack.architecture).build(pack.input_shape, len(pack.classes))


def _load_weights(model: keras.Model, artifact: Artifact) -> None:
    path = artifact.verified_path()
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise PackError(
            f"The weights in {str(path)!r} do not fit the installed architecture "
            f"{artifact.pack.architecture!r}: {error}"
        ) from error


def with_probabilities(model: keras.Model, temperature: float) -> keras.Model:
    """The model with temperature and softmax behind its logits; input and output are named as in every format."""
    import keras

    image = keras.Input(model.input_shape[1:], name="image")
    logits = model(image, training=False)
    probabilities = keras.layers.Softmax(name="probabilities")(logits / temperature)
    return keras.Model(image, probabilities)


KERAS = Runtime(name="keras", formats=("keras",), open=KerasSession, package="keras", extra="train", rank=2)


def count_macs(model: keras.Model) -> int | None:
    """Multiply-adds of one image through convolutions and matrix products, from TensorFlow's graph; None without."""
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
