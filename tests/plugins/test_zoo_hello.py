"""``plugins/zoo-hello``, installed by pip from its own folder, is everywhere in the zoo with no line changed."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from helpers import REPOSITORY, environment, install_folder, run_zoo, started_zoo, wait_for


@pytest.fixture(scope="session")
def hello(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PYTHONPATH with zoo-hello installed."""
    return install_folder(REPOSITORY / "plugins" / "zoo-hello", tmp_path_factory.mktemp("hello"))


@pytest.mark.slow
def test_it_keeps_the_contract(hello: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(REPOSITORY / "plugins" / "zoo-hello")],
        env=environment(PYTHONPATH=str(hello)),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert result.returncode == 0, result.stdout
    assert " passed" in result.stdout
    assert "skipped" not in result.stdout


@pytest.mark.slow
def test_it_walks_through_every_verb(hello: Path, tmp_path: Path, digit_png: Path) -> None:
    variables = {"PYTHONPATH": str(hello), "ZOO_HOME": str(tmp_path / "home")}

    def zoo(*arguments: str | Path) -> str:
        result = run_zoo(*arguments, **variables)
        assert result.returncode == 0, result.stderr
        return result.stdout

    assert "not trained: zoo train hello" in zoo("list")
    assert "Two strided convolutions" in zoo("info", "hello")
    assert "hello.digits: accuracy" in zoo("train", "hello", "--dataset", "digits", "--epochs", "10", "--quiet")
    exported = zoo("export", "hello.digits", "--quiet")
    for format in ("saved_model", "tflite", "onnx"):
        assert f"{format} fp32" in exported
    judged = json.loads(zoo("evaluate", "hello.digits", "--runtime", "litert", "--json"))
    assert judged["accuracy"] > 0.5
    assert "onnxruntime" in zoo("info", "hello.digits")
    (listed,) = json.loads(zoo("list", "hello", "--json"))
    assert listed["formats"] == ["keras", "onnx", "saved_model", "tflite"]
    assert str(digit_png) in zoo("predict", "hello.digits", digit_png, "--runtime", "onnxruntime")

    cell = ("--runtime", "litert", "--precision", "fp32", "--scenario", "single")
    measured = zoo("benchmark", "hello.digits", "--quick", *cell, "--quiet")
    assert "hello.digits" in measured
    assert "1 cell ok" in measured

    log = tmp_path / "log"
    with started_zoo(log, "demo", "--port", "0", "--model", "hello.digits", **variables) as process:
        wait_for(lambda: "http://" in log.read_text(), process)
        url = "http://" + log.read_text().partition("http://")[2].split()[0]
        with urllib.request.urlopen(url.rstrip("/") + "/config", timeout=60) as answer:
            choices = answer.read().decode()
    assert "hello.digits" in choices
