"""``zoo benchmark run``: every cell measured, or told why not."""

from __future__ import annotations

import json
import shutil
from importlib.metadata import version
from pathlib import Path

import pytest
from benchmarking import LIGHT, cells, table
from helpers import assert_one_message, make_distribution, run_zoo, without_packages

import zoo
from zoo_benchmarks.measure.cell_process import timed_block

# The schema that other programs rely on.
COLUMNS = [
    "model", "parameters", "macs", "runtime", "format", "precision", "threads", "batch", "p50_ms", "p90_ms", "p99_ms",
    "images_per_second", "load_ms", "first_ms", "import_ms", "peak_rss_mb", "size_bytes", "accuracy", "accuracy_low",
    "accuracy_high", "agreement", "overhead_ratio", "status", "reason", "versions", "cpu", "commit", "artifact_sha256",
]  # fmt: skip
RUNTIMES = ("keras", "tensorflow", "litert", "onnxruntime", "openvino")


@pytest.mark.slow
def test_every_runtime_and_scenario_is_measured(own_pack: zoo.Pack, tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = (
        "benchmark",
        "lenet5.digits",
        "--quick",
        "--rounds",
        "2",
        "--precision",
        "fp32",
        "--json",
        "--output",
        run,
    )
    result = run_zoo(*command)
    assert result.returncode == 0, result.stderr
    rows = json.loads(result.stdout)
    assert [list(row) for row in rows] == [COLUMNS] * len(rows)
    measured = {row["runtime"]: row for row in rows if row["status"] == "ok"}
    assert measured.keys() == set(RUNTIMES)
    for row in measured.values():
        artifact = own_pack.artifact(row["format"])
        assert (row["parameters"], row["macs"]) == (own_pack.parameters, own_pack.macs)
        assert (row["size_bytes"], row["artifact_sha256"]) == (artifact.size_bytes, artifact.sha256)
        assert 0 < row["p50_ms"] <= row["p90_ms"] <= row["p99_ms"]
        assert row["batch"] in (1, 8, 32, 128, 512)
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

    assert {row["runtime"] for row in table(run)} == set(RUNTIMES)
    for cell in cells(run).values():
        assert len(cell["rounds"]) == 2
        for number, found in enumerate(cell["rounds"]):
            assert 10 <= len(found["single"]["samples_ns"]) <= 1000
            assert len(found["single"]["samples_ns"]) % 10 == found["single"]["calls"] % 10 == 0  # whole blocks
            assert ("accuracy" in found) == (number == 0)
        assert cell["size_gzip_bytes"] < cell["size_bytes"]
    settings = {name: cell["rounds"][0]["settings"] for name, cell in cells(run).items()}
    assert all(found["threads"] == 1 == len(found["cores"] or [0]) for found in settings.values())
    assert settings["litert"]["xnnpack"] is True
    assert settings["onnxruntime"]["providers"] == ["CPUExecutionProvider"]
    assert settings["onnxruntime"]["session.intra_op.allow_spinning"] == "0"
    assert settings["openvino"]["INFERENCE_NUM_THREADS"] == settings["openvino"]["NUM_STREAMS"] == 1
    assert settings["tensorflow"]["intra_op_parallelism_threads"] == 1
    assert settings["keras"]["backend"] == "tensorflow"
    assert json.loads((run / "run.json").read_text())["protocol"]["name"] == "quick"


def test_agreement_is_counted_where_there_is_keras(exported: Path, tmp_path: Path) -> None:
    run, missing = tmp_path / "run", without_packages(tmp_path / "missing", "keras", "tensorflow")
    command = ("benchmark", exported, "--precision", "fp32", "--quick", "--scenario", "accuracy", "--output", run)
    litert, onnxruntime = ("--runtime", "litert"), ("--runtime", "onnxruntime")
    without = run_zoo(*command, *litert, PYTHONPATH=missing)
    assert without.returncode == 0, without.stderr
    assert [row["agreement"] for row in table(run)] == [""]
    shutil.rmtree(run / "references", ignore_errors=True)  # as in a run that came by git
    result = run_zoo(*command, *onnxruntime)
    assert result.returncode == 0, result.stderr
    assert [row["agreement"] for row in table(run)] == ["", "1.0"]
    (reference,) = (run / "references").iterdir()
    whole = reference.read_bytes()
    reference.write_bytes(whole[:-100])
    assert run_zoo(*command, *onnxruntime, "--overwrite").returncode == 0
    assert [row["agreement"] for row in table(run)] == ["", "1.0"]
    assert reference.read_bytes() == whole


def test_no_figure_holds_the_search_for_plugins(exported: Path, tmp_path: Path) -> None:
    # Slow where a cell is measured, and by more than a busy machine takes for a small model.
    slow = "import sys, time\ntime.sleep(6 if 'zoo_benchmarks.measure.cell_process' in sys.orig_argv else 0)\n"
    make_distribution(tmp_path / "site", "zoo-slow", slow + "ZOO_API_VERSION = 1\n")
    command = ("benchmark", exported, *LIGHT[2:], "--scenario", "cold", "--output", tmp_path / "run")
    result = run_zoo(*command, PYTHONPATH=str(tmp_path / "site"))
    assert result.returncode == 0, result.stderr
    (row,) = table(tmp_path / "run")
    assert float(row["load_ms"]) < 6000
    assert float(row["import_ms"]) < 6000


def test_the_best_batch_is_looked_for_from_single_images_on(measured: Path) -> None:
    for cell in cells(measured).values():
        first, second = (found["offline"] for found in cell["rounds"])
        assert list(first["tried"]) == ["1", "8", "32", "128", "512"]
        assert str(first["batch"]) == max(first["tried"], key=first["tried"].__getitem__)
        assert (second["batch"], second["tried"]) == (first["batch"], {})


def test_the_first_call_of_a_block_does_not_count() -> None:
    seen: list[int] = []
    assert len(timed_block(seen.append, 0, 10)) == 10
    assert len(seen) == 11


def test_a_provider_is_measured_and_named(exported: Path, tmp_path: Path) -> None:
    run, cpu = tmp_path / "run", "CPUExecutionProvider"
    command = ("benchmark", exported, "--quick", "--precision", "fp32", "--scenario", "single", "--output", run)
    offered = zoo.find_runtime("onnxruntime").providers
    assert offered is not None
    _, *others = offered()
    providers = [cpu, *others[:1]]
    result = run_zoo(*command, *(word for name in providers for word in ("--provider", name)))
    assert result.returncode == 0, result.stderr
    assert [row["runtime"] for row in table(run)] == ["onnxruntime", *(f"onnxruntime:{name}" for name in others[:1])]
    for name, cell in zip(providers, cells(run).values(), strict=True):
        assert cell["rounds"][0]["settings"]["providers"][0] == name
    refused = run_zoo(*command, "--provider", "NoExecutionProvider")
    assert_one_message(refused, "'NoExecutionProvider'", "Available:", cpu)
    both = ("--runtime", "onnxruntime", "--runtime", "litert")
    assert_one_message(run_zoo(*command, *both, "--provider", cpu), "litert has no choice", "onnxruntime", "--provider")
