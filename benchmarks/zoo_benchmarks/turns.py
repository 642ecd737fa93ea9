"""Calls compared fairly: in one process, in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

__all__ = ["medians_in_turns"]

BLOCKS = 200
CALLS = 50


def medians_in_turns(calls: Sequence[Callable[[], object]]) -> list[float]:
    """Median microseconds of each call; short blocks take turns, so that a machine's drift hits all alike.

    Parameters
    ----------
    calls : sequence of callable

    Returns
    -------
    list of float
        Of the same order. A tenth of the blocks is warm-up, and does not count.
    """
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(BLOCKS):
        for call, found in zip(calls, times, strict=True):
            found += _block(call)
    warm = BLOCKS * CALLS // 10
    return [statistics.median(found[warm:]) for found in times]


def _block(call: Callable[[], object]) -> list[float]:
    clock = time.perf_counter_ns
    times = []
    for _ in range(CALLS):
        start = clock()
        call()
        times.append((clock() - start) / 1000)
    return times
