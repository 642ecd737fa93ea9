"""Which models can be drawn at, what can be chosen, and the files that are made on demand."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from helpers import change_manifest, run_python, without_packages

from zoo.errors import UnknownNameError, ZooError
from zoo_demo.answer import answer
from zoo_demo.models import BeingMade, Choice, DrawableModels, drawable_models, pairs, to_be_made
from zoo_demo.sessions import SessionCache

pytestmark = pytest.mark.usefixtures("models_home")

LENET, LIGHT = "lenet5.mnist", "lenet5.light"


def choose(model: str = LENET, runtime: str = "litert", precision: str = "fp32") -> Choice:
    return drawable_models().choose({"model": model, "runtime": runtime, "precision": precision})


def test_only_pairs_that_exist(drawings: dict[str, Any]) -> None:
    models = drawable_models()
    light = pairs(models.packs[LIGHT])
    assert list(light) == ["litert", "keras"]
    assert list(light["litert"]) == ["fp32", "fp16"]
    assert light["litert"]["fp16"] < light["litert"]["fp32"]
    assert list(pairs(models.packs[LENET])["litert"]) == ["fp32"]
    for choice, text in (
        ({"model": LIGHT, "runtime": "onnxruntime"}, "onnxruntime"),
        ({"model": LIGHT, "runtime": "litrt"}, "Did you mean 'litert'"),
        ({"model": LENET, "runtime": "litert", "precision": "fp16"}, "fp16"),
        ({"model": "lenet6.mnist"}, "Did you mean 'lenet5.mnist'"),
    ):
        with pytest.raises(UnknownNameError, match=text):
            models.choose(choice)
    with pytest.raises(ZooError, match="Received: list"):
        models.choose([LIGHT, "litert"])
    assert models.choose({}) == Choice(models.packs[models.default], "litert", "fp32")
    half = answer(drawings["3"], choose(LIGHT, "litert", "fp16"), SessionCache())
    full = answer(drawings["3"], choose(LIGHT, "litert", "fp32"), SessionCache())
    assert half.label == full.label == "3"
    assert half.readings[0].probabilities != full.readings[0].probabilities


def test_models_that_can_be_drawn_at(models_home: Path) -> None:
    models = drawable_models()
    assert models.default == next(iter(models.packs))
    assert models.packs[models.default].tag == "canvas"  # although lenet5.light claims to be the most accurate
    assert "lenet5.mnist" in models.packs
    shutil.copytree(models_home / "packs" / LIGHT, models_home / "packs" / "lenet5.canvas")
    try:
        change_manifest(models_home / "packs" / "lenet5.canvas", lambda m: m.update(id="lenet5.canvas", tag="canvas"))
        assert drawable_models().default == "lenet5.canvas"  # the most accurate of those that learned from drawings
    finally:
        shutil.rmtree(models_home / "packs" / "lenet5.canvas")
    assert drawable_models("lenet5.mnist").default == "lenet5.mnist"
    assert drawable_models(str(models_home / "packs" / "lenet5.mnist")).default == "lenet5.mnist"
    with pytest.raises(UnknownNameError, match="Did you mean"):
        drawable_models("lenet5.mnis")


def made(models: DrawableModels, runtime: str, seconds: float = 280) -> Choice:
    """Wait for the file that a runtime needs."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            return models.choose({"runtime": runtime})
        except BeingMade as waiting:
            assert runtime in str(waiting)
            time.sleep(0.1)
    raise AssertionError("the file was not made")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_missing_files_are_made_one_after_the_other_while_others_answer(
    light_copy: Path, drawings: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ZOO_DATA_DIR", "KERAS_HOME"):  # without MNIST, which is not downloaded
        monkeypatch.setenv(name, str(tmp_path / "nowhere"))
    models, sessions = drawable_models(str(light_copy)), SessionCache()
    assert list(to_be_made(models.find(LENET))) == ["onnxruntime", "tensorflow", "openvino"]
    for runtime in ("tensorflow", "onnxruntime", "tensorflow"):
        with pytest.raises(BeingMade):
            models.choose({"runtime": runtime})
    assert answer(drawings["3"], models.choose({}), sessions).label == "3"
    for runtime, file in (("tensorflow", "saved_model"), ("onnxruntime", "model_fp32.onnx")):
        assert answer(drawings["7"], made(models, runtime), sessions).label == "7"
        certificate = json.loads((light_copy / f"{file}.certificate.json").read_text())
        assert "digits" in json.dumps(certificate["dataset"])
    assert models.choose({"runtime": "openvino"}).pack.formats == ["keras", "onnx", "saved_model", "tflite"]
    assert to_be_made(models.find(LENET)) == {}


def test_what_cannot_be_made_says_what_to_do(light_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", without_packages(tmp_path / "site", "tf2onnx"))
    models = drawable_models(str(light_copy))
    failed = r"'zoo export .* --format onnx' failed: .*pip install 'digit-zoo\[export\]'"
    with pytest.raises(ZooError, match=failed):
        made(models, "onnxruntime")
    with pytest.raises(ZooError, match=failed):  # it is tried once
        models.choose({"runtime": "openvino"})


def test_without_tensorflow_the_choice_names_the_command(light_copy: Path, tmp_path: Path) -> None:
    pytest.importorskip("gradio")
    result = run_python(
        f"""
        from zoo_demo.app import choice_fields
        from zoo_demo.models import drawable_models
        from zoo_demo.sessions import SessionCache
        from zoo_demo.views.compare import compare

        models = drawable_models({str(light_copy)!r})
        print(choice_fields(models))
        print(next(compare([[[1, 1], [1, 9]]], {{}}, models, SessionCache())))
        """,
        PYTHONPATH=without_packages(tmp_path / "site", "tensorflow", "keras", "tf2onnx"),
    )
    assert result.returncode == 0, result.stderr
    assert "no file for onnxruntime: zoo export lenet5.mnist --format onnx" in result.stdout
    assert "Make its file first: zoo export lenet5.mnist --format onnx" in result.stdout
