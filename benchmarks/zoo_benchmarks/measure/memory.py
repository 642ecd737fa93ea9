"""The most memory that a process has had."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

__all__ = ["bare_interpreter_bytes", "peak_bytes", "peak_of"]


def peak_bytes() -> int:
    """The peak of this process's resident memory.

    Where there is /proc, it is read from there: ``ru_maxrss`` begins with the parent's peak there.
    """
    found = peak_of("self")
    if found is not None:
        return found
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def peak_of(process: int | str) -> int | None:
    """The peak of a process's resident memory as Linux has it; None elsewhere, and of one that is gone."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return None
    found = re.search(r"VmHWM:\s*(\d+) kB", text)
    return int(found[1]) * 1024 if found else None


def bare_interpreter_bytes() -> int:
    """The peak of a Python that imports nothing but this module."""
    code = f"import sys; sys.path[:0] = [{str(Path(__file__).parent)!r}]; import memory; print(memory.peak_bytes())"
    return int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
