"""``zoo new-plugin``: from the command to green tests, whole or not at all."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers import REPOSITORY, assert_one_message, environment, layered_environment, run_zoo, tree

from zoo.errors import PluginError
from zoo.scaffolding.create import TEMPLATE_KINDS, create_plugin

MINUTES = 2  # from the command to green


def run_in(venv: Path, cwd: Path, *command: str) -> str:
    """Run a command of a virtual environment; its output, once it succeeded."""
    variables = environment(PATH=f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}")
    result = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, timeout=280)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.parametrize("kind", TEMPLATE_KINDS)
def test_a_new_plugin_is_a_complete_distribution(kind: str, tmp_path: Path) -> None:
    result = run_zoo("new-plugin", "tiny_thing", "--kind", kind, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "pip install -e" in result.stdout
    assert [path.name for path in tmp_path.iterdir() if path.name != "zoo-home"] == ["zoo-tiny-thing"]
    files = tree(tmp_path / "zoo-tiny-thing")
    assert set(files) == {
        "LICENSE", "README.md", "pyproject.toml", "setup.cfg", "tests/test_zoo_tiny_thing.py", "zoo_tiny_thing.py",
    }  # fmt: skip
    text = b"".join(files.values()).decode()
    assert "$" not in text
    assert b"tiny_thing = zoo_tiny_thing" in files["setup.cfg"]
    module = ast.parse(files["zoo_tiny_thing.py"])
    assert ast.get_docstring(module)
    assert "ZOO_API_VERSION = 1" in files["zoo_tiny_thing.py"].decode()
    assert "parametrize_with_checks" in files["tests/test_zoo_tiny_thing.py"].decode()
    lint = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--config", REPOSITORY / "pyproject.toml", "zoo-tiny-thing"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert lint.returncode == 0, lint.stdout


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("kind", TEMPLATE_KINDS)
def test_from_the_command_to_green(kind: str, tmp_path: Path) -> None:
    venv = layered_environment(tmp_path / "venv")
    start = time.monotonic()
    run_in(venv, tmp_path, "zoo", "new-plugin", "tiny_thing", "--kind", kind)
    run_in(venv, tmp_path, "pip", "install", "--quiet", "-e", "zoo-tiny-thing[test]")
    report = run_in(venv, tmp_path / "zoo-tiny-thing", "pytest", "-p", "no:cacheprovider")
    seconds = time.monotonic() - start
    print(f"new-plugin --kind {kind}: green after {seconds:.1f} s")
    assert " passed" in report
    assert "skipped" not in report
    assert seconds <= MINUTES * 60
    typed = run_in(venv, tmp_path / "zoo-tiny-thing", sys.executable, "-m", "mypy", "--strict",
                   "--config-file", str(REPOSITORY / "pyproject.toml"), "zoo_tiny_thing.py")  # fmt: skip
    assert "no issues" in typed


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("Tiny-Net", ["'Tiny-Net' is not allowed", "Did you mean 'tiny_net'?"]),
        ("zoo-tiny", ["Did you mean 'tiny'?"]),
        ("zoo_tiny", ["not with zoo_", "Did you mean 'tiny'?"]),
        ("2fast", ["starting with a letter", "Did you mean 'fast'?"]),
        ("a__b", ["single underscores"]),
        ("../evil", ["is not allowed"]),
        ("", ["is not allowed"]),
        ("x" * 41, ["at most 40"]),
        ("lenet5", ["There is architecture 'lenet5' already"]),
        ("demo", ["There is a module 'zoo_demo' already"]),
    ],
)
def test_a_name_that_will_not_do(name: str, texts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PluginError) as told:
        create_plugin(name)
    for text in texts:
        assert text in str(told.value)
    assert tree(tmp_path) == {}


def test_the_command_tells_what_will_not_do(tmp_path: Path) -> None:
    assert_one_message(
        run_zoo("new-plugin", "../evil", cwd=tmp_path), "'../evil' is not allowed", "Did you mean 'evil'?"
    )
    assert tree(tmp_path) == {}


def test_a_kind_that_does_not_exist(tmp_path: Path) -> None:
    taken = run_zoo("new-plugin", "litert", "--kind", "exporter", cwd=tmp_path)  # it would bring a runtime of that name
    assert_one_message(taken, "There is runtime 'litert' already")
    result = run_zoo("new-plugin", "tiny", "--kind", "architectures", cwd=tmp_path)
    assert_one_message(result, "Unknown kind of plugin 'architectures'. Did you mean 'architecture'?")


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "file").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for output in ("taken", "file"):
        result = run_zoo("new-plugin", "tiny", "--output", output, cwd=tmp_path)
        assert_one_message(result, "holds something already")
    assert (tmp_path / "taken" / "file").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    assert run_zoo("new-plugin", "tiny", "--output", ".", cwd=tmp_path / "empty").returncode == 0
    assert (tmp_path / "empty" / "zoo_tiny.py").is_file()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    result = run_zoo("new-plugin", "tiny", "--output", "/proc/tiny", cwd=tmp_path)
    assert_one_message(result, "cannot be written to '/proc/tiny'")
