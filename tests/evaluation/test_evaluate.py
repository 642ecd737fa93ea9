"""One evaluator judges every model on every runtime."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from helpers import assert_one_message, change_manifest, run_zoo, tree, without_packages
from PIL import Image

import zoo
from zoo.errors import UnknownNameError
from zoo.evaluation.log import log_path

RUNTIMES = ("keras", "tensorflow", "litert", "onnxruntime")


def test_all_runtimes_agree(exported: Path, tmp_path: Path, digits: zoo.Dataset) -> None:
    results = [zoo.evaluate(exported, runtime=runtime, output=tmp_path / runtime) for runtime in RUNTIMES]
    first = results[0]
    assert first.accuracy == zoo.get_pack(exported).accuracy
    for runtime, result in zip(RUNTIMES, results, strict=True):
        assert result.runtime == runtime
        assert result.images == len(digits.test)
        assert result.confusion_matrix == first.confusion_matrix
        assert result.negative_log_likelihood == pytest.approx(first.negative_log_likelihood, abs=1e-4)
        assert result.seconds > 0
        (entry,) = json.loads((tmp_path / runtime / "evaluation.json").read_text())
        assert entry == result.to_dict()
    assert [result.format for result in results] == ["keras", "saved_model", "tflite", "onnx"]


def test_the_evaluation_goes_into_ones_own_pack(pack_copy: Path) -> None:
    before = tree(pack_copy)
    zoo.evaluate(pack_copy, runtime="litert", split="validation")
    after = tree(pack_copy)
    entries = json.loads(after["evaluation.json"])
    assert [(entry["split"], entry["runtime"], entry["images"]) for entry in entries] == [
        ("test", "keras", 360),
        ("validation", "litert", 180),
    ]
    unchanged = set(before) - {"evaluation.json"}
    assert {name: after[name] for name in unchanged} == {name: before[name] for name in unchanged}
    assert set(after) - set(before) == {"confusion_matrix-digits-validation-tflite-fp32-litert.png"}


def test_an_output_folder_leaves_the_pack_alone(pack_copy: Path, tmp_path: Path) -> None:
    before = tree(pack_copy)
    zoo.evaluate(pack_copy, split="train", output=tmp_path / "new" / "folder")
    assert tree(pack_copy) == before
    assert sorted(tree(tmp_path / "new" / "folder")) == ["confusion_matrix.png", "evaluation.json"]


def test_an_output_that_is_a_file_is_refused_before_any_work(pack_copy: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    file = tmp_path / "file"
    for output, errors in ((file, None), (file / "below", None), (None, file / "sheet.png")):
        with pytest.raises(zoo.ZooError, match=r"/file' is a file; give another --output"):
            zoo.evaluate(pack_copy, output=output, errors=errors)
    assert not log_path().exists()  # nothing was evaluated


def test_wrong_names_are_refused(exported: Path) -> None:
    for arguments, text in (
        ({"split": "tests"}, r"Unknown split 'tests'. Did you mean 'test'"),
        ({"runtime": "lite"}, r"Unknown runtime 'lite'. Did you mean 'litert'"),
        ({"dataset": "digit"}, r"Unknown dataset 'digit'. Did you mean 'digits'"),
        ({"precision": "int8"}, r"No installed runtime opens lenet5.digits at precision 'int8'"),
        ({"precision": "int8", "runtime": "onnxruntime"}, r"'onnx int8'"),
    ):
        with pytest.raises(zoo.ZooError, match=text):
            zoo.evaluate(exported, **arguments)  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match=r"Unknown model 'lenet9'"):
        zoo.evaluate("lenet9")


def test_another_data_set_of_the_same_classes(exported: Path, tmp_path: Path, digits: zoo.Dataset) -> None:
    root = tmp_path / "scans"
    for number, (image, label) in enumerate(zip(digits.test.images, digits.test.labels, strict=True)):
        (root / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0]).save(root / str(label) / f"{number}.png")
    result = zoo.evaluate(exported, dataset=f"folder:{root}", split="train", output=tmp_path / "out")
    assert result.dataset == "folder:scans"
    assert 0.6 * 360 < result.images < 0.8 * 360
    assert result.accuracy == pytest.approx(zoo.get_pack(exported).accuracy, abs=0.1)
    (root / "0").rename(root / "zero")
    with pytest.raises(zoo.ZooError, match=r"has the classes 1, 2, .*zero; lenet5.digits knows 0, 1"):
        zoo.evaluate(exported, dataset=f"folder:{root}")


def test_the_command_prints_json_and_tables(own_pack: zoo.Pack) -> None:
    result = run_zoo("evaluate", "lenet5.digits", "--runtime", "onnxruntime", "--json")
    assert result.returncode == 0, result.stderr
    entry = json.loads(result.stdout)
    assert entry["accuracy"] == own_pack.accuracy
    assert entry == json.loads((own_pack.folder / "evaluation.json").read_text())[-1]
    table = run_zoo("evaluate", "lenet5.digits")
    assert table.returncode == 0
    for text in (
        "95 % interval",
        "negative log likelihood",
        "expected calibration error",
        "macro",
        "weighted",
        "truth",
    ):
        assert text in table.stdout


def test_without_the_extra_it_is_named(own_pack: zoo.Pack, tmp_path: Path) -> None:
    blocked = without_packages(tmp_path / "blocked", "sklearn", "scipy", "matplotlib")
    result = run_zoo("evaluate", "lenet5.digits", PYTHONPATH=blocked)
    assert_one_message(result, "pip install 'digit-zoo[evaluate]'")


def test_a_damaged_evaluation_file_is_told_and_kept(pack_copy: Path) -> None:
    (pack_copy / "evaluation.json").write_text("[{")
    before = tree(pack_copy.parent)
    with pytest.raises(zoo.ZooError, match=r"evaluation\.json"):
        zoo.evaluate(pack_copy)
    assert tree(pack_copy.parent) == before


def test_a_wrong_temperature_changes_confidence_and_no_answer(pack_copy: Path, images: npt.NDArray[np.float32]) -> None:
    """The library puts the temperature in, once, and from the manifest."""
    before = zoo.load(pack_copy, "keras").run(images)
    change_manifest(pack_copy, lambda manifest: manifest.update(temperature=manifest["temperature"] * 2))
    after = zoo.load(pack_copy, "keras").run(images)
    assert (before.argmax(axis=1) == after.argmax(axis=1)).all()
    softened = np.sqrt(before.astype(np.float64))
    np.testing.assert_allclose(after, softened / softened.sum(axis=1, keepdims=True), atol=1e-5)


def test_a_bundled_pack_is_left_as_it_is(zoo_home: Path) -> None:
    pack = zoo.get_pack("softmax_regression.mnist")
    assert pack.bundled
    before = tree(pack.folder)
    result = zoo.evaluate(pack, dataset="digits", runtime="onnxruntime")
    assert tree(pack.folder) == before
    assert not (zoo_home / "packs").exists()
    assert result.accuracy > 0.5  # digits of another origin, at MNIST's scale


@pytest.mark.mnist
@pytest.mark.parametrize(("runtime", "format"), [("litert", "tflite"), ("onnxruntime", "onnx")])
def test_bundled_packs_reach_the_accuracy_in_their_manifests(runtime: str, format: str) -> None:
    packs = [pack for pack in zoo.list_models("*.mnist") if pack.bundled and format in pack.formats]
    assert packs
    for pack in packs:
        assert zoo.evaluate(pack, runtime=runtime).accuracy == pack.accuracy
