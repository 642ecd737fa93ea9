"""The documentation is complete, and every block of code in it works as it stands there."""

from __future__ import annotations

import ast
import configparser
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
MARKDOWN = sorted(
    REPOSITORY / name
    for name in subprocess.run(
        ["git", "ls-files", "*.md"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    if "/packs/" not in name
)
FAULTY = '''"""A module."""

from dataclasses import dataclass

__all__ = ["Result", "Thing", "short", "silent"]


def silent(size):
    return size


def short(size):
    """Tell the size."""
    return size


@dataclass
class Result:
    """What was found.

    Attributes
    ----------
    size : int
        How large it is.
    """

    size: int


@dataclass
class Thing:
    """A thing.

    Parameters
    ----------
    size : int
        How large it is.
    """

    size: int

    def grow(self):
        return self
'''
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
    for hook in hooks:
        assert f"| `{hook}` |" in how_to


def test_every_public_name_is_in_the_reference() -> None:
    pages = {page.stem: page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md")}
    for module in PUBLIC:  # Sphinx describes all that it exports, and fails where it cannot
        assert sum(f".. automodule:: {module}\n" in page for page in pages.values()) == 1
    sorted_in = re.findall(r"^   (?:~zoo\.)?(\w+)$", pages["api"] + pages["contract"], re.MULTILINE)
    assert sorted(sorted_in) == sorted({*zoo.__all__} - {"__version__", "hookimpl", "ZooError"})


def test_every_part_of_the_contract_is_in_the_reference() -> None:
    page = (DOCS / "reference" / "contract.md").read_text(encoding="utf-8")
    parts = {path.stem for path in (REPOSITORY / "zoo" / "contract").glob("[!_]*.py")}
    assert set(re.findall(r"automodule:: zoo\.contract\.(\w+)", page)) == parts


def test_every_study_is_named() -> None:
    page = (DOCS / "figures.md").read_text(encoding="utf-8")
    for path in (REPOSITORY / "benchmarks" / "studies").glob("[!_]*.py"):
        if "__main__" in path.read_text(encoding="utf-8"):
            assert f"`{path.stem}`" in page, f"docs/figures.md does not name python -m studies.{path.stem}"


def test_generated_parts_are_up_to_date() -> None:
    result = subprocess.run(
        [sys.executable, "docs/tables.py", "--check"], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_house_names_every_room() -> None:
    setup = configparser.ConfigParser()
    setup.read(REPOSITORY / "setup.cfg", encoding="utf-8")
    rooms = re.findall(r"\w+", setup["importlinter:contract:rooms"]["layers"])
    page = (DOCS / "house.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)(?:/|\.py)` \|", page, re.MULTILINE) == rooms
    assert set(rooms) <= set(re.findall(r">(\w+)</text>", (DOCS / "images" / "house.svg").read_text(encoding="utf-8")))


def test_all_say_which_version_this_is() -> None:
    setup = configparser.ConfigParser()
    setup.read(REPOSITORY / "setup.cfg", encoding="utf-8")
    cited = (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")
    told = re.search(r"^## (\S+) - (\S+)$", (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert told
    version, date = told.groups()
    assert version == setup["metadata"]["version"]
    assert f"version: {version}\ndate-released: {date}\n" in cited


def anchors(page: Path) -> set[str]:
    """What a link to a heading of a page may be, as GitHub and the site make it."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = target.partition("#")
        if re.match(r"\w+:", target):
            continue
        found = page.parent / file if file else page
        assert found.exists(), f"{target} leads nowhere"
        assert not anchor or anchor in anchors(found), f"{file} has no heading {anchor!r}"


@pytest.mark.parametrize("page", ["docs/house.md", "docs/walks.md", "CONTRIBUTING.md"])
def test_every_place_that_is_named_exists(page: str) -> None:
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    places = re.findall(r"`((?:zoo|plugins|exporters|benchmarks|demo|tests|docs|\.ci|\.github)/[\w./-]*)`", text)
    assert places
    assert [place for place in places if not (REPOSITORY / place).exists()] == []


def test_the_site_is_not_built_with_faulty_docstrings(tmp_path: Path) -> None:
    """numpydoc's validation, as docs/conf.py sets it, finds what is missing, and nothing else."""
    (tmp_path / "faulty.py").write_text(FAULTY, encoding="utf-8")
    (tmp_path / "_toc.yml").write_text("root: index\n", encoding="utf-8")
    directive = "```{eval-rst}\n.. automodule:: faulty\n```\n"
    (tmp_path / "index.md").write_text(f"# Faulty\n\n{directive}", encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", str(DOCS), "-b", "dummy", ".", "out"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([".", os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 1
    assert re.findall(r"docstring for '(\S+)':", result.stderr) == [
        "faulty.short",
        "faulty.silent",
        "faulty.Thing.grow",
    ]
    for fault in ("Parameters {'size'} not documented", "No Returns section found", "does not have a docstring"):
        assert fault in result.stderr


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page not in NOT_RUN and any(kind != "text" for kind, _ in blocks(page))]
)
def test_every_block_of_code_runs(page: str, tmp_path: Path) -> None:
    """In order, in one place and one environment, as a reader would; a block that names a file is written to it."""
    shutil.copytree(REPOSITORY / "plugins" / "zoo-hello", tmp_path / "zoo-hello")
    shutil.copytree(DOCS / "images" / "digits", tmp_path / "docs" / "images" / "digits")
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
