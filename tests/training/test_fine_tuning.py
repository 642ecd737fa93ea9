"""Fine-tuning begins with a pack's weights, says so in the manifest, and refuses what does not fit."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from helpers import assert_one_message, run_zoo
from PIL import Image

import zoo
from zoo.errors import TrainingError

STILL = zoo.Recipe(dataset="digits", epochs=1, batch_size=64, learning_rate=1e-12)  # moves nothing


def test_a_training_that_moves_nothing_answers_as_the_pack_does(trained: Path, tmp_path: Path) -> None:
    pack = zoo.train("lenet5", dataset="digits", recipe=STILL, init=trained, output=tmp_path / "tuned")
    source = zoo.Pack(trained)
    assert pack.accuracy == source.accuracy
    fresh = zoo.train("lenet5", dataset="digits", recipe=STILL, output=tmp_path / "fresh")
    assert fresh.accuracy < source.accuracy
    assert pack.manifest["init"] == {
        "model": "lenet5.digits",
        "sha256": source.artifact("keras").sha256,
        "left_fresh": [],
    }
    assert "--seed 0 --init lenet5.digits`" in (pack.folder / "README.md").read_text(encoding="utf-8")
    assert fresh.manifest["init"] is None
    kept = {"dataset": "digits", "recipe": STILL, "output": tmp_path / "tuned", "keep_finished": True}
    assert zoo.train("lenet5", init=trained, **kept).folder == pack.folder  # type: ignore[arg-type]
    with pytest.raises(zoo.ZooError, match=r"trained otherwise \(init\)"):
        zoo.train("lenet5", **kept)  # type: ignore[arg-type]


def test_a_recipe_says_what_its_training_begins_with(trained: Path, tmp_path: Path) -> None:
    recipe = dataclasses.replace(STILL, init=str(trained))
    pack = zoo.train("lenet5", dataset="digits", recipe=recipe, output=tmp_path / "tuned")
    assert pack.accuracy == zoo.Pack(trained).accuracy
    assert pack.manifest["init"]["model"] == "lenet5.digits"
    assert zoo.Recipe.from_dict(pack.manifest["recipe"]).init == str(trained)
    other = zoo.train("lenet5", dataset="digits", epochs=1, output=tmp_path / "other").folder
    pack = zoo.train("lenet5", dataset="digits", recipe=recipe, init=other, output=tmp_path / "again")
    assert pack.manifest["init"]["sha256"] == zoo.Pack(other).artifact("keras").sha256  # the argument counts


def test_other_classes_leave_the_last_layer_fresh(trained: Path, tmp_path: Path, digits: zoo.Dataset) -> None:
    root = tmp_path / "three"
    for number, (image, label) in enumerate(zip(digits.train.images, digits.train.labels, strict=True)):
        if label < 3:
            (root / str(label)).mkdir(parents=True, exist_ok=True)
            Image.fromarray(image[..., 0]).save(root / str(label) / f"{number}.png")
    result = run_zoo(
        "train",
        "lenet5",
        "--init",
        trained,
        "--dataset",
        f"folder:{root}",
        "--epochs",
        "1",
        "--output",
        tmp_path / "out",
    )
    assert result.returncode == 0, result.stderr
    assert "lenet5.digits knows other classes; these weights are new: " in result.stderr
    pack = zoo.Pack(tmp_path / "out")
    left = pack.manifest["init"]["left_fresh"]
    assert len(left) == 2
    assert len({name.rpartition("/")[0] for name in left}) == 1  # kernel and bias of one layer
    assert len(pack.classes) == 3


def test_what_does_not_fit_is_refused(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"is of the architecture 'lenet5', the training of 'mlp'"):
        zoo.train("mlp", dataset="digits", epochs=1, init=trained, output=tmp_path / "pack")
    result = run_zoo("train", "lenet5", "--dataset", "digits", "--init", "lenet7", "--output", tmp_path / "pack")
    assert_one_message(result, "Unknown model 'lenet7'")
    assert not (tmp_path / "pack").exists()
