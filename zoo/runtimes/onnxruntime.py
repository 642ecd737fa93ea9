"""ONNX Runtime: opens ``.onnx``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoo.contract.pack import Artifact
from zoo.contract.runtime import Runtime, Session, check_images, run_fixed
from zoo.errors import PackError, ZooError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["ONNXRUNTIME"]

CPU = "CPUExecutionProvider"
REMOTE = "AzureExecutionProvider"  # calls a service for operators of its own, and leaves a model to the CPU
OUTPUTS = ["probabilities"]
SPINNING = "session.intra_op.allow_spinning"


class OnnxRuntimeSession(Session):
    """An ONNX model in ONNX Runtime; what another provider than the CPU cannot compute, the CPU does."""

    def __init__(self, artifact: Artifact, threads: int | None, provider: str = CPU) -> None:
        import numpy as np
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or 1
        options.inter_op_num_threads = 1
        # Threads that wait must not burn the core that somebody else computes on.
        options.add_session_config_entry(SPINNING, "0")
        options.log_severity_level = 3
        data = artifact.verified_bytes()
        try:
            # From bytes, so that what was checked is what is opened.
            session = onnxruntime.InferenceSession(data, options, providers=[provider])
        except Exception as error:  # the binding raises classes of its own, which derive from Exception alone
            raise PackError(f"ONNX Runtime cannot open {str(artifact.path)!r}: {error}") from error
        if provider not in session.get_providers():  # it warns, and falls back to the CPU
            raise ZooError(
                f"ONNX Runtime did not take the provider {provider!r} and would compute on the CPU: libraries or a "
                f"driver that it needs are missing. Install them, or choose another: {', '.join(providers())}."
            )
        self._session = session
        self._run = session.run
        batch = session.get_inputs()[0].shape[0]
        self._batch = batch if isinstance(batch, int) else None  # a name where it is free
        self._image_shape = artifact.pack.input_shape
        self._dtype = np.dtype(np.float32)

    def run(self, images: np.ndarray) -> np.ndarray:
        """See `Session.run`."""
        try:
            fits = images.shape[1:] == self._image_shape and images.dtype == self._dtype and len(images) > 0
        except AttributeError:
            fits = False
        if not fits:
            check_images(images, self._image_shape)
        if self._batch is not None and len(images) != self._batch:
            return run_fixed(self.run, images, self._batch)
        probabilities: np.ndarray = self._run(OUTPUTS, {"image": images})[0]
        return probabilities

    @property
    def settings(self) -> dict[str, Any]:
        """See `Session.settings`."""
        options = self._session.get_session_options()
        return {
            "providers": self._session.get_providers(),
            "intra_op_num_threads": options.intra_op_num_threads,
            "inter_op_num_threads": options.inter_op_num_threads,
            "execution_mode": options.execution_mode.name,
            "graph_optimization_level": options.graph_optimization_level.name,
            SPINNING: options.get_session_config_entry(SPINNING),
        }


def providers() -> list[str]:
    """The execution providers of the build that is installed that compute something themselves, the CPU first."""
    import onnxruntime

    return [CPU, *(name for name in onnxruntime.get_available_providers() if name not in (CPU, REMOTE))]


ONNXRUNTIME = Runtime(
    name="onnxruntime",
    formats=("onnx",),
    open=OnnxRuntimeSession,
    package="onnxruntime",
    extra="",
    rank=1,
    providers=providers,
    parallel=True,
)
