"""The ``zoo`` command: one small file per group of verbs."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
import threading

__all__ = ["main"]

START_UP_OBJECTS = 50_000  # a command makes about this many before it begins, and keeps them all


def main() -> None:
    """Run the command line, from the first import to the end of the process."""
    gc.set_threshold(START_UP_OBJECTS)  # looking for garbage among them takes a tenth of a cold prediction's time
    try:
        from zoo.cli.main import main as run

        code = run()
    except KeyboardInterrupt:  # while the command was still being imported
        sys.stderr.write("Interrupted.\n")
        code = 1
    _leave(code)


def _leave(code: int) -> None:
    """End the process once every exit handler has run and everything is flushed.

    Python would then take every module and every native library apart, which lasts a third as long as a cold
    prediction, for memory that the system takes back anyway.
    """
    threading._shutdown()  # type: ignore[attr-defined]  # as Python does first: pools end their workers here
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # nobody reads it, or it is closed
            stream.flush()
    os._exit(code)
