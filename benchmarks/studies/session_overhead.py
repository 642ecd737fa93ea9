"""What a session adds to the bare runtime, batch 1, in one process.

``python -m studies.session_overhead [MODEL ...]`` prints a table; the exit code is 1 when a session is beyond
the bar. The bare loop and the session take turns in short blocks; each has an interpreter of its own, made from the
same bytes with the same settings.
"""

from __future__ import annotations

import sys
from functools import partial

import zoo
from studies.common import interleaved_medians, parser, plain_errors
from zoo import Pack
from zoo_benchmarks.measure.bare import BARE
from zoo_benchmarks.measure.plan import chosen_packs, export_missing

__all__ = ["MOST_RATIO", "MOST_US", "session_overhead"]

FORMATS = {"litert": "tflite", "onnxruntime": "onnx"}
MOST_RATIO = 0.05
"""A session may add this share of the bare loop, or"""
MOST_US = 2.0
"""these microseconds, whichever is more."""


def session_overhead(pack: Pack, runtime: str) -> tuple[float, float]:
    """Median microseconds of one call, bare and through the session, on a runtime of `FORMATS`."""
    import numpy as np

    image = np.random.default_rng(0).random((1, *pack.input_shape), dtype=np.float32)
    bare = BARE[runtime].open(pack.artifact(FORMATS[runtime]), 1)
    session = zoo.load(pack, runtime=runtime).run
    np.testing.assert_array_equal(bare(image), session(image))
    bare_us, session_us = interleaved_medians([(bare, image), (session, image)])
    return bare_us, session_us


def main() -> None:
    """Run the command."""
    command = parser(__doc__)
    command.add_argument("models", nargs="*", metavar="MODEL", help="by default all bundled models")
    packs = chosen_packs(command.parse_args().models)
    needed = list(map(zoo.Cell, FORMATS.values()))
    complete = export_missing([(pack, needed) for pack in packs], partial(print, file=sys.stderr))
    packs = [pack for pack, _ in complete]
    print(f"{'model':<26} {'runtime':<12} {'bare us':>8} {'session us':>10} {'added us':>8} {'ratio':>6}")
    beyond = 0
    for pack in packs:
        for runtime in FORMATS:
            bare, session = session_overhead(pack, runtime)
            beyond += session - bare > max(MOST_RATIO * bare, MOST_US)
            print(
                f"{pack.id:<26} {runtime:<12} {bare:8.2f} {session:10.2f} {session - bare:8.2f} {session / bare:6.3f}"
            )
    print(f"{beyond} of {2 * len(packs)} beyond the bar: {MOST_RATIO:.0%} or {MOST_US:g} us, whichever is more")
    sys.exit(beyond > 0)


if __name__ == "__main__":
    with plain_errors():
        main()
