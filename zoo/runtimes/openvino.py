"""OpenVINO: opens ``.onnx``. A plugin of its own, as an example: all that a runtime takes is in this file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zoo.contract.pack import Artifact
from zoo.contract.runtime import Runtime, Session, check_images, run_fixed
from zoo.errors import PackError
from zoo.hookspecs import hookimpl

if TYPE_CHECKING:
    import numpy as np

ZOO_API_VERSION = 1

__all__ = ["OPENVINO"]


class OpenVinoSession(Session):
    """An ONNX model in OpenVINO on the CPU."""

    def __init__(self, artifact: Artifact, threads: int | None) -> None:
        import openvino

        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": threads or 1,
            "INFERENCE_PRECISION_HINT": "f32",  # on some processors it would take bfloat16
        }
        core = openvino.Core()
        try:
            model = core.read_model(artifact.verified_bytes())
            compiled = core.compile_model(model, "CPU", settings)
            self._request = compiled.create_infer_request()
            batch = model.input("image").partial_shape[0]
        except RuntimeError as error:
            raise PackError(f"OpenVINO cannot open {str(artifact.path)!r}: {error}") from error
        self._compiled = compiled
        self._settings = (*settings, "EXECUTION_DEVICES")
        self._batch = None if batch.is_dynamic else batch.get_length()
        self._image_shape = artifact.pack.input_shape

    def run(self, images: np.ndarray) -> np.ndarray:
        """See `Session.run`."""
        check_images(images, self._image_shape)
        if self._batch is not None and len(images) != self._batch:
            return run_fixed(self.run, images, self._batch)
        probabilities: np.ndarray = self._request.infer([images], share_inputs=True)[0]
        return probabilities

    @property
    def settings(self) -> dict[str, Any]:
        """See `Session.settings`."""
        found = {name: self._compiled.get_property(name) for name in self._settings}
        found["INFERENCE_PRECISION_HINT"] = found["INFERENCE_PRECISION_HINT"].get_type_name()
        return {**{name: _plain(value) for name, value in found.items()}, "share_inputs": True}


def _plain(value: Any) -> Any:
    """A property as JSON takes it: OpenVINO's own enumerations by name."""
    return value if isinstance(value, int | str | list) else value.name


OPENVINO = Runtime(
    name="openvino", formats=("onnx",), open=OpenVinoSession, package="openvino", extra="openvino", rank=4
)


@hookimpl
def zoo_register_runtimes(register: Callable[[Runtime], None]) -> None:
    """Register OpenVINO."""
    register(OPENVINO)
