"""``zoo benchmark``: every cell measured, or told why not; nothing lost when it is interrupted."""

from __future__ import annotations

import csv
import json
import shutil
import signal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from helpers import assert_one_message, flip_byte, rewrite_artifact, run_zoo, started_zoo, wait_for

import zoo
from zoo_benchmarks.summary import answers

# The schema that other programs rely on.
COLUMNS = [
    "model", "parameters", "macs", "runtime", "format", "precision", "threads", "batch", "p50_ms", "p90_ms", "p99_ms",
    "images_per_second", "load_ms", "first_ms", "import_ms", "peak_rss_mb", "size_bytes", "accuracy", "accuracy_low",
    "accuracy_high", "agreement", "overhead_ratio", "status", "reason", "versions", "cpu", "commit", "artifact_sha256",
]  # fmt: skip
LIGHT = ("--runtime", "litert", "--runtime", "onnxruntime", "--precision", "fp32", "--quick")


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "results.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def cells(folder: Path) -> dict[str, Any]:
    found = (json.loads(path.read_text()) for path in (folder / "cells").glob("*.json"))
    return {cell["runtime"]: cell for cell in found if cell["precision"] == "fp32"}


@pytest.mark.slow
def test_every_runtime_and_scenario_is_measured(own_pack: zoo.Pack, tmp_path: Path) -> None:
    run = tmp_path / "run"
    result = run_zoo("benchmark", "lenet5.digits", "--quick", "--json", "--output", run)
    assert result.returncode == 0, result.stderr
    rows = json.loads(result.stdout)
    assert [list(row) for row in rows] == [COLUMNS] * len(rows)
    measured = {row["runtime"]: row for row in rows if row["status"] == "ok"}
    assert measured.keys() == {"keras", "tensorflow", "litert", "onnxruntime", "openvino"}
    for row in measured.values():
        artifact = own_pack.artifact(row["format"])
        assert (row["parameters"], row["macs"]) == (own_pack.parameters, own_pack.macs)
        assert (row["size_bytes"], row["artifact_sha256"]) == (artifact.size_bytes, artifact.sha256)
        assert 0 < row["p50_ms"] <= row["p90_ms"] <= row["p99_ms"]
        assert row["batch"] in (8, 32, 128, 512)
        assert row["images_per_second"] > 0
        assert min(row["import_ms"], row["load_ms"], row["first_ms"]) > 0
        assert 1 < row["peak_rss_mb"] < 4000
        assert row["accuracy_low"] < row["accuracy"] < row["accuracy_high"]
        assert row["agreement"] == 1
        assert 0.3 < row["overhead_ratio"] < 3
        assert f"onnxruntime={version('onnxruntime')}" in row["versions"]
        assert row["threads"] == 1
    assert measured["litert"]["peak_rss_mb"] < measured["tensorflow"]["peak_rss_mb"]
    assert measured["keras"]["accuracy"] == own_pack.accuracy

    others = [row for row in rows if row["status"] != "ok"]
    assert {(row["runtime"], row["precision"]) for row in others} >= {("litert", "int8"), ("keras", "int8")}
    assert all(row["status"] == "unsupported" and row["reason"] and row["p50_ms"] is None for row in others)
    (missing,) = [row for row in others if (row["runtime"], row["precision"]) == ("litert", "int8")]
    assert "zoo export lenet5.digits --format tflite --precision int8" in missing["reason"]

    assert [row["runtime"] for row in table(run)] == [row["runtime"] for row in rows]
    for cell in cells(run).values():
        assert len(cell["rounds"]) == 2
        for number, found in enumerate(cell["rounds"]):
            assert 10 <= len(found["single"]["samples_ns"]) <= 1000
            assert ("accuracy" in found) == (number == 0)
        assert cell["size_gzip_bytes"] < cell["size_bytes"]
    assert json.loads((run / "run.json").read_text())["protocol"]["name"] == "quick"


def test_an_interrupted_run_goes_on(own_pack: zoo.Pack, tmp_path: Path) -> None:
    run, log = tmp_path / "run", tmp_path / "log"
    command = ("benchmark", "lenet5.digits", *LIGHT, "--scenario", "single", "--output", run)

    def first_result() -> bool:
        return "1/4" in log.read_text()

    with started_zoo(log, *command) as process:
        wait_for(first_result, process)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 1
    assert "Interrupted" in log.read_text()
    before = cells(run)["litert"]["rounds"][0]
    assert not (run / "results.csv").exists()

    again = run_zoo(*command)
    assert again.returncode == 0, again.stderr
    assert "/3 " in again.stderr
    after = cells(run)
    assert after["litert"]["rounds"][0] == before
    assert [len(cell["rounds"]) for cell in after.values()] == [2, 2]

    nothing_left = run_zoo(*command)
    assert (nothing_left.returncode, nothing_left.stderr) == (0, "")
    assert cells(run) == after


@pytest.mark.parametrize("scenario", ["single", "size"])
def test_a_cell_that_fails_stops_no_other(own_pack: zoo.Pack, tmp_path: Path, scenario: str) -> None:
    flip_byte(own_pack.artifact("tflite").path, 2000)
    result = run_zoo("benchmark", "lenet5.digits", *LIGHT, "--scenario", scenario, "--output", tmp_path / "run")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    litert, onnxruntime = table(tmp_path / "run")
    assert (litert["status"], onnxruntime["status"]) == ("failed", "ok")
    assert "is not what its manifest says" in litert["reason"]
    assert litert["reason"] in result.stderr


