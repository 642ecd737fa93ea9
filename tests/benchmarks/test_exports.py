"""The table of all exports: one row per cell, whatever became of it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from benchmarking import run_study
from helpers import change_manifest

import zoo
from studies.exports import COLUMNS, export_seconds, rows_of, summary, write_rows


def test_every_cell_has_a_row(pack_copy: Path) -> None:
    shutil.copy(pack_copy / "model_fp32.onnx.certificate.json", pack_copy / "evidence.json")
    refused: list[dict[str, Any]] = [
        {"format": "onnx", "precision": "int8", "outcome": "failed", "reason": "no", "certificate": "evidence.json"},
        {"format": "tflite", "precision": "int8", "outcome": "error", "reason": "a\nb", "certificate": None},
    ]
    refused = [{**entry, "variant": ""} for entry in refused]
    change_manifest(pack_copy, lambda manifest: manifest.update(refused=refused))
    rows = {(row["format"], row["precision"]): row for row in rows_of(zoo.Pack(pack_copy))}
    assert rows["saved_model", "fp32"]["outcome"] == "passed"
    assert rows["saved_model", "int8"]["outcome"] == "unsupported"
    assert rows["saved_model", "int8"]["reason"]
    assert rows["tflite", "int8"]["reason"] == "a b"
    assert rows["onnx", "int8"]["outcome"] == "failed"
    certificate = json.loads((pack_copy / "model_fp32.onnx.certificate.json").read_text())
    assert rows["onnx", "fp32"]["accuracy"] == certificate["accuracy"]["artifact"]["accuracy"]
    assert rows["onnx", "fp32"]["flipped"] == len(certificate["flipped"])
    assert rows["onnx", "int8"]["size_bytes"] == certificate["size_bytes"]
    lines, _ = summary(list(rows.values()), [])
    assert lines[0] == "12 cells: 4 passed, 1 failed, 6 unsupported, 1 error"


@pytest.mark.parametrize(
    ("change", "held"),
    [
        ({}, True),
        ({"accuracy_difference": -0.0006}, False),
        ({"size_bytes": 12 * 1024 + 1}, False),
        ({"accuracy": 0.9919, "size_bytes": 10**6}, True),
        ({"accuracy": 0.9945, "size_bytes": 20 * 1024}, False),  # as one of at least 99.20 %
    ],
)
def test_the_table_is_held_against_its_bars(change: dict[str, object], held: bool) -> None:
    cell = {"model": "a", "format": "tflite", "precision": "int8", "variant": "", "outcome": "passed"}
    row = {**cell, "accuracy": 0.9944, "accuracy_difference": -0.0005, "size_bytes": 12 * 1024, **change}
    lines, found = summary([row], ["a"])
    assert found == held
    assert f"mean {-float(str(row['accuracy_difference'])) * 100:.3f}" in lines[1]
    assert all("bar" in line for line in lines[1:])


@pytest.mark.slow
def test_all_exports_are_timed(trained: Path) -> None:
    seconds, pack = export_seconds(trained)
    assert seconds > 0
    cells = {str(artifact.cell) for artifact in pack.artifacts}
    assert {"tflite fp16", "onnx fp16", "saved_model fp32"} <= cells  # 360 images are few for the gates of the others


def test_one_model_is_timed() -> None:
    result = run_study("exports", "--seconds", "mlp.mnist", "lenet5.mnist")
    assert result.returncode == 2
    assert "--seconds takes one model" in result.stderr


def test_rows_of_other_models_stay(exported: Path, tmp_path: Path) -> None:
    rows = rows_of(zoo.Pack(exported))
    path = tmp_path / "exports.csv"
    write_rows([{**row, "model": "other.mnist"} for row in rows], path)
    write_rows(rows, path)
    write_rows(rows, path)
    with path.open(newline="") as file:
        found = list(csv.DictReader(file))
    assert tuple(found[0]) == COLUMNS
    assert [row["model"] for row in found] == ["lenet5.digits"] * len(rows) + ["other.mnist"] * len(rows)


@pytest.mark.slow
@pytest.mark.mnist
def test_the_command(tmp_path: Path) -> None:
    result = run_study("exports", "mlp.mnist", "--output", tmp_path / "packs", "--table", tmp_path / "exports.csv")
    assert result.returncode == 0, result.stderr
    with (tmp_path / "exports.csv").open(newline="") as file:
        outcomes = {(row["format"], row["precision"], row["variant"]): row["outcome"] for row in csv.DictReader(file)}
    made = {
        (format, precision, "") for format in ("tflite", "onnx") for precision in ("fp32", "fp16", "dynamic", "int8")
    }
    assert {outcomes[cell] for cell in made} == {"passed"}
    assert outcomes["tflite", "int8", "batch1_stripped"] == "passed"
    assert all(item.passed for item in zoo.verify(tmp_path / "packs" / "mlp.mnist"))
    assert "points of accuracy lost" not in result.stdout  # it does not convolve
