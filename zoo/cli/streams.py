"""What reaches the terminal: our own lines, not the chatter of native libraries, here and in worker processes."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator

import click

__all__ = ["audible_children", "quiet_worker", "show_warning", "silence_native_code"]


def silence_native_code() -> None:
    """Keep Python's standard error, and send descriptor 2, where TensorFlow's C++ chatters, to nowhere."""
    try:
        sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding=sys.stderr.encoding, errors="backslashreplace")
    except OSError:
        return  # started without a standard error: nothing to silence
    _silence_descriptor()


def _silence_descriptor() -> None:
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 2)
    os.close(silent)


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
