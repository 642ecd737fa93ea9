"""How many threads a training may use, so that several side by side do not get in each other's way."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from zoo.errors import ZooError

__all__ = ["limited_threads"]

# OpenMP and the BLAS libraries read these when they are loaded, XLA (JAX) reads NPROC.
VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NPROC")


@contextlib.contextmanager
def limited_threads(threads: int | None) -> Iterator[None]:
    """Give Keras's backend, OpenCV and BLAS so many threads; None leaves all as it is.

    TensorFlow takes its number once per process; a process that it runs in already keeps what it has.
    """
    if threads is None:
        yield
        return
    for name in VARIABLES:
        os.environ[name] = str(threads)
    import cv2
    import keras
    from threadpoolctl import threadpool_limits

    if keras.backend.backend() == "tensorflow":
        from zoo.runtimes.tensorflow import set_tensorflow_threads

        with contextlib.suppress(ZooError):
            set_tensorflow_threads(threads)
    cv2.setNumThreads(threads)
    with threadpool_limits(threads):
        yield
