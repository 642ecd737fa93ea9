"""What fails is told, and takes nothing from the rest."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest
from benchmarking import LIGHT, cells, table
from helpers import change_manifest, flip_byte, make_distribution, rewrite_artifact, run_zoo

import zoo


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


def test_a_scenario_that_fails_takes_nothing_from_the_others(pack_copy: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = ("benchmark", pack_copy, *LIGHT[2:], "--scenario", "single", "--scenario", "accuracy", "--output", run)
    dataset = json.loads((pack_copy / "pack.json").read_text())["recipe"]["dataset"]
    change_manifest(pack_copy, lambda manifest: manifest["recipe"].update(dataset="folder:/nowhere"))
    result = run_zoo(*command)
    assert result.returncode == 1
    (row,) = table(run)
    assert (row["status"], row["accuracy"]) == ("failed", "")
    assert "accuracy: " in row["reason"]
    assert "/nowhere" in row["reason"]
    assert float(row["p50_ms"]) > 0
    assert "0 cells ok, 1 failed" in result.stdout
    before = cells(run)["onnxruntime"]["rounds"]
    assert len(before) == 2

    change_manifest(pack_copy, lambda manifest: manifest["recipe"].update(dataset=dataset))
    again = run_zoo(*command)
    assert again.returncode == 0, again.stderr
    (row,) = table(run)
    assert (row["status"], row["reason"]) == ("ok", "")
    assert float(row["agreement"]) == 1
    assert [found["single"] for found in cells(run)["onnxruntime"]["rounds"]] == [found["single"] for found in before]


def test_a_process_that_dies_leaves_its_last_words_and_what_it_has_measured(exported: Path, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        textwrap.dedent(
            """
            import os, sys

            class Dies:
                def find_spec(self, name, path=None, target=None):
                    if name == "zoo.evaluation.answers" and "keras" not in sys.modules:
                        os.write(2, b"much ado\\nno such device\\n")
                        os._exit(3)

            if "zoo_benchmarks.measure.cell_process" in sys.orig_argv:
                sys.meta_path.insert(0, Dies())
            """
        )
    )
    command = ("benchmark", exported, *LIGHT[2:], "--scenario", "accuracy", "--scenario", "cold")
    result = run_zoo(*command, "--output", tmp_path / "run", PYTHONPATH=str(tmp_path / "site"))
    assert result.returncode == 1
    (row,) = table(tmp_path / "run")
    assert row["reason"] == "accuracy: the process ended with code 3: no such device"
    assert float(row["load_ms"]) > 0
    assert ["cold" in found for found in cells(tmp_path / "run")["onnxruntime"]["rounds"]] == [True, True]


NARROW = """
import numpy as np
import zoo

ZOO_API_VERSION = 1


class Session(zoo.Session):
    def __init__(self, artifact, threads):
        pass

    def run(self, images):
        return np.full((len(images), 3), 1 / 3, np.float32)


@zoo.hookimpl
def zoo_register_runtimes(register):
    register(zoo.Runtime(name="narrow", formats=("onnx",), open=Session, package="numpy", extra="", rank=-1))
"""


def test_a_runtime_that_answers_something_else_stops_no_other(exported: Path, tmp_path: Path) -> None:
    make_distribution(tmp_path / "site", "zoo-narrow", NARROW)
    command = ("benchmark", exported, "--precision", "fp32", "--quick", "--scenario", "accuracy")
    runtimes = ("--runtime", "narrow", "--runtime", "litert")
    result = run_zoo(*command, *runtimes, "--output", tmp_path / "run", PYTHONPATH=str(tmp_path / "site"))
    assert result.returncode == 1, result.stderr
    by_runtime = {row["runtime"]: row for row in table(tmp_path / "run")}
    assert by_runtime["narrow"]["status"] == "failed"
    assert "accuracy: ValueError: the outputs have shapes" in by_runtime["narrow"]["reason"]
    assert (by_runtime["litert"]["status"], by_runtime["litert"]["agreement"]) == ("ok", "1.0")


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
