"""What is measured: files that a model lacks are made for it, in a cache."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from benchmarking import table
from helpers import change_manifest, run_zoo

import zoo

PRECISIONS = ("fp16", "dynamic", "int8")


def by_cell(folder: Path) -> dict[tuple[str, str], dict[str, str]]:
    return {(row["runtime"], row["precision"]): row for row in table(folder)}


@pytest.mark.slow
def test_lacking_precisions_are_exported_into_a_cache(own_pack: zoo.Pack, zoo_home: Path, tmp_path: Path) -> None:
    run, before = tmp_path / "run", sorted(own_pack.folder.rglob("*"))
    runtimes = ("litert", "onnxruntime", "openvino", "keras")
    options = [word for name in runtimes for word in ("--runtime", name)]
    options += [word for name in PRECISIONS for word in ("--precision", name)]
    command = ("benchmark", "lenet5.digits", *options, "--quick", "--scenario", "accuracy", "--scenario", "size")
    result = run_zoo(*command, "--output", run)
    assert result.returncode == 0, result.stderr
    assert "exporting lenet5.digits" in result.stderr
    assert sorted(own_pack.folder.rglob("*")) == before
    (cache,) = (zoo_home / "benchmarks" / "exports").iterdir()
    made = zoo.Pack(cache)
    rows = by_cell(run)
    assert len(rows) == len(runtimes) * 3
    for (runtime, precision), row in rows.items():
        if runtime == "keras":
            assert (row["status"], row["reason"]) == ("unsupported", "the Keras model is float32")
            continue
        refused = [
            entry for entry in made.refused if (entry["format"], entry["precision"]) == (row["format"], precision)
        ]
        if refused:
            assert (row["status"], row["p50_ms"]) == ("failed", "")
            assert row["reason"] == " ".join(refused[0]["reason"].split())
        else:
            assert row["artifact_sha256"] == made.artifact(row["format"], precision).sha256
            assert int(row["size_bytes"]) < own_pack.artifact(row["format"]).size_bytes
            assert float(row["agreement"]) > 0.99
    assert {rows[runtime, "fp16"]["status"] for runtime in runtimes[:3]} == {"ok"}

    again = run_zoo(*command, "--output", run)
    assert "exporting" not in again.stderr
    assert again.returncode == 0, again.stderr
    assert by_cell(run) == rows


@pytest.mark.slow
def test_what_cannot_be_exported_is_a_row_with_its_reason(trained_copy: Path, tmp_path: Path) -> None:
    lossy = ("--runtime", "litert", "--runtime", "keras", "--precision", "int8", "--precision", "fp32")
    command = ("benchmark", trained_copy, *lossy, "--scenario", "size", "--quick")
    run_zoo(*command, "--output", tmp_path / "without", ZOO_DISABLED_PLUGINS="digit-zoo:exporters")
    found = by_cell(tmp_path / "without")
    assert found["keras", "fp32"]["status"] == "ok"
    for cell, reason in {("litert", "int8"): "no plugin exports to tflite", ("keras", "int8"): "float32"}.items():
        assert found[cell]["status"] == "unsupported"
        assert reason in found[cell]["reason"]

    change_manifest(trained_copy, lambda manifest: manifest["recipe"].update(dataset="folder:/nowhere"))
    result = run_zoo(*command, "--output", tmp_path / "absent")
    assert "Traceback" not in result.stderr
    found = by_cell(tmp_path / "absent")
    assert found["litert", "int8"]["status"] == "failed"
    assert "/nowhere" in found["litert", "int8"]["reason"]
    assert found["keras", "fp32"]["status"] == "ok"


def test_a_damaged_copy_of_a_model_leaves_the_other_alone(
    own_pack: zoo.Pack, exported: Path, zoo_home: Path, tmp_path: Path
) -> None:
    command = ("--runtime", "litert", "--precision", "fp32", "--precision", "fp16", "--scenario", "size", "--quick")
    damaged = shutil.copytree(exported, tmp_path / "damaged")
    (damaged / "model_fp32.tflite").write_bytes(b"no model")
    assert run_zoo("benchmark", damaged, *command, "--output", tmp_path / "first").returncode == 1
    intact = run_zoo("benchmark", "lenet5.digits", *command, "--output", tmp_path / "second")
    assert intact.returncode == 0, intact.stderr
    assert [row["status"] for row in table(tmp_path / "second")] == ["ok", "ok"]

    (cache,) = (zoo_home / "benchmarks" / "exports").iterdir()
    made = zoo.Pack(cache).artifact("tflite", "fp16").path
    made.write_bytes(b"no model either")
    again = run_zoo("benchmark", "lenet5.digits", *command, "--output", tmp_path / "third")
    assert again.returncode == 0, again.stderr
    assert zoo.Pack(cache).artifact("tflite", "fp16").verified_path() == made
