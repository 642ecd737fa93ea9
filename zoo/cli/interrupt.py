"""Ctrl-C that ends the command, also while a library is being imported that does not expect it."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from types import FrameType

__all__ = ["ctrl_c_is_an_interrupt"]

PATIENCE = 2.0  # seconds


@contextlib.contextmanager
def ctrl_c_is_an_interrupt() -> Iterator[None]:
    """Let Ctrl-C leave the block as `KeyboardInterrupt`, whatever the code that was interrupted makes of it.

    A compiled module whose initialisation is interrupted fails with an `ImportError`, which would be told as a package
    that is not installed; a finaliser, or ``except:`` without a class, drops the interrupt. What raised another error
    is overruled, and what dropped it is interrupted again.
    """
    pressed = False

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        if hasattr(signal, "setitimer"):  # not on Windows
            signal.setitimer(signal.ITIMER_REAL, PATIENCE, PATIENCE)
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # it is ignored, as under nohup
        return
    signal.signal(signal.SIGINT, press)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, _insist)
    try:
        yield
    except Exception as error:
        if pressed:
            raise KeyboardInterrupt from error
        raise
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _insist(number: int, frame: FrameType | None) -> None:
    """Interrupt again, unless the first interrupt is on its way and something tidies up behind it."""
    error = sys.exception()
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return
        error = error.__context__
    raise KeyboardInterrupt
