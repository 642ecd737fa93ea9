"""Ctrl-C, also while a library is being imported that makes an error of its own out of it."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

__all__ = ["ctrl_c_is_an_interrupt"]


@contextlib.contextmanager
def ctrl_c_is_an_interrupt() -> Iterator[None]:
    """Raise `KeyboardInterrupt` for whatever error comes after Ctrl-C.

    A compiled module whose initialisation is interrupted fails with an `ImportError`, which would then be told as a
    package that is not installed.
    """
    pressed = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.default_int_handler(number, frame)

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # it is ignored, as under nohup
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield
    except Exception as error:
        if pressed:
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
