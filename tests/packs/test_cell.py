"""A cell names one of a model's files: as text, in JSON, in an order."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

import zoo
from zoo.plugins import load_plugins


@pytest.mark.parametrize(
    ("cell", "text", "beside"),
    [
        (zoo.Cell("keras"), "keras fp32", "fp32"),
        (zoo.Cell("tflite", "int8", "batch1"), "tflite int8 batch1", "int8 batch1"),
    ],
)
def test_as_people_read_it(cell: zoo.Cell, text: str, beside: str) -> None:
    assert str(cell) == text
    assert cell.full_precision == beside


def test_as_json_holds_it() -> None:
    cell = zoo.Cell("tflite", "int8", "batch1")
    assert asdict(cell) == {"format": "tflite", "precision": "int8", "variant": "batch1"}
    assert zoo.Cell.of({**asdict(cell), "sha256": "0"}) == cell
    assert zoo.Cell.of({"format": "onnx", "precision": "fp32"}) == zoo.Cell("onnx")  # a pack of an earlier version


def test_cells_compare_and_have_an_order() -> None:
    cells = [zoo.Cell("tflite", "int8"), zoo.Cell("onnx"), zoo.Cell("tflite", "fp16"), zoo.Cell("onnx")]
    assert [str(cell) for cell in sorted(set(cells))] == ["onnx fp32", "tflite fp16", "tflite int8"]


def test_an_artifact_is_found_by_its_cell(exported: Path) -> None:
    pack = zoo.get_pack(exported)
    for artifact in pack.artifacts:
        assert pack.artifact(*asdict(artifact.cell).values()) == artifact
        assert (artifact.format, artifact.precision, artifact.variant) == tuple(asdict(artifact.cell).values())


@pytest.mark.parametrize("name", ["keras", "onnx", "saved_model", "tflite"])
def test_an_exporter_knows_the_job_of_a_cell(name: str) -> None:
    exporter: zoo.Exporter = load_plugins().find("exporter", name)
    for job in (zoo.ExportJob(), zoo.ExportJob("int8", 1, True, True), zoo.ExportJob("fp16", strip=True)):
        assert exporter.job_of(exporter.cell_of(job)) == job
