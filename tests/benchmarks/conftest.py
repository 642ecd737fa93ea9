"""A run that many tests look at."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarking import LIGHT, steady
from helpers import run_zoo


@pytest.fixture(scope="session")
def measured(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one model on two runtimes. Not to be changed."""
    run = tmp_path_factory.mktemp("measured") / "run"
    result = run_zoo("benchmark", exported, *LIGHT, "--scenario", "single", "--scenario", "offline", "--output", run)
    assert result.returncode == 0, result.stderr
    for path in (run / "cells").glob("*.json"):
        steady(path)
    return run
