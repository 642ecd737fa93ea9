"""Opened models, kept for the next drawing."""

from __future__ import annotations

import statistics
import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import zoo
from zoo_demo.models import Choice

if TYPE_CHECKING:
    import numpy as np

__all__ = ["RECENT", "Run", "SessionCache"]

RECENT = 50  # predictions that the median latency is taken over


@dataclass(frozen=True)
class Run:
    """What one inference gave: probabilities (n, classes), float32, and how long it took.

    `latency_ms` is of this inference alone; neither waiting nor opening counts. `median_ms` is of the last `RECENT`
    single predictions of this model, runtime and precision, or this one's where there is none.
    """

    probabilities: np.ndarray
    latency_ms: float
    median_ms: float


@dataclass
class _Slot:
    """A place for a session, and the lock of whoever opens or runs it: sessions are for one thread at a time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    session: zoo.Session | None = None
    recent_ms: deque[float] = field(default_factory=lambda: deque(maxlen=RECENT))


class SessionCache:
    """Sessions by model, runtime and precision; beyond the limit, the one used least recently makes room.

    The comparison of all architectures needs one for each.
    """

    def __init__(self, limit: int = 64) -> None:
        self._limit = limit
        self._slots: OrderedDict[tuple[str, str, str], _Slot] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._slots)

    def is_open(self, choice: Choice) -> bool:
        """Whether the next run need not open the model first."""
        with self._lock:
            slot = self._slots.get(_key(choice))
        return slot is not None and slot.session is not None

    def run(self, choice: Choice, images: np.ndarray) -> Run:
        """Classify images (n, height, width, channels), float32 in [0, 1], opening the model when it is not open.

        The choice is one that `DrawableModels.choose` gave: a name that means nothing would push out a session.
        """
        slot = self._slot(choice)
        with slot.lock:
            if slot.session is None:
                session = zoo.load(choice.pack, choice.runtime, precision=choice.precision)
                session.run(images)  # the first run also allocates and compiles, which says nothing about latency
                slot.session = session
            start = time.perf_counter()
            probabilities = slot.session.run(images)
            latency_ms = (time.perf_counter() - start) * 1000
            if len(images) == 1:
                slot.recent_ms.append(latency_ms)
            median_ms = statistics.median(slot.recent_ms or [latency_ms])
        return Run(probabilities, latency_ms, median_ms)

    def _slot(self, choice: Choice) -> _Slot:
        key = _key(choice)
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            while len(self._slots) > self._limit:
                self._slots.popitem(last=False)  # whoever still runs it holds it until done
        return slot


def _key(choice: Choice) -> tuple[str, str, str]:
    return choice.pack.id, choice.runtime, choice.precision
