"""Many images, answered by several sessions at once."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt
import pytest

from zoo import Session
from zoo.evaluation.answers import BATCH, run_batches

Images = npt.NDArray[np.float32]


class Counting(Session):
    """Answers with the images' first pixel, and notes its calls; fails on a negative one."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.busy = threading.Lock()

    def run(self, images: Images) -> Images:
        if not self.busy.acquire(blocking=False):
            raise AssertionError("a session was called from two threads at a time")
        try:
            self.sizes.append(len(images))
            if (images < 0).any():
                raise ValueError("a negative pixel")
            return images.reshape(len(images), -1)[:, :1]
        finally:
            self.busy.release()


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("length", [1, BATCH, 7 * BATCH + 3])
def test_the_order_is_that_of_the_images(count: int, length: int) -> None:
    images = np.arange(length, dtype=np.float32).reshape(length, 1, 1, 1)
    sessions = [Counting() for _ in range(count)]
    assert np.array_equal(run_batches(sessions, images)[:, 0], images.ravel())
    assert sum(sum(session.sizes) for session in sessions) == length


def test_an_error_ends_it_and_reaches_the_caller() -> None:
    images = np.full((20 * BATCH, 1, 1, 1), -1, dtype=np.float32)
    with pytest.raises(ValueError, match="negative"):
        run_batches([Counting(), Counting()], images)
