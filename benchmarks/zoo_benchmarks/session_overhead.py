"""What a session adds to the bare runtime, batch 1, in one process.

``python -m zoo_benchmarks.session_overhead [MODEL ...]`` prints a table. The bare loop and the session take turns
in short blocks; each has an interpreter of its own, made from the same bytes with the same settings.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import zoo
from zoo import Pack

if TYPE_CHECKING:
    import numpy as np

__all__ = ["session_overhead"]

BLOCKS = 200
CALLS = 50


def session_overhead(pack: Pack, runtime: str) -> tuple[float, float]:
    """Median microseconds of one call, bare and through the session.

    Parameters
    ----------
    pack : Pack
    runtime : {"litert", "onnxruntime"}

    Returns
    -------
    bare_us, session_us : float
    """
    import numpy as np

    image = np.random.default_rng(0).random((1, *pack.input_shape), dtype=np.float32)
    bare = {"litert": _bare_litert, "onnxruntime": _bare_onnxruntime}[runtime](pack)
    session = zoo.load(pack, runtime=runtime).run
    np.testing.assert_array_equal(bare(image), session(image))
    bare_times, session_times = [], []
    for _ in range(BLOCKS):
        bare_times += _time(bare, image)
        session_times += _time(session, image)
    warm = BLOCKS * CALLS // 10
    return statistics.median(bare_times[warm:]), statistics.median(session_times[warm:])


def _time(call: Callable[[np.ndarray], np.ndarray], image: np.ndarray) -> list[float]:
    clock = time.perf_counter_ns
    times = []
    for _ in range(CALLS):
        start = clock()
        call(image)
        times.append((clock() - start) / 1000)
    return times


def _bare_litert(pack: Pack) -> Callable[[np.ndarray], np.ndarray]:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=pack.artifact("tflite").verified_bytes(), num_threads=1)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    target = interpreter.get_output_details()[0]["index"]

    def run(image: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(source, image)
        interpreter.invoke()
        answer: np.ndarray = interpreter.get_tensor(target)
        return answer

    return run


def _bare_onnxruntime(pack: Pack) -> Callable[[np.ndarray], np.ndarray]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        pack.artifact("onnx").verified_bytes(), options, providers=["CPUExecutionProvider"]
    )

    def run(image: np.ndarray) -> np.ndarray:
        answer: np.ndarray = session.run(["probabilities"], {"image": image})[0]
        return answer

    return run


if __name__ == "__main__":
    packs = [zoo.get_pack(name) for name in sys.argv[1:]] or [pack for pack in zoo.list_models() if pack.bundled]
    print(f"{'model':<26} {'runtime':<12} {'bare us':>8} {'session us':>10} {'added us':>8} {'ratio':>6}")
    for pack in packs:
        for runtime in ("litert", "onnxruntime"):
            bare, session = session_overhead(pack, runtime)
            print(
                f"{pack.id:<26} {runtime:<12} {bare:8.2f} {session:10.2f} {session - bare:8.2f} {session / bare:6.3f}"
            )
