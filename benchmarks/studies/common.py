"""What the commands ``python -m studies...`` have in common."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import zoo_benchmarks
from zoo.errors import ZooError

__all__ = ["RESULTS", "plain_errors", "positive"]

RESULTS = Path(zoo_benchmarks.__file__).parent / "results"
"""The committed tables and plots."""


@contextlib.contextmanager
def plain_errors() -> Iterator[None]:
    """End the process with an error's text where a traceback would help nobody: a wrong name, a full disk."""
    try:
        yield
    except (ZooError, OSError) as error:
        sys.exit(f"Error: {error}")
    except KeyboardInterrupt:
        sys.exit("Interrupted.")


def positive(text: str) -> int:
    """A number of things to be done, as the ``type`` of an argument: at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; give a whole number of at least 1")
    return int(text)
