"""``zoo.evaluate``: the same judge for every runtime, and what it leaves on disk."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from helpers import tree

import zoo
from zoo.errors import DatasetError, UnknownNameError, ZooError

RUNTIMES = ("keras", "tensorflow", "litert", "onnxruntime")


def test_all_runtimes_agree(exported: Path, tmp_path: Path) -> None:
    found = {name: zoo.evaluate(exported, runtime=name, output=tmp_path / name) for name in RUNTIMES}
    reference = found["keras"]
    assert reference.images == 360
    for evaluation in found.values():
        assert evaluation.confusion_matrix == reference.confusion_matrix
        assert evaluation.negative_log_likelihood == pytest.approx(reference.negative_log_likelihood, rel=1e-4)


def test_the_manifest_shows_what_the_evaluator_finds(exported: Path, tmp_path: Path) -> None:
    pack = zoo.Pack(exported)
    found = zoo.evaluate(exported, runtime="litert", output=tmp_path)
    assert found.accuracy == pack.accuracy
    assert found.expected_calibration_error == pytest.approx(
        pack.manifest["metrics"]["expected_calibration_error"], abs=1e-4
    )


def test_an_own_pack_keeps_one_entry_per_cell(pack_copy: Path) -> None:
    for _ in range(2):
        zoo.evaluate(pack_copy, runtime="litert")
    zoo.evaluate(pack_copy, runtime="litert", split="validation")
    entries = json.loads((pack_copy / "evaluation.json").read_text())
    cells = [(entry["dataset"], entry["split"], entry["format"], entry["runtime"]) for entry in entries]
    assert cells == [
        ("digits", "test", "keras", "keras"),
        ("digits", "test", "tflite", "litert"),
        ("digits", "validation", "tflite", "litert"),
    ]
    for name in ("confusion_matrix.png", "confusion_matrix-digits-test-tflite-fp32-litert.png"):
        assert (pack_copy / name).read_bytes().startswith(b"\x89PNG\r\n")
    zoo.load(pack_copy, "litert")  # it is still whole


def test_every_key_is_documented(pack_copy: Path) -> None:
    entry = json.loads((pack_copy / "evaluation.json").read_text())[0]
    fields = [field.name for field in dataclasses.fields(zoo.Evaluation)]
    assert list(entry) == fields
    assert zoo.Evaluation.__doc__ is not None
    documented = zoo.Evaluation.__doc__.replace(",", " ").split()
    assert not [name for name in fields if name not in documented]


def test_a_bundled_pack_is_left_as_it_is(zoo_home: Path, tmp_path: Path) -> None:
    pack = zoo.get_pack("softmax_regression.mnist")
    assert pack.bundled
    before = tree(pack.folder)
    found = zoo.evaluate(pack, dataset="digits", runtime="onnxruntime")
    assert tree(pack.folder) == before
    assert not zoo_home.exists()
    assert found.accuracy > 0.5  # digits of another origin, at MNIST's scale


@pytest.mark.mnist
@pytest.mark.parametrize("runtime", ["litert", "onnxruntime"])
def test_bundled_packs_reach_the_accuracy_in_their_manifests(runtime: str) -> None:
    packs = [pack for pack in zoo.list_models("*.mnist") if pack.bundled]
    assert packs
    for pack in packs:
        assert zoo.evaluate(pack, runtime=runtime).accuracy == pack.accuracy


def test_what_does_not_exist_is_refused(exported: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'test'"):
        zoo.evaluate(exported, split="tset")
    with pytest.raises(UnknownNameError, match="Did you mean 'digits'"):
        zoo.evaluate(exported, dataset="digit")
    with pytest.raises(DatasetError, match="no folder"):
        zoo.evaluate(exported, dataset=f"folder:{tmp_path / 'nowhere'}")


def test_other_classes_are_refused(exported: Path, tmp_path: Path, images) -> None:  # type: ignore[no-untyped-def]
    from PIL import Image

    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for number in range(40):
            picture = Image.fromarray((images[number, :, :, 0] * 255).astype("uint8"))
            picture.save(tmp_path / name / f"{name}{number}.png")
    with pytest.raises(ZooError, match="has the classes cat, dog"):
        zoo.evaluate(exported, dataset=f"folder:{tmp_path}")


def test_an_output_that_is_a_file_is_refused(exported: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(ZooError, match="cannot be written"):
        zoo.evaluate(exported, output=tmp_path / "taken", runtime="litert")
    assert (tmp_path / "taken").read_text() == "mine"