def test_a_file_that_answers_otherwise_fails_its_check(own_pack: zoo.Pack, tmp_path: Path) -> None:
    import onnx
    from onnx import numpy_helper

    model = onnx.load_from_string(own_pack.artifact("onnx").path.read_bytes())
    for weights in model.graph.initializer:
        array = numpy_helper.to_array(weights)
        if array.dtype == "float32" and array.ndim > 1:
            weights.CopyFrom(numpy_helper.from_array(-array, weights.name))
    rewrite_artifact(own_pack.folder, "onnx", model.SerializeToString())
    result = run_zoo(
        "benchmark", "lenet5.digits", *LIGHT, "--scenario", "accuracy", "--output", tmp_path / "run", "--quiet"
    )
    assert result.returncode == 1
    litert, onnxruntime = table(tmp_path / "run")
    assert (litert["status"], onnxruntime["status"]) == ("ok", "failed")
    assert "answers differ" in onnxruntime["reason"]
    assert float(onnxruntime["agreement"]) < 0.9


def test_what_cannot_be_meant_is_refused(own_pack: zoo.Pack, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    refused = run_zoo("benchmark", "lenet5.digits", *LIGHT, "--output", tmp_path)
    assert_one_message(refused, "holds something that is no benchmark", "--output")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["mine.txt"]
    assert_one_message(run_zoo("benchmark", "lenet5.digits", "--precision", "int9"), "int9", "int8")
    assert_one_message(run_zoo("benchmark", "lenet5.digts"), "lenet5.digits")

    run = tmp_path / "run"
    size = ("benchmark", "lenet5.digits", "--runtime", "litert", "--scenario", "size", "--output", run)
    assert run_zoo(*size, "--quick").returncode == 0
    assert_one_message(run_zoo(*size), "another protocol", "--overwrite")
    assert run_zoo(*size, "--overwrite").returncode == 0
    assert json.loads((run / "run.json").read_text())["protocol"]["name"] == "full"


@pytest.fixture(scope="module")
def measured(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one model on two runtimes. Not to be changed."""
    run = tmp_path_factory.mktemp("measured") / "run"
    result = run_zoo("benchmark", exported, *LIGHT, "--scenario", "single", "--scenario", "offline", "--output", run)
    assert result.returncode == 0, result.stderr
    for path in (run / "cells").glob("*.json"):
        steady(path)
    return run


def steady(path: Path, factor: float = 1.0) -> None:
    """Give both rounds of a cell nearly the same latency, so that two rounds are enough to tell a change."""
    cell = json.loads(path.read_text())
    latency = cell["rounds"][0]["single"]["p50_ms"] * factor
    for number, found in enumerate(cell["rounds"]):
        found["single"]["p50_ms"] = latency * (1 + number / 1000)
    path.write_text(json.dumps(cell))


def changed(measured: Path, tmp_path: Path, factors: dict[str, float]) -> Path:
    """A copy of the run in which some runtimes take longer, or shorter."""
    copy = Path(shutil.copytree(measured, tmp_path / "new"))
    for runtime, factor in factors.items():
        (path,) = (copy / "cells").glob(f"*-{runtime}-*-fp32-1.json")
        steady(path, factor)
    return copy


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
    command = ["benchmark", "--compare", str(measured), str(new), "--json"]
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


def test_a_cell_that_is_lost_is_told(measured: Path, tmp_path: Path) -> None:
    new = changed(measured, tmp_path, {})
    (path,) = (new / "cells").glob("*-litert-*-fp32-1.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "status": "failed", "reason": "broken"}))
    result = run_zoo("benchmark", "--compare", measured, new)
    assert result.returncode == 1
    assert "1 lost" in result.stdout
    assert_one_message(run_zoo("benchmark", "--compare", measured, tmp_path), "run.json", "zoo benchmark")
    assert_one_message(
        run_zoo("benchmark", "--compare", measured, new, "--reference", "lenet5-litert"), "lenet5.digits-litert"
    )


def row(
    model: str, accuracy: float | None, p50_ms: float | None, size_bytes: int, status: str = "ok"
) -> dict[str, Any]:
    interval = {} if accuracy is None else {"accuracy_low": accuracy - 0.002, "accuracy_high": accuracy + 0.002}
    cell = {"model": model, "runtime": "litert", "precision": "fp32", "status": status}
    return {**cell, "accuracy": accuracy, "p50_ms": p50_ms, "size_bytes": size_bytes, **interval}


def test_the_summary_answers_questions() -> None:
    rows = [
        row("large", 0.997, 0.2, 4_000_000),
        row("middle", 0.9951, 0.06, 100_000),
        row("small", 0.9935, 0.03, 20_000),
        row("tiny", 0.92, 0.005, 9_000),
        row("broken", 0.999, 0.001, 10, status="failed"),
    ]
    found = dict(answers(rows))
    assert found["fastest at >= 99.5%"].startswith("middle litert fp32: 99.51% +- 0.20%, 60.0 us")
    assert found["smallest at >= 99.3%"].startswith("small ")
    assert found["best accuracy under 50 us"].startswith("small ")
    assert dict(answers(rows[3:]))["fastest at >= 99.5%"] == "none of these cells"
    assert answers([row("unjudged", None, 0.1, 10)]) == []
