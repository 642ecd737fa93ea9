"""README.md is short, and every command in it works as it stands there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import REPOSITORY, environment, layered_environment

TEXT = (REPOSITORY / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, flags=re.DOTALL)
# `make` is called by .ci/run, which runs this test, and by tests/test_make.py.
SHELL = [text for kind, text in BLOCKS if kind == "bash" and not text.startswith("make")]
DOCS = Path("docs") / "images" / "digits"


def test_readme_is_short_and_holds_no_program() -> None:
    assert len(TEXT.splitlines()) <= 150
    assert {kind for kind, _ in BLOCKS} == {"bash", "text"}
    assert "[[[cog" not in TEXT


def test_the_first_command_prints_what_stands_below_it() -> None:
    (promised,) = (text for kind, text in BLOCKS if kind == "text")
    command = SHELL[0].replace("*", "{seven,three,zero}")
    result = subprocess.run(
        ["bash", "-c", command],
        cwd=REPOSITORY,
        env=environment(PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr

    def without_times(text: str) -> str:
        return re.sub(r" +\d+\.\d+$", "", text, flags=re.MULTILINE)

    assert without_times(result.stdout) == without_times(promised)


@pytest.mark.slow
@pytest.mark.parametrize("commands", SHELL, ids=lambda text: text.splitlines()[0])
def test_commands(commands: str, tmp_path: Path) -> None:
    """In a folder of its own, so that nothing is installed or written into the repository."""
    shutil.copytree(REPOSITORY / DOCS, tmp_path / DOCS)
    tools = layered_environment(tmp_path / "venv") / "bin"
    result = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", commands],
        cwd=tmp_path,
        env=environment(PATH=f"{tools}{os.pathsep}{os.environ['PATH']}", ZOO_HOME=str(tmp_path / "home")),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
