"""The documentation is complete, and every block of code in it works as it stands there."""

from __future__ import annotations

import ast
import doctest
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import REPOSITORY, environment, layered_environment

import zoo
from zoo import hookspecs
from zoo.cli.main import build_cli
from zoo.plugins import load_plugins

DOCS = REPOSITORY / "docs"
PAGES = sorted(path.name for path in DOCS.glob("*.md"))
KINDS = {"bash", "python", "text"}  # text is for people; the others are run
# Read, and its commands parsed, but not run here.
NOT_RUN = {
    "runs.md": "trains every model, on a cluster",
    "demo.md": "serves until it is told to end; tests/demo runs its Python",
}
PUBLIC = ("zoo", "zoo.testing", "zoo.canvas", "zoo.errors", "zoo.hookspecs")


def blocks(page: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page: language and content."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_every_block_says_what_it_is(page: str) -> None:
    assert {kind for kind, _ in blocks(page)} <= KINDS


def test_every_hook_is_documented() -> None:
    hooks = [name for name in hookspecs.__all__ if name.startswith("zoo_")]
    assert len(hooks) == 8
    how_to = (DOCS / "plugins.md").read_text(encoding="utf-8")
    reference = (DOCS / "reference" / "hooks.md").read_text(encoding="utf-8")
    for hook in hooks:
        assert f"| `{hook}` |" in how_to
        assert f"## {hook}\n" in reference


def test_every_public_name_is_in_the_reference() -> None:
    reference = (DOCS / "reference" / "api.md").read_text(encoding="utf-8")
    for name in zoo.__all__:
        if name not in ("__version__", "hookimpl"):
            assert f"\n## {name}\n" in reference


def test_the_check_of_docstrings_finds_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "faulty_docs.py").write_text(
        'def silent(size):\n    return size\n\n\ndef short(size):\n    """Tell the size."""\n    return size\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.syspath_prepend(str(DOCS))
    problems = importlib.import_module("validate").problems
    assert problems("faulty_docs.silent") == ["it has no docstring"]
    assert problems("faulty_docs.short") == ["Parameters {'size'} not documented", "No Returns section found"]
    assert problems("zoo.runtimes.open.load") == []


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page not in NOT_RUN and any(kind != "text" for kind, _ in blocks(page))]
)
def test_every_block_of_code_runs(page: str, tmp_path: Path) -> None:
    """In order, in one place and one environment, as a reader would; a block that names a file is written to it."""
    shutil.copytree(REPOSITORY / "plugins" / "zoo-hello", tmp_path / "zoo-hello")
    venv = layered_environment(tmp_path / "venv")
    variables = environment(
        PATH=f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
        ZOO_HOME=str(tmp_path / "home"),
        PYTHONDONTWRITEBYTECODE="1",
    )
    for name in ("packs", "results"):  # what a plugin's module has beside it, in the examples
        (tmp_path / name).mkdir()
    for kind, text in blocks(page):
        file = re.match(r"# (\S+\.py)\n", text)
        if kind == "text":
            continue
        if kind == "python" and file:
            (tmp_path / file[1]).write_text(text, encoding="utf-8")
            continue
        if kind == "bash":
            command = ["bash", "-euxo", "pipefail", "-c", text]
        else:
            (tmp_path / "block.py").write_text(text, encoding="utf-8")
            command = [str(venv / "bin" / "python"), "block.py"]
        result = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=600)
        assert result.returncode == 0, f"{text}\n{result.stdout}\n{result.stderr}"


@pytest.mark.parametrize("page", NOT_RUN)
def test_what_is_not_run_is_at_least_right_in_form(page: str) -> None:
    cli = build_cli(load_plugins())
    for kind, text in blocks(page):
        if kind == "python":
            ast.parse(text)
        for line in text.splitlines() if kind == "bash" else []:
            words = shlex.split(line, comments=True)
            assert words[0] == "zoo"
            cli.commands[words[1]].make_context(words[1], words[2:])


@pytest.mark.slow
@pytest.mark.parametrize("hook", [name for name in hookspecs.__all__ if name.startswith("zoo_")])
def test_every_example_of_a_hook_is_a_plugin_that_loads(hook: str, tmp_path: Path) -> None:
    """The modules that the how-to shows are healthy plugins, and register something."""
    from helpers import make_distribution

    examples = [text for kind, text in blocks("plugins.md") if kind == "python" and f"def {hook}(" in text]
    templates = [
        path.read_text(encoding="utf-8").replace("$api_version", "1").replace("$name", "made")
        for path in (REPOSITORY / "zoo" / "scaffolding" / "templates").rglob("MODULE.py.tmpl")
        if f"def {hook}(" in path.read_text(encoding="utf-8")
    ]
    assert examples or templates
    for number, source in enumerate([*examples, *templates]):
        site = tmp_path / str(number)
        for folder in ("packs", "results"):
            (site / folder).mkdir(parents=True)
        make_distribution(site, "zoo-example", source)
        result = subprocess.run(
            [sys.executable, "-c", "from zoo.cli import main; main()", "--strict-plugins", "plugins"],
            env=environment(PYTHONPATH=str(site)),
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stderr
        (row,) = [row for row in result.stdout.splitlines() if row.startswith("zoo-example:main")]
        assert hook.removeprefix("zoo_register_") in row
        assert not row.endswith("nothing")


@pytest.mark.slow
@pytest.mark.parametrize("module", PUBLIC)
def test_every_example_in_a_docstring_gives_what_it_says(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    home = importlib.import_module(module)
    for name in home.__all__:
        value = getattr(home, name)
        if not callable(value):
            continue
        for test in finder.find(value, name, module=False, globs={"zoo": zoo, name: value}):
            output: list[str] = []
            assert runner.run(test, out=output.append).failed == 0, "".join(output)
