"""How long one model takes beside another, batch 1, LiteRT, one thread.

``python -m studies.latency_ratio [MODEL [OTHER]]`` prints the ratio. By default MODEL is the most accurate
bundled one with at most 10,000 parameters and OTHER is ``keras_convnet.mnist``; then the exit code is 1 above the bar.
"""

from __future__ import annotations

import sys

import zoo
from studies.common import interleaved_medians, parser, plain_errors
from zoo import Pack

__all__ = ["best_small_model", "latency_ratio"]

MOST_PARAMETERS = 10_000
OTHER = "keras_convnet.mnist"
MOST_RATIO = 0.5


def best_small_model() -> Pack:
    """The most accurate bundled model with at most 10,000 parameters."""
    packs = [pack for pack in zoo.list_models("*.mnist") if pack.bundled and pack.parameters <= MOST_PARAMETERS]
    return max(packs, key=lambda pack: pack.accuracy)


def latency_ratio(pack: Pack, other: Pack) -> tuple[float, float]:
    """Median microseconds of one call of each, in turns; both have a file for LiteRT."""
    import numpy as np

    calls = []
    for one in (pack, other):
        image = np.random.default_rng(0).random((1, *one.input_shape), dtype=np.float32)
        calls.append((zoo.load(one, runtime="litert", threads=1).run, image))
    pack_us, other_us = interleaved_medians(calls)
    return pack_us, other_us


if __name__ == "__main__":
    command = parser(__doc__)
    command.add_argument("models", nargs="*", metavar="MODEL", help="one, or two that are compared")
    names = command.parse_args().models
    with plain_errors():
        pack, other = zoo.get_pack(names[0]) if names else best_small_model(), zoo.get_pack((names[1:] or [OTHER])[0])
        own_us, other_us = latency_ratio(pack, other)
    ratio = own_us / other_us
    bar = "" if names else f"   bar <= {MOST_RATIO}"
    print(f"{pack.id}: {own_us:.2f} us, {other.id}: {other_us:.2f} us, ratio {ratio:.3f}{bar}")
    sys.exit(not names and ratio > MOST_RATIO)
