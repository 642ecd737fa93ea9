"""Every command and every program in README.md works as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import layered_environment

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(r"```(bash|python)\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
# `make` is called by .ci/run, which runs this test, and by tests/test_make.py.
SHELL = [text for kind, text in BLOCKS if kind == "bash" and not text.startswith("make")]
PROGRAMS = [text for kind, text in BLOCKS if kind == "python" and "zoo.hookimpl" not in text]


def environment(home: Path) -> dict[str, str]:
    """The interpreter's own commands first, and a home for packs that is thrown away."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "ZOO_HOME": str(home / "home")}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the commands touch, so that nothing is installed or written into the repository."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copytree(ROOT / "plugins" / "zoo-hello", tmp_path / "plugins" / "zoo-hello")
    return tmp_path


def test_readme_has_examples_for_all_three_users() -> None:
    assert len(SHELL) == 3
    assert len(PROGRAMS) == 1


@pytest.mark.slow
@pytest.mark.mnist
@pytest.mark.parametrize("commands", SHELL, ids=lambda text: text.splitlines()[0])
def test_commands(commands: str, checkout: Path) -> None:
    tools = layered_environment(checkout / "venv") / "bin"
    variables = {**environment(checkout), "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    result = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", commands], cwd=checkout, env=variables, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_program(program: str, checkout: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=checkout, env=environment(checkout), capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "7"
