"""LiteRT (formerly TensorFlow Lite): opens ``.tflite``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.errors import PackError
from zoo.packs.pack import Artifact
from zoo.runtimes.runtime import Runtime, Session, check_images

if TYPE_CHECKING:
    import numpy as np

__all__ = ["LITERT"]


class LiteRTSession(Session):
    """A TFLite model in LiteRT's interpreter, with XNNPACK as LiteRT sets it."""

    def __init__(self, artifact: Artifact, threads: int | None) -> None:
        import numpy as np
        from ai_edge_litert.interpreter import Interpreter

        data = artifact.verified_bytes()
        if data[4:8] != b"TFL3":
            raise PackError(f"{str(artifact.path)!r} is no TFLite file: its identifier is {data[4:8]!r}, not b'TFL3'.")
        self._image_shape = artifact.pack.input_shape
        self._dtype = np.dtype(np.float32)
        try:
            # From bytes: CompiledModel.from_file crashes the process on damaged files, Interpreter raises.
            self._interpreter = Interpreter(model_content=data, num_threads=threads or 1)
            self._input = self._interpreter.get_input_details()[0]["index"]
            self._output = self._interpreter.get_output_details()[0]["index"]
            self._set_batch(1)
        except (IndexError, RuntimeError, ValueError) as error:
            raise PackError(f"LiteRT cannot open {str(artifact.path)!r}: {error}") from error

    def run(self, images: np.ndarray) -> np.ndarray:
        """See `Session.run`."""
        interpreter = self._interpreter
        try:
            fits = images.shape == self._shape and images.dtype == self._dtype
        except AttributeError:
            fits = False
        if not fits:
            check_images(images, self._image_shape)
            self._set_batch(len(images))
        interpreter.set_tensor(self._input, images)
        interpreter.invoke()
        probabilities: np.ndarray = interpreter.get_tensor(self._output)
        return probabilities

    def _set_batch(self, size: int) -> None:
        """Prepare the tensors for a batch; the next call of the same size costs nothing."""
        self._shape = (size, *self._image_shape)
        self._interpreter.resize_tensor_input(self._input, self._shape)
        self._interpreter.allocate_tensors()


LITERT = Runtime(name="litert", formats=("tflite",), open=LiteRTSession, package="ai_edge_litert", extra="", rank=0)
