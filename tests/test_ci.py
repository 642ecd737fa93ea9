"""What CI relies on: a test that could not run is a failure there, not a gap that nobody sees."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from helpers import REPOSITORY, environment


@pytest.mark.parametrize(("ci", "code", "text"), [("true", 1, "1 error"), ("", 0, "1 skipped")])
def test_without_mnist_its_tests_fail_in_ci_and_are_skipped_elsewhere(
    tmp_path: Path, ci: str, code: int, text: str
) -> None:
    test = "tests/datasets/test_mnist.py::test_the_split"
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", test],
        cwd=REPOSITORY,
        env=environment(CI=ci, ZOO_DATA_DIR=str(tmp_path), KERAS_HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == code, result.stdout
    assert text in result.stdout
    assert "MNIST is absent; set ZOO_DATA_DIR" in result.stdout
