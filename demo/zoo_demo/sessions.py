"""Opened models, kept for the next drawing."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import zoo
from zoo.packs.pack import Pack
from zoo.runtimes.runtime import select

if TYPE_CHECKING:
    import numpy as np

__all__ = ["SessionCache"]


@dataclass
class _Slot:
    """A place for a session, and the lock of whoever opens or runs it: sessions are for one thread at a time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    session: zoo.Session | None = None


class SessionCache:
    """Sessions by model and runtime; the one that was not used for the longest time makes room.

    Parameters
    ----------
    limit : int
        Most sessions that are kept open.
    """

    def __init__(self, limit: int = 8) -> None:
        self._limit = limit
        self._slots: OrderedDict[tuple[str, str], _Slot] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._slots)

    def is_open(self, pack: Pack, runtime: str) -> bool:
        """Whether the next run need not open the model first."""
        with self._lock:
            slot = self._slots.get((pack.id, runtime))
        return slot is not None and slot.session is not None

    def run(self, pack: Pack, runtime: str, images: np.ndarray) -> tuple[np.ndarray, float]:
        """Classify images, opening the model when it is not open.

        Parameters
        ----------
        pack : Pack
        runtime : str
        images : ndarray of shape (n, height, width, channels), float32 in [0, 1]

        Returns
        -------
        probabilities : ndarray of shape (n, classes), float32
        latency_ms : float
            Of this inference alone; neither waiting nor opening counts.

        Raises
        ------
        ZooError
            When the model cannot be opened by the runtime, or does not take the images.
        """
        slot = self._slot(pack, runtime)
        with slot.lock:
            if slot.session is None:
                session = zoo.load(pack, runtime)
                session.run(images)  # the first run also allocates and compiles, which says nothing about latency
                slot.session = session
            start = time.perf_counter()
            probabilities = slot.session.run(images)
            return probabilities, (time.perf_counter() - start) * 1000

    def _slot(self, pack: Pack, runtime: str) -> _Slot:
        select(pack, runtime)  # a name that means nothing must not push out a session that is used
        key = (pack.id, runtime)
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            while len(self._slots) > self._limit:
                self._slots.popitem(last=False)  # whoever still runs it holds it until done
        return slot
