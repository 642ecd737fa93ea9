"""Under which conditions figures were measured: the machine, the versions, how busy it was."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

from zoo.doctor import cpu_name
from zoo.errors import MissingExtraError
from zoo_benchmarks.measure.memory import bare_interpreter_bytes

__all__ = ["commit", "cpu", "describe_machine", "versions"]

NEEDED = ("psutil", "rich", "matplotlib")  # of the extra
PACKAGES = ("digit-zoo", "numpy", "ai-edge-litert", "onnxruntime", "keras", "tensorflow", "openvino")


def cpu() -> str:
    """The processor's name and its number of logical cores."""
    return f"{cpu_name()}, {os.cpu_count()} cores"


def versions() -> dict[str, str]:
    """Python, and each package that takes part and is installed."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """The commit of the checkout that runs, with ``-dirty`` where tracked files differ from it, results apart.

    Empty for an installed distribution, also where its environment lies within a checkout of something else.
    """
    if _git("ls-files", "--error-unmatch", Path(__file__).name) is None:
        return ""
    found = _git("rev-parse", "--short=12", "HEAD") or ""
    clean = _git("diff", "--quiet", "HEAD", "--", ":/", ":(exclude)results") is not None
    return found if clean else f"{found}-dirty"


def _git(*arguments: str) -> str | None:
    """What git says about the folder of this file; None where it fails or is not installed."""
    try:
        result = subprocess.run(["git", *arguments], cwd=Path(__file__).parent, capture_output=True, text=True)
    except OSError:
        return None
    return result.stdout.strip() if result.returncode == 0 else None


def describe_machine() -> dict[str, Any]:
    """What the figures depend on besides the cells: ``cpu``, ``versions``, ``memory_bytes``, ``cpu_mhz``, ...

    ``other_load`` is the share of all cores that something else uses before anything is measured, ``preprocessing_ms``
    that of one picture.

    Raises `MissingExtraError` when a package of the extra ``[benchmark]`` is not installed: before anything is
    measured, not when it is drawn.
    """
    for package in NEEDED:
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(package, "benchmark", "Measuring")
    import psutil

    frequency = psutil.cpu_freq()
    return {
        "cpu": cpu(),
        "versions": versions(),
        "memory_bytes": psutil.virtual_memory().total,
        "cpu_mhz": round(frequency.current) if frequency else None,
        "other_load": psutil.cpu_percent(interval=0.5) / 100,
        "bare_interpreter_bytes": bare_interpreter_bytes(),
        "preprocessing_ms": _preprocessing_ms(),
    }


def _preprocessing_ms() -> float:
    """Median milliseconds from a picture, decoded, to the image that a model takes; in no other figure."""
    from PIL import Image, ImageDraw

    from zoo.canvas import from_image

    picture = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(picture).line([(60, 40), (140, 40), (90, 170)], fill=0, width=16)
    times = []
    for _ in range(30):
        start = time.perf_counter()
        from_image(picture)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[10:])
