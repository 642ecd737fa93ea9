"""The process of a command: Ctrl-C that ends it cleanly, whatever library is at work, and what it says on the way."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from types import FrameType
from typing import Any

import click

__all__ = ["audible_children", "ctrl_c_is_an_interrupt", "quiet_worker", "show_warning", "silence_native_code"]

TIMER = hasattr(signal, "setitimer")  # not on Windows, where an interrupt is not repeated
LONGEST_WAIT = 10.0  # seconds that an import, or a call of TensorFlow, gets to finish
AGAIN = 0.1  # seconds after which an import is looked at again
DROPPED = 2.0  # seconds after which an interrupt that ended nothing is repeated


@contextlib.contextmanager
def ctrl_c_is_an_interrupt() -> Iterator[None]:
    """Let Ctrl-C leave the block as `KeyboardInterrupt`, whatever the code that was interrupted makes of it.

    TensorFlow, interrupted while it is imported, may fail with an `ImportError`, or abort the process; so an import is
    waited for. Its native code calls Python and does not look whether that failed: an interrupt in ``__len__`` of a
    shape gives it a length of -1, and it writes where it must not. So a call of TensorFlow is waited for, too; neither
    for longer than `LONGEST_WAIT`. A finaliser, or native code that had called Python, drops the interrupt; so it is
    repeated, and what Python has to say of the loss is not passed on.
    """
    pressed: float | None = None

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = pressed or time.monotonic()
        patient = time.monotonic() - pressed < LONGEST_WAIT
        if TIMER:
            importing = patient and _importing(frame)
            signal.setitimer(signal.ITIMER_REAL, AGAIN if importing else DROPPED)
            if importing or (number != signal.SIGINT and _being_handled()):
                return
        call = _tensorflow_call(frame) if patient else None
        if call is None:
            raise KeyboardInterrupt
        _interrupt_at_return(call)

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # it is ignored, as under nohup
        return
    tell_unraisable, tell_uncaught, traced = sys.unraisablehook, sys.excepthook, sys.gettrace()
    sys.unraisablehook = lambda dropped: None if pressed else tell_unraisable(dropped)
    sys.excepthook = lambda *error: None if pressed else tell_uncaught(*error)
    signal.signal(signal.SIGINT, press)
    if TIMER:
        before = signal.signal(signal.SIGALRM, press)
    try:
        yield
    except Exception as error:
        if pressed:
            raise KeyboardInterrupt from error
        raise
    finally:
        if TIMER:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.unraisablehook, sys.excepthook = tell_unraisable, tell_uncaught
        sys.settrace(traced)


def silence_native_code() -> None:
    """Keep Python's standard error, and send descriptor 2, where TensorFlow's C++ chatters, to nowhere."""
    try:
        sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace")
    except OSError:
        return  # started without a standard error: nothing to silence
    _silence_descriptor()


@contextlib.contextmanager
def audible_children() -> Iterator[None]:
    """Let processes that are started in the block write to our standard error: they inherit descriptor 2."""
    if sys.stderr.fileno() == 2:
        yield
        return
    silent = os.dup(2)
    os.dup2(sys.stderr.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(silent, 2)
        os.close(silent)


def quiet_worker() -> None:
    """Make a worker process as quiet as the command that started it, and TensorFlow's Python as quiet as its C++.

    A run that follows another in one process traces its network anew, which TensorFlow takes for a mistake in a loop.
    """
    import logging

    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    if sys.stderr.fileno() == 2:
        silence_native_code()
        warnings.showwarning = show_warning
    else:  # the command itself trains; `audible_children` was for children that are not there
        _silence_descriptor()


def show_warning(message: Warning | str, category: type[Warning], *args: object, **kwargs: object) -> None:
    """Our own warnings as one line; those of libraries are not the user's business."""
    if category is UserWarning:
        click.echo(f"Warning: {message}", err=True)


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    """The calls at work, the innermost first."""
    while frame is not None:
        yield frame
        frame = frame.f_back


def _importing(frame: FrameType | None) -> bool:
    return any(one.f_code.co_filename == "<frozen importlib._bootstrap>" for one in _frames(frame))


def _tensorflow_call(frame: FrameType | None) -> FrameType | None:
    """The call of TensorFlow that is at work, maybe in the standard library, and not in what it has called itself."""
    call = None
    for one in _frames(frame):
        package = str(one.f_globals.get("__name__")).partition(".")[0]
        if package == "tensorflow":
            call = one
        elif package not in sys.stdlib_module_names:
            break
    return call


def _interrupt_at_return(call: FrameType) -> None:
    """Let a call that is at work raise the interrupt instead of returning, by tracing it as a debugger does."""

    def trace(frame: FrameType, event: str, value: object) -> Any:
        if event == "return":
            raise KeyboardInterrupt
        return trace

    call.f_trace = trace
    sys.settrace(lambda *event: None)  # without it, no frame is traced


def _being_handled() -> bool:
    """Whether an interrupt is on its way already, and something tidies up behind it."""
    error = sys.exception()
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False


def _silence_descriptor() -> None:
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 2)
    os.close(silent)
