"""Whether two runs on the same machine say the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarking import changed

import zoo
from studies.repeatability import MODELS, RUNTIMES, second_to_first
from zoo_benchmarks.measure.cell_process import REFERENCE


def test_a_repeated_run_is_taken_relative_to_its_reference(measured: Path, tmp_path: Path) -> None:
    new = changed(measured, tmp_path, {"litert": 1.5, "onnxruntime": 1.5})
    (path,) = (new / "cells").glob("*-litert-*-fp32-1.json")
    cell = json.loads(path.read_text())
    for found in cell["rounds"]:
        found["single"]["reference_p50_ms"] *= 1.5  # the machine was slower, not this cell
    path.write_text(json.dumps(cell))
    ratios = {name.split("-")[1]: ratio for name, ratio in second_to_first(measured, new).items()}
    assert ratios == {"litert": pytest.approx(1, rel=0.01), "onnxruntime": pytest.approx(1.5, rel=0.01)}


def test_repeatability_is_that_of_24_cells_of_bundled_models() -> None:
    assert len(set(MODELS)) * len(set(RUNTIMES)) == 24
    bundled = {pack.id for pack in zoo.list_models() if pack.bundled}
    assert {*MODELS, REFERENCE} <= bundled
    assert REFERENCE not in MODELS
