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
from zoo.runtimes.runtime import select
from zoo_benchmarks.bare import BARE

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
    _, artifact = select(pack, runtime)
    bare = BARE[runtime].open(artifact, 1)
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


if __name__ == "__main__":
    packs = [zoo.get_pack(name) for name in sys.argv[1:]] or [pack for pack in zoo.list_models() if pack.bundled]
    print(f"{'model':<26} {'runtime':<12} {'bare us':>8} {'session us':>10} {'added us':>8} {'ratio':>6}")
    for pack in packs:
        for runtime in ("litert", "onnxruntime"):
            bare, session = session_overhead(pack, runtime)
            print(
                f"{pack.id:<26} {runtime:<12} {bare:8.2f} {session:10.2f} {session - bare:8.2f} {session / bare:6.3f}"
            )
