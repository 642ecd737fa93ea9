"""The certificate of a quantised file, figure by figure, and what becomes of a file that fails its gate."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from helpers import change_manifest, tree
from PIL import Image
from scipy.stats import binomtest
from sklearn.metrics import log_loss

import zoo
from zoo.errors import ExportError, ParityError
from zoo.exporting.converter import Converter
from zoo.exporting.layout import lay_out

Images = npt.NDArray[np.float32]
LOOSE = {"min_agreement": 0.9, "max_accuracy_drop": 0.1}  # 360 images of a network that saw 1,257


@pytest.fixture(scope="module")
def folder(exported: Path, converter: Converter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported pack with an int8 file that was calibrated on ten images, so that some answers flip."""
    pack = shutil.copytree(exported, tmp_path_factory.mktemp("certificate") / "pack")
    dark = np.zeros((10, 28, 28, 1), np.float32)
    dark[:, 10:14, 10:14] = 0.3  # ranges that no real digit keeps to
    gate = {"min_agreement": 0, "max_accuracy_drop": 1}
    for float_io in (False, True):
        zoo.export(
            pack, "tflite", precision="int8", float_io=float_io, calibration=dark, gate=gate, converter=converter
        )
    return Path(pack)


@pytest.fixture(scope="module")
def certificate(folder: Path) -> dict[str, Any]:
    """Of the int8 file."""
    path = zoo.get_pack(folder).artifact("tflite", "int8").certificate
    found: dict[str, Any] = json.loads((folder / str(path)).read_text())
    return found


def test_every_figure_by_its_definition(
    folder: Path, certificate: dict[str, Any], images: Images, digits: zoo.Dataset
) -> None:
    keras = zoo.load(folder, "keras").run(images)
    ours = zoo.load(folder, "litert", precision="int8").run(images)
    labels = digits.test.labels
    flipped = np.flatnonzero(keras.argmax(axis=1) != ours.argmax(axis=1))
    assert len(flipped) > 10
    assert certificate["flipped"] == flipped.tolist()
    assert certificate["agreement"] == pytest.approx(1 - len(flipped) / 360)
    assert certificate["max_difference"] == pytest.approx(np.abs(keras - ours).max(), abs=1e-6)
    assert certificate["mean_difference"] == pytest.approx(np.abs(keras - ours).mean(), abs=1e-6)
    found = certificate["accuracy"]
    right = {"keras": keras.argmax(axis=1) == labels, "artifact": ours.argmax(axis=1) == labels}
    for name, answers in (("keras", keras), ("artifact", ours)):
        assert found[name]["accuracy"] == pytest.approx(right[name].mean())
        assert found[name]["accuracy_low"] < found[name]["accuracy"] < found[name]["accuracy_high"]
        exact = answers.astype(np.float64)
        expected = log_loss(labels, exact / exact.sum(axis=1, keepdims=True), labels=range(10))
        assert found[name]["negative_log_likelihood"] == pytest.approx(expected, rel=1e-6)
        assert 0 <= found[name]["expected_calibration_error"] <= 1
    only_ours = int((right["artifact"] & ~right["keras"]).sum())
    only_keras = int((right["keras"] & ~right["artifact"]).sum())
    assert (found["only_artifact_right"], found["only_keras_right"]) == (only_ours, only_keras)
    assert found["difference"] == pytest.approx((only_ours - only_keras) / 360)
    assert found["p_value"] == pytest.approx(binomtest(only_ours, only_ours + only_keras).pvalue)
    validation = digits.validation
    drop = certificate["validation"]
    assert drop["images"] == 180
    for name, session in (("keras", zoo.load(folder)), ("artifact", zoo.load(folder, "litert", precision="int8"))):
        answers = session.run(validation.scaled())
        assert drop[name] == pytest.approx((answers.argmax(axis=1) == validation.labels).mean())
    assert drop["drop"] == pytest.approx(drop["keras"] - drop["artifact"])


