"""``zoo doctor``: what is broken is a problem with a way out and an exit code; what is absent is a note."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from helpers import install_distribution, run_zoo, without_packages

import zoo


def diagnosis(*options: str, code: int = 0, **changes: str) -> dict[str, Any]:
    """What ``zoo doctor --json`` finds."""
    result = run_zoo("doctor", "--json", *options, **changes)
    assert result.returncode == code, result.stdout + result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_healthy_installation(zoo_home: Path) -> None:
    found = diagnosis()
    assert found["problems"] == []
    assert found["version"] == zoo.__version__
    versions = {item["package"]: item for item in found["requirements"]}
    assert versions["numpy"]["fits"]
    assert versions["tensorflow"]["extra"] == "train"
    runtimes = {report["name"]: report for report in found["runtimes"]}
    for name, format in (
        ("litert", "tflite"),
        ("onnxruntime", "onnx"),
        ("keras", "keras"),
        ("tensorflow", "saved_model"),
    ):
        assert format in runtimes[name]["formats"]
        assert runtimes[name]["tried_with"]
        assert runtimes[name]["error"] is None
    assert found["packs"]["folder"] == str(zoo_home / "packs")
    assert found["packs"]["bundled"] >= 4
    assert found["threads"]["usable"] >= 1
    assert found["environment"]["ZOO_HOME"] == str(zoo_home)


def test_the_table_tells_all() -> None:
    result = run_zoo("doctor", "--quick", OMP_NUM_THREADS="1")
    assert result.returncode == 0
    for text in ("digit-zoo:architectures", "tensorflow", "onnxruntime", "in scikit-learn", "OMP_NUM_THREADS=1",
                 "cores are usable", "No problem was found."):  # fmt: skip
        assert text in result.stdout


def test_mnist_is_found_or_missed_without_a_download(tmp_path: Path) -> None:
    def found_without_mnist() -> dict[str, Any]:
        return diagnosis("--quick", ZOO_DATA_DIR=str(tmp_path), KERAS_HOME=str(tmp_path / "keras"))

    found = found_without_mnist()
    places = {data["name"]: data["place"] for data in found["data"]}
    assert places["mnist"] is None
    assert places["digits"] == "in scikit-learn"
    assert any("mnist" in note for note in found["notes"])
    assert not (tmp_path / "keras").exists()
    (tmp_path / "mnist.npz").touch()
    places = {data["name"]: data["place"] for data in found_without_mnist()["data"]}
    assert places["mnist"] == str(tmp_path / "mnist.npz")


def test_a_missing_extra_is_a_note_with_the_way_out(tmp_path: Path) -> None:
    blocked = without_packages(tmp_path / "blocked", "tensorflow")
    found = diagnosis("--quick", PYTHONPATH=blocked)
    (tensorflow,) = [report for report in found["runtimes"] if report["name"] == "tensorflow"]
    assert not tensorflow["installed"]
    assert tensorflow["fix"] == "pip install 'digit-zoo[train]'"


def test_a_broken_plugin_is_a_problem(tmp_path: Path) -> None:
    site = tmp_path / "site"
    install_distribution(site, "zoo-bad", "import a_package_that_nobody_has")
    found = diagnosis("--quick", code=1, PYTHONPATH=str(site))
    (problem,) = found["problems"]
    for text in ("zoo-bad:main", "Install the package that provides 'a_package_that_nobody_has'", "pip uninstall"):
        assert text in problem
    shown = run_zoo("doctor", "--quick", PYTHONPATH=str(site))
    assert shown.returncode == 1
    assert "PROBLEM: Plugin zoo-bad:main" in shown.stdout
    assert "1 problems" in shown.stdout


@pytest.mark.slow
def test_a_runtime_that_fails_is_a_problem(tmp_path: Path) -> None:
    """As an installation that lacks a system library leaves it: the package is there and cannot be imported."""
    site = tmp_path / "site"
    (site / "onnxruntime").mkdir(parents=True)
    (site / "onnxruntime" / "__init__.py").write_text("raise ImportError('libgomp.so.1: no such file')")
    found = diagnosis(code=1, PYTHONPATH=str(site))
    (problem,) = found["problems"]
    assert "onnxruntime fails with" in problem
    assert "libgomp.so.1" in problem


def test_places_that_will_not_do(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "packs" / "lenet5.digits").mkdir(parents=True)
    (home / "packs" / "lenet5.digits" / "pack.json").write_text("{")
    found = diagnosis("--quick", code=1, ZOO_HOME=str(home), ZOO_DATA_DIR=str(tmp_path / "nowhere"))
    assert any("is damaged" in problem for problem in found["problems"])
    assert any("ZOO_DATA_DIR names" in problem for problem in found["problems"])
    (tmp_path / "file").touch()
    found = diagnosis("--quick", code=1, ZOO_HOME=str(tmp_path / "file"))
    assert any("cannot be written; set ZOO_HOME" in problem for problem in found["problems"])


def test_an_old_version_is_a_problem(tmp_path: Path) -> None:
    site = tmp_path / "site"
    install_distribution(site, "click", "", version="1.0", module="zoo_old_click")
    found = diagnosis("--quick", code=1, PYTHONPATH=str(site))
    (wanted,) = [item["wanted"] for item in found["requirements"] if item["package"] == "click"]
    (problem,) = [problem for problem in found["problems"] if "click 1.0" in problem]
    assert f"needed is {wanted}: pip install --upgrade digit-zoo" in problem
