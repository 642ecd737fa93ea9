"""The demo as a process of its own."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from helpers import started_zoo, wait_for


@contextlib.contextmanager
def served_demo(log: Path, *options: str, **changes: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start ``zoo demo`` on a free port, with changes to its environment; gives its address and the process."""
    with started_zoo(log, "demo", "--port", "0", *options, **changes) as process:
        wait_for(lambda: "http://" in log.read_text(), process)
        yield "http://" + log.read_text().partition("http://")[2].split()[0], process
