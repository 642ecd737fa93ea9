"""An export is planned before anything is started: every name and option is resolved or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from helpers import tree

import zoo
from zoo.errors import ExportError, UnknownNameError, UnsupportedExportError
from zoo.exporting.calibration import CalibrationOptions
from zoo.exporting.plan import ExportPlan, PlannedFile, plan_export, plan_files


def files(formats: Any = None, precision: Any = "fp32", gate: Any = None, **options: Any) -> list[PlannedFile]:
    return plan_files(formats, precision, zoo.ExportJob(**options), gate)


def test_what_is_named_twice_is_planned_once_in_the_order_of_the_names() -> None:
    planned = files(["tflite", "onnx", "tflite"], ["int8", "fp32", "int8"], batch_size=1)
    texts = ["tflite int8 batch1", "tflite fp32 batch1", "onnx int8 batch1", "onnx fp32 batch1"]
    assert [str(file.cell) for file in planned] == texts
    assert planned[0].name == "model_int8_batch1.tflite"
    assert planned[0].gate.min_agreement == 0.998


def test_by_default_every_format_that_need_not_be_named() -> None:
    assert [str(file.cell) for file in files()] == ["onnx fp32", "saved_model fp32", "tflite fp32"]


def test_a_file_that_cannot_be_is_planned_with_its_reason_beside_one_that_can() -> None:
    planned = files(["saved_model", "tflite"], None)
    reasons = {str(file.cell): file.objection for file in planned}
    assert [cell for cell, reason in reasons.items() if reason is None] == [
        "saved_model fp32", "tflite fp32", "tflite fp16", "tflite dynamic", "tflite int8",
    ]  # fmt: skip
    assert "TensorFlow itself computes in float32" in str(reasons["saved_model int8"])
    assert [str(file.cell) for file in planned if file.calibrates] == ["tflite int8"]


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [  # each is wrong in all that comes after, too
        ({"formats": "tflit", "precision": "int9", "gate": {"x": 1}, "batch_size": 0}, ExportError, "batch_size is 0"),
        ({"formats": "tflit", "precision": "int9", "gate": {"x": 1}}, UnknownNameError, "format 'tflit'"),
        ({"formats": "keras", "precision": "int9", "gate": {"x": 1}}, UnknownNameError, "precision for keras 'int9'"),
        ({"formats": "keras", "precision": "int8", "gate": {"x": 1}}, UnsupportedExportError, "keras int8 is not supp"),
        ({"formats": "tflite", "precision": "int8", "gate": {"x": 1}}, UnknownNameError, "limit of a gate 'x'"),
    ],
)
def test_the_first_thing_that_is_wrong_is_told(arguments: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        files(**arguments)


def test_a_plan_holds_all_and_writes_nothing(trained: Path, tmp_path: Path, images: npt.NDArray[np.float32]) -> None:
    before = tree(trained)
    pack = zoo.get_pack(trained)
    planned = files("tflite", ["fp32", "int8"], batch_size=8)
    plan = plan_export(pack, planned, CalibrationOptions(images[:21]), None, tmp_path / "new")
    assert isinstance(plan, ExportPlan)
    assert (plan.pack, plan.data.name, plan.target) == (pack, "digits", tmp_path / "new")
    plain, quantised = plan.files
    assert (plain.job.calibration, plain.calibration) == (None, None)
    assert quantised.job.calibration is not None
    assert quantised.job.calibration.shape == (16, 28, 28, 1)  # in whole batches
    assert quantised.calibration == {"dataset": None, "images": 16}
    assert tree(trained) == before
    assert not plan.target.exists()
