"""Each runtime's own bare loop: what somebody would write without the zoo. A session is measured against it.

A loop is made from the same bytes with the same settings as the session. It quantises and dequantises where the file
wants int8, as its caller would have to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import zoo
from zoo import Artifact

if TYPE_CHECKING:
    import numpy as np

__all__ = ["BARE", "Bare", "bare_loop"]

Loop = Callable[["np.ndarray"], "np.ndarray"]


@dataclass(frozen=True)
class Bare:
    """A runtime without the zoo."""

    module: str  # what is imported before a model can be opened
    open: Callable[..., Loop]
    """``open(artifact, threads)`` gives a function from images to probabilities, for batch 1; with the provider by
    keyword, where the runtime has a choice of them."""


def _litert(artifact: Artifact, threads: int) -> Loop:
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=artifact.verified_bytes(), num_threads=threads)
    interpreter.allocate_tensors()
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    source, target = taken["index"], given["index"]

    def run(image: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(source, image)
        interpreter.invoke()
        answer: np.ndarray = interpreter.get_tensor(target)
        return answer

    if taken["dtype"] == np.float32 and given["dtype"] == np.float32:
        return run

    def run_quantized(image: np.ndarray) -> np.ndarray:
        scale, zero_point = taken["quantization"]
        answer = run(np.clip(np.rint(image / np.float32(scale) + zero_point), -128, 127).astype(np.int8))
        scale, zero_point = given["quantization"]
        probabilities: np.ndarray = (answer.astype(np.float32) - zero_point) * np.float32(scale)
        return probabilities

    return run_quantized


def _onnxruntime(artifact: Artifact, threads: int, provider: str = "CPUExecutionProvider") -> Loop:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(artifact.verified_bytes(), options, providers=[provider])

    def run(image: np.ndarray) -> np.ndarray:
        answer: np.ndarray = session.run(["probabilities"], {"image": image})[0]
        return answer

    return run


def _openvino(artifact: Artifact, threads: int) -> Loop:
    import openvino

    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": "f32",
    }
    core = openvino.Core()
    request = core.compile_model(core.read_model(artifact.verified_bytes()), "CPU", settings).create_infer_request()

    def run(image: np.ndarray) -> np.ndarray:
        answer: np.ndarray = request.infer([image], share_inputs=True)[0]
        return answer

    return run


def _keras(artifact: Artifact, threads: int) -> Loop:
    import keras

    pack = artifact.pack
    model = zoo.get_architecture(pack.architecture).build(pack.input_shape, len(pack.classes))
    model.load_weights(artifact.verified_path())
    image = keras.Input(pack.input_shape)
    probabilities = keras.layers.Softmax()(model(image, training=False) / pack.temperature)
    run: Loop = keras.Model(image, probabilities).predict_on_batch
    return run


def _tensorflow(artifact: Artifact, threads: int) -> Loop:
    import tensorflow as tf

    model = tf.saved_model.load(str(artifact.verified_path()))
    signature = model.signatures["serving_default"]

    def run(image: np.ndarray) -> np.ndarray:
        answer: np.ndarray = signature(image=tf.constant(image))["probabilities"].numpy()
        return answer

    run.model = model  # type: ignore[attr-defined]  # the signature's variables die with it
    return run


BARE: Mapping[str, Bare] = {
    "litert": Bare("ai_edge_litert.interpreter", _litert),
    "onnxruntime": Bare("onnxruntime", _onnxruntime),
    "openvino": Bare("openvino", _openvino),
    "keras": Bare("keras", _keras),
    "tensorflow": Bare("tensorflow", _tensorflow),
}
"""By the name of the runtime, without a provider. One that a plugin adds has none, and no overhead is told."""


def bare_loop(runtime: str, artifact: Artifact, threads: int) -> Loop | None:
    """The bare loop of a runtime, on the provider that its name may hold; None for a runtime that has none."""
    name, _, provider = runtime.partition(":")
    if name not in BARE:
        return None
    return BARE[name].open(artifact, threads, **({"provider": provider} if provider else {}))
