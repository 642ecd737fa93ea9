"""TensorFlow: opens a SavedModel through its signature ``serving_default``, as TensorFlow Serving does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoo.contract.pack import Artifact
from zoo.contract.runtime import Runtime, Session, check_images, run_fixed
from zoo.errors import PackError, ZooError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["TENSORFLOW", "set_tensorflow_threads", "tensorflow_threads"]


class TensorFlowSession(Session):
    """A SavedModel in TensorFlow."""

    def __init__(self, artifact: Artifact, threads: int | None) -> None:
        import tensorflow as tf

        if threads is not None:
            set_tensorflow_threads(threads)
        path = artifact.verified_path()
        try:
            self._model = tf.saved_model.load(str(path))
            self._signature = self._model.signatures["serving_default"]
        except (OSError, KeyError, ValueError, tf.errors.OpError) as error:
            raise PackError(f"TensorFlow cannot open {str(path)!r}: {error}") from error
        self._tensor = tf.constant
        self._image_shape = artifact.pack.input_shape
        self._batch = self._signature.structured_input_signature[1]["image"].shape[0]  # None where it is free

    def run(self, images: np.ndarray) -> np.ndarray:
        """See `Session.run`."""
        check_images(images, self._image_shape)
        if self._batch is not None and len(images) != self._batch:
            return run_fixed(self.run, images, self._batch)
        probabilities: np.ndarray = self._signature(image=self._tensor(images))["probabilities"].numpy()
        return probabilities

    @property
    def settings(self) -> dict[str, Any]:
        """See `Session.settings`."""
        return {"signature": "serving_default", **tensorflow_threads()}


def tensorflow_threads() -> dict[str, int]:
    """The threads of this process's TensorFlow; 0 is its own choice."""
    import tensorflow as tf

    threading = tf.config.threading
    return {
        "intra_op_parallelism_threads": threading.get_intra_op_parallelism_threads(),
        "inter_op_parallelism_threads": threading.get_inter_op_parallelism_threads(),
    }


def set_tensorflow_threads(threads: int) -> None:
    """Set the threads of an operation; TensorFlow takes one number per process, before its first operation."""
    import tensorflow as tf

    if tf.config.threading.get_intra_op_parallelism_threads() == threads:
        return
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
    except RuntimeError as error:
        raise ZooError(
            f"TensorFlow runs already and cannot change to {threads} threads: it takes one number per process. "
            "Ask for the same number, or use a new process."
        ) from error


TENSORFLOW = Runtime(
    name="tensorflow", formats=("saved_model",), open=TensorFlowSession, package="tensorflow", extra="train", rank=3
)
