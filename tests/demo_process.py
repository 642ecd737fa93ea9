"""The demo as a process of its own, and as the documentation has it."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from helpers import REPOSITORY, started_zoo, wait_for

PATIENCE_S = 120  # for an answer over HTTP: a busy machine stalls now and then


@contextlib.contextmanager
def served_demo(log: Path, *options: str, **changes: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start ``zoo demo`` on a free port, with changes to its environment; gives its address and the process."""
    with started_zoo(log, "demo", "--port", "0", *options, **changes) as process:
        wait_for(lambda: "http://" in log.read_text(), process)
        yield "http://" + log.read_text().partition("http://")[2].split()[0], process


def documented(word: str, *change: str) -> dict[str, Any]:
    """What the block of docs/demo.md that holds a word leaves behind."""
    page = (REPOSITORY / "docs" / "demo.md").read_text(encoding="utf-8")
    block = next(each for each in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if word in each)
    names: dict[str, Any] = {}
    exec(block.replace(*change) if change else block, names)
    return names
