"""LiteRT (formerly TensorFlow Lite): opens ``.tflite``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoo.contract.pack import Artifact
from zoo.contract.runtime import Runtime, Session, check_images, run_fixed
from zoo.errors import PackError

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
            self._threads = threads or 1
            self._interpreter = Interpreter(model_content=data, num_threads=self._threads)
            (taken,), (given,) = self._interpreter.get_input_details(), self._interpreter.get_output_details()
            self._input, self._output = taken["index"], given["index"]
            self._taken, self._given = Quantization.of(taken), Quantization.of(given)
            batch = int(taken["shape_signature"][0])
            self._fixed = batch if batch > 0 else None
            self._set_batch(self._fixed or 1)
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
            if self._fixed is not None:
                if len(images) != self._fixed:
                    return run_fixed(self.run, images, self._fixed)
            else:
                self._set_batch(len(images))
        interpreter.set_tensor(self._input, images if self._taken is None else self._taken.quantize(images))
        interpreter.invoke()
        probabilities: np.ndarray = interpreter.get_tensor(self._output)
        return probabilities if self._given is None else self._given.dequantize(probabilities)

    @property
    def settings(self) -> dict[str, Any]:
        """See `Session.settings`."""
        # The only place that tells which operators XNNPACK took; it has no public name.
        operators = [operator["op_name"] for operator in self._interpreter._get_ops_details()]
        delegated = operators.count("DELEGATE")
        return {"num_threads": self._threads, "xnnpack": delegated > 0, "operators_on_xnnpack": delegated}

    def _set_batch(self, size: int) -> None:
        """Prepare the tensors for a batch; the next call of the same size costs nothing."""
        self._shape = (size, *self._image_shape)
        if self._fixed is None:
            self._interpreter.resize_tensor_input(self._input, self._shape)
        self._interpreter.allocate_tensors()


@dataclass(frozen=True)
class Quantization:
    """How int8 stands for real numbers: ``(q - zero_point) * scale``."""

    scale: np.float32
    zero_point: np.float32

    @classmethod
    def of(cls, tensor: dict[str, Any]) -> Quantization | None:
        """That of an input or output as LiteRT describes it; None for float32."""
        import numpy as np

        if tensor["dtype"] == np.float32:
            return None
        if tensor["dtype"] != np.int8:
            raise ValueError(f"the tensor {tensor['name']!r} is {tensor['dtype'].__name__}, neither float32 nor int8")
        scale, zero_point = tensor["quantization"]
        return cls(np.float32(scale), np.float32(zero_point))

    def quantize(self, images: np.ndarray) -> np.ndarray:
        """Real numbers to int8, rounded to the nearest that there is."""
        import numpy as np

        scaled = np.divide(images, self.scale)
        scaled += self.zero_point
        np.rint(scaled, out=scaled)
        np.clip(scaled, -128, 127, out=scaled)
        quantized: np.ndarray = scaled.astype(np.int8)
        return quantized

    def dequantize(self, answers: np.ndarray) -> np.ndarray:
        """Int8 to float32."""
        import numpy as np

        reals: np.ndarray = np.subtract(answers, self.zero_point, dtype=np.float32)
        reals *= self.scale
        return reals


LITERT = Runtime(
    name="litert", formats=("tflite",), open=LiteRTSession, package="ai_edge_litert", extra="", rank=0, parallel=True
)
