"""Calls compared fairly: in one process, in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["interleaved_medians", "timed_block"]

BLOCKS = 200
CALLS = 50


def interleaved_medians(calls: Sequence[tuple[Callable[[Any], object], Any]]) -> list[float]:
    """Median microseconds of each call; short blocks take turns, so that a machine's drift hits all alike.

    Parameters
    ----------
    calls : sequence of (callable, object)
        Each with its argument.

    Returns
    -------
    list of float
        Of the same order. A tenth of the blocks is warm-up, and does not count.
    """
    times: list[list[int]] = [[] for _ in calls]
    for _ in range(BLOCKS):
        for (call, argument), found in zip(calls, times, strict=True):
            found += timed_block(call, argument, CALLS)
    warm = BLOCKS * CALLS // 10
    return [statistics.median(found[warm:]) / 1000 for found in times]


def timed_block(call: Callable[[Any], object], argument: Any, calls: int) -> list[int]:
    """Nanoseconds of calls in a row.

    Parameters
    ----------
    call : callable
    argument : object
    calls : int
        That are timed. One more goes before them, as whatever ran last has left its own data in the processor's caches.

    Returns
    -------
    list of int
    """
    clock = time.perf_counter_ns
    call(argument)
    times = []
    for _ in range(calls):
        start = clock()
        call(argument)
        times.append(clock() - start)
    return times
