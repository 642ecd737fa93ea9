"""What the commands ``python -m zoo_benchmarks...`` have in common."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from zoo.errors import ZooError

__all__ = ["plain_errors"]


@contextlib.contextmanager
def plain_errors() -> Iterator[None]:
    """End the process with an error's text where a traceback would help nobody: a wrong name, a full disk."""
    try:
        yield
    except (ZooError, OSError) as error:
        sys.exit(f"Error: {error}")