def test_what_it_says_besides(folder: Path, certificate: dict[str, Any]) -> None:
    pack = zoo.get_pack(folder)
    artifact = pack.artifact("tflite", "int8")
    assert certificate["model"] == pack.id
    assert certificate["source_sha256"] == artifact.source_sha256 == pack.artifact("keras").sha256
    assert certificate["size_bytes"] == artifact.size_bytes
    assert certificate["calibration"] == {"dataset": None, "images": 10}
    assert certificate["gate"] == {"min_agreement": 0, "max_accuracy_drop": 1}
    assert {"keras", "tensorflow", "litert", "digit-zoo"} <= set(certificate["versions"])
    sheet = folder / certificate["contact_sheet"]
    with Image.open(sheet) as picture, Image.open(folder / "model_int8_float_io.tflite.flipped.png") as other:
        count = f"{len(certificate['flipped'])} of 360 answers differ from Keras's"
        assert picture.info["Title"].startswith(f"lenet5.digits tflite int8: {count}")
        assert other.info["Title"].startswith("lenet5.digits tflite int8 float_io: ")
    assert f"[seen]({sheet.name})" in (folder / "README.md").read_text()


def test_verify_does_not_believe_the_gate_of_a_certificate(folder: Path) -> None:
    def reasons(**gate: float) -> dict[tuple[str, str], str | None]:
        return {(item.format, item.precision): item.reason for item in zoo.verify(folder, gate=gate)}

    strict = reasons()
    assert strict.pop(("tflite", "int8")) is not None
    assert set(strict.values()) == {None}
    assert set(reasons(min_agreement=0, max_accuracy_drop=1).values()) == {None}


def test_a_file_that_fails_its_gate_stays_out_and_its_evidence_stays(trained_copy: Path, converter: Converter) -> None:
    with pytest.raises(ParityError, match=r"tflite int8 does not compute.*a probability differs by"):
        gate = {"max_difference": 1e-4, **LOOSE}
        zoo.export(trained_copy, "tflite", precision=["fp32", "int8"], gate=gate, converter=converter)
    pack = zoo.get_pack(trained_copy)
    assert [artifact.path.name for artifact in pack.artifacts] == ["model.keras", "model_fp32.tflite"]
    assert not list(trained_copy.rglob("model_int8.tflite"))
    (entry,) = pack.refused
    assert (entry["precision"], entry["outcome"]) == ("int8", "failed")
    evidence = json.loads((trained_copy / entry["certificate"]).read_text())
    assert evidence["passed"] is False
    assert evidence["gate"]["max_difference"] == 1e-4
    assert evidence["calibration"] == {"dataset": "digits", "images": 500}
    assert entry["reason"].count(evidence["failures"][0]) == 1

    # Made anew with the gate that it passes, it replaces the evidence.
    again = zoo.export(trained_copy, "tflite", precision="int8", gate=LOOSE, converter=converter)
    assert again.refused == []
    assert not any(name.startswith("failed/") for name in tree(trained_copy))


@pytest.mark.parametrize("source", ["0" * 64, ""])
def test_another_source_breaks_the_chain(pack_copy: Path, tmp_path: Path, source: str) -> None:
    def change(manifest: dict[str, Any]) -> None:
        for entry in manifest["artifacts"]:
            if entry["format"] == "onnx":
                entry["source_sha256"] = source

    change_manifest(pack_copy, change)
    with pytest.raises(ExportError, match="was made from another model"):
        lay_out(pack_copy, "triton", tmp_path / "tree")
    assert not (tmp_path / "tree").exists()
    (failed,) = [item for item in zoo.verify(pack_copy) if not item.passed]
    assert failed.format == "onnx"
    assert "was made from another model.keras" in (failed.reason or "")


def test_an_old_manifest_is_still_read(pack_copy: Path) -> None:
    """Packs that know no variant of an artifact."""

    def change(manifest: dict[str, Any]) -> None:
        for entry in manifest["artifacts"]:
            del entry["variant"]

    change_manifest(pack_copy, change)
    pack = zoo.get_pack(pack_copy)
    assert {artifact.variant for artifact in pack.artifacts} == {""}
    assert all(item.passed for item in zoo.verify(pack))
