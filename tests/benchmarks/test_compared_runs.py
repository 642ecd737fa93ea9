"""``zoo benchmark compare``: what got better or worse beyond the noise."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from benchmarking import changed
from helpers import assert_one_message, run_zoo


@pytest.mark.parametrize(
    ("factors", "reference", "verdicts", "code"),
    [
        ({}, False, {"litert": "same", "onnxruntime": "same"}, 0),
        ({"litert": 1.02}, False, {"litert": "same", "onnxruntime": "same"}, 0),
        ({"litert": 2.0}, False, {"litert": "worse", "onnxruntime": "same"}, 1),
        ({"onnxruntime": 0.5}, False, {"litert": "same", "onnxruntime": "better"}, 0),
        ({"litert": 2.0, "onnxruntime": 2.0}, True, {"litert": "same", "onnxruntime": "same"}, 0),
    ],
)
def test_runs_are_compared(
    measured: Path, tmp_path: Path, factors: dict[str, float], reference: bool, verdicts: dict[str, str], code: int
) -> None:
    new = changed(measured, tmp_path, factors)
    command = ["benchmark", "compare", str(measured), str(new), "--json"]
    if reference:
        (cell,) = (path.stem for path in (new / "cells").glob("*-litert-*-fp32-1.json"))
        command += ["--reference", cell]
    result = run_zoo(*command)
    assert result.returncode == code, result.stderr
    latency = [change for change in json.loads(result.stdout) if change["figure"] == "p50_ms"]
    assert {change["cell"].split("-")[1]: change["verdict"] for change in latency} == verdicts
    for change in latency:
        runtime = change["cell"].split("-")[1]
        expected = 1 if reference else factors.get(runtime, 1)
        assert change["ratio"] == pytest.approx(expected, rel=0.01)
        assert change["ratio_low"] <= change["ratio"] <= change["ratio_high"]


def test_sizes_starts_and_accuracies_are_compared_too(measured: Path, tmp_path: Path) -> None:
    old, new = Path(shutil.copytree(measured, tmp_path / "old")), changed(measured, tmp_path, {})
    for run, size, load, accuracy in ((old, 1000, 10.0, 0.99), (new, 1100, 12.0, 0.95)):
        (path,) = (run / "cells").glob("*-litert-*-fp32-1.json")
        cell = json.loads(path.read_text())
        cell["size_bytes"] = size
        for number, found in enumerate(cell["rounds"]):
            found["cold"] = {"load_ms": load + number / 100}
        cell["rounds"][0]["accuracy"] = {
            "accuracy": accuracy,
            "accuracy_low": accuracy - 0.01,
            "accuracy_high": accuracy + 0.005,
        }
        path.write_text(json.dumps(cell))
    result = run_zoo("benchmark", "compare", old, new, "--json")
    assert result.returncode == 1, result.stderr
    found = {change["figure"]: change for change in json.loads(result.stdout) if "-litert-" in change["cell"]}
    verdicts = {figure: found[figure]["verdict"] for figure in ("size_bytes", "load_ms", "accuracy", "p50_ms")}
    assert verdicts == {"size_bytes": "worse", "load_ms": "worse", "accuracy": "worse", "p50_ms": "same"}
    assert found["size_bytes"]["ratio_low"] == found["size_bytes"]["ratio_high"] == pytest.approx(1.1)
    assert found["accuracy"]["ratio_high"] == pytest.approx(0.955 / 0.98)


def test_what_cannot_be_compared_is_told(measured: Path, tmp_path: Path) -> None:
    new = changed(measured, tmp_path, {})
    litert, onnxruntime = sorted((new / "cells").glob("*-fp32-1.json"))
    onnxruntime.rename(onnxruntime.with_stem(onnxruntime.stem.replace("onnxruntime", "openvino")))
    result = run_zoo("benchmark", "compare", measured, new)
    assert result.returncode == 0, result.stderr
    assert "0 unsure, 1 only in the old run, 1 only in the new run" in result.stdout

    cell = json.loads(litert.read_text())
    litert.write_text(json.dumps({**cell, "rounds": cell["rounds"][:1]}))
    assert_one_message(run_zoo("benchmark", "compare", measured, new), "Nothing can be compared", "two rounds")
    litert.write_text(json.dumps({**cell, "status": "failed", "reason": "broken"}))
    without = run_zoo("benchmark", "compare", measured, new, "--reference", litert.stem)
    assert_one_message(without, litert.stem, "is failed in", repr(str(new)))


@pytest.mark.parametrize("text", ["[]", "{}", "null"])
def test_a_file_of_something_else_is_named(measured: Path, tmp_path: Path, text: str) -> None:
    new = changed(measured, tmp_path, {})
    cell = next((new / "cells").glob("*-litert-*.json"))
    for path in (cell, new / "run.json"):
        path.write_text(text)
        assert_one_message(run_zoo("benchmark", "compare", measured, new), repr(str(path)), "did not write it")


def test_another_machine_or_version_is_told(measured: Path, tmp_path: Path) -> None:
    new = changed(measured, tmp_path, {})
    conditions = json.loads((new / "run.json").read_text())
    versions = {**conditions["versions"], "numpy": "0.1"}
    (new / "run.json").write_text(json.dumps({**conditions, "cpu": "an abacus", "versions": versions}))
    result = run_zoo("benchmark", "compare", measured, new)
    assert result.returncode == 0, result.stderr
    assert "an abacus" in result.stderr
    assert "numpy" in result.stderr
    assert "keras" not in result.stderr


def test_a_cell_that_is_lost_is_told(measured: Path, tmp_path: Path) -> None:
    new = changed(measured, tmp_path, {})
    (path,) = (new / "cells").glob("*-litert-*-fp32-1.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "status": "failed", "reason": "broken"}))
    result = run_zoo("benchmark", "compare", measured, new)
    assert result.returncode == 1
    assert "1 lost" in result.stdout
    assert_one_message(run_zoo("benchmark", "compare", measured, tmp_path), "run.json", "zoo benchmark")
    assert_one_message(
        run_zoo("benchmark", "compare", measured, new, "--reference", "lenet5-litert"), "lenet5.digits-litert"
    )
