"""What CI relies on: a test that could not run is a failure there, not a gap that nobody sees."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import REPOSITORY, environment
from pre_commit.clientlib import load_config


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


def test_the_workflow_takes_steps_that_there_are_and_leaves_none_out() -> None:
    script = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    (everything,) = re.findall(r"then set -- (.*); fi", script)
    for step in everything.split():
        assert f"\n{step}() {{" in script
    workflow = (REPOSITORY / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    called = [*re.findall(r"bash \.ci/run ([a-z ]+)", workflow), *re.findall(r"step: \[(.*)\]", workflow)]
    assert sorted(re.findall(r"\w+", " ".join(called))) == sorted(everything.split())


@pytest.mark.parametrize(
    ("message", "good"),
    [
        ("Add one table of plugin kinds\n\nA body, as long as it likes to be, " + "word " * 40, True),
        ("Merge branch 'docs'\n", True),
        ("Add " + "x" * 68, True),
        ("Add " + "x" * 69, False),
        ("Added a table\n", False),
        ("A table of plugin kinds\n", False),
        ("add a table\n", False),
        ("Address a table\n", False),
        ("\nAdd a table\n", False),
    ],
)
def test_a_subject_begins_with_a_verb_and_is_short(tmp_path: Path, message: str, good: bool) -> None:
    hooks = load_config(str(REPOSITORY / ".pre-commit-config.yaml"))["repos"][0]["hooks"]
    (hook,) = (hook for hook in hooks if hook["id"] == "subject")
    assert (hook["language"], hook["stages"]) == ("pygrep", ["commit-msg"])
    (tmp_path / "message").write_text(message, encoding="utf-8")
    command = [sys.executable, "-m", "pre_commit.languages.pygrep", *hook["args"], hook["entry"], "message"]
    assert (subprocess.run(command, cwd=tmp_path, stdout=subprocess.DEVNULL).returncode == 0) == good


def test_links_become_absolute_for_a_package_index(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name in ("README.md", "docs/absolute_links.py"):
        (tmp_path / name).write_text((REPOSITORY / name).read_text(encoding="utf-8"), encoding="utf-8")
    subprocess.run(
        [sys.executable, "docs/absolute_links.py", "https://host.example/zoo", "v1"], cwd=tmp_path, check=True
    )
    links = re.findall(r"\]\(([^)]+)\)", (tmp_path / "README.md").read_text(encoding="utf-8"))
    assert "https://host.example/zoo/blob/v1/docs/index.md" in links
    assert "https://host.example/zoo/raw/v1/docs/images/demo.png" in links
    assert [link for link in links if not link.startswith("https://")] == []
