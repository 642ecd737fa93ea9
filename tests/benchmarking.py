"""What the tests of benchmarks share: runs in a folder, changed as another machine would, and studies as commands."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers import REPOSITORY, environment

LIGHT = ("--runtime", "litert", "--runtime", "onnxruntime", "--precision", "fp32", "--quick", "--rounds", "2")


def table(folder: Path) -> list[dict[str, str]]:
    """The rows of a run's ``results.csv``."""
    with (folder / "results.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def cells(folder: Path) -> dict[str, Any]:
    """What the run wrote about each cell at fp32, by runtime."""
    found = (json.loads(path.read_text()) for path in sorted((folder / "cells").glob("*.json")))
    return {cell["runtime"]: cell for cell in found if cell["precision"] == "fp32"}


def steady(path: Path, factor: float = 1.0) -> None:
    """Give both rounds of a cell nearly the same latency, so that two rounds are enough to tell a change."""
    cell = json.loads(path.read_text())
    latency = cell["rounds"][0]["single"]["p50_ms"] * factor
    for number, found in enumerate(cell["rounds"]):
        found["single"]["p50_ms"] = latency * (1 + number / 1000)
    path.write_text(json.dumps(cell))


def changed(measured: Path, tmp_path: Path, factors: Mapping[str, float]) -> Path:
    """A copy of a run in which some runtimes take longer, or shorter."""
    copy = Path(shutil.copytree(measured, tmp_path / "new"))
    for runtime, factor in factors.items():
        (path,) = (copy / "cells").glob(f"*-{runtime}-*-fp32-1.json")
        steady(path, factor)
    return copy


def run_study(name: str, *arguments: str | Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m studies.NAME`` as its help says: in the folder ``benchmarks``."""
    return subprocess.run(
        [sys.executable, "-m", f"studies.{name}", *map(str, arguments)],
        cwd=REPOSITORY / "benchmarks",
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=1700,
    )
