"""A model that has seen what is none of its classes withholds an answer to it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from helpers import change_manifest

import zoo
from zoo.errors import PackError
from zoo.evaluation.metrics import REFUSED_SHARE, fit_threshold
from zoo.plugins import load_plugins
from zoo.training.epochs import epoch_arrays
from zoo.training.plan import TrainingPlan

RECIPE = zoo.Recipe(dataset="stained", epochs=6, batch_size=32, learning_rate=3e-3)


def stains(seed: int, count: int) -> np.ndarray:
    """Smooth random grey, which shows no digit."""
    coarse = np.random.default_rng(seed).integers(0, 256, (count, 7, 7, 1), dtype=np.uint8)
    return coarse.repeat(4, axis=1).repeat(4, axis=2)


@pytest.fixture
def stained(digits: zoo.Dataset, monkeypatch: pytest.MonkeyPatch) -> zoo.Dataset:
    """scikit-learn's digits with outliers, as a registered data set."""
    data = dataclasses.replace(digits, name="stained", outliers=stains(0, 300))
    source = zoo.DatasetSource("stained", lambda argument, image_shape: data, "Digits and stains", "MIT")
    monkeypatch.setitem(load_plugins().datasets, "stained", source)
    return data


def test_outliers_teach_all_classes_alike(stained: zoo.Dataset) -> None:
    recipe = dataclasses.replace(RECIPE, batch_size=1)
    plan = TrainingPlan(zoo.get_architecture("lenet5"), "stained", recipe, stained, seed=0, target=Path("pack"))
    images, targets = epoch_arrays(plan, epoch=0)
    assert len(images) == len(stained.train) + 300 == stained.training_count == len(stained.training_images)
    assert stained.outliers is not None
    known = {image.tobytes() for image in zoo.Split(stained.outliers, np.zeros(300, np.int64)).scaled()}
    even = np.array([image.tobytes() in known for image in images])
    assert even.sum() == 300
    assert targets[even] == pytest.approx(0.1)
    assert targets[~even].max(axis=1) == pytest.approx(1)
    assert targets.sum(axis=1) == pytest.approx(1)


def test_a_pack_withholds_answers_to_outliers_and_few_others(stained: zoo.Dataset, tmp_path: Path) -> None:
    pack = zoo.train("lenet5", dataset="stained", recipe=RECIPE, output=tmp_path / "pack")
    session = zoo.load(pack, "keras")
    assert pack.rejection is not None
    others = zoo.Split(stains(1, 100), np.zeros(100, np.int64)).scaled()
    assert pack.rejection.rejects(session.run(others)).mean() > 0.9
    validation = pack.rejection.rejects(session.run(stained.validation.scaled())).mean()
    assert validation <= REFUSED_SHARE
    assert pack.rejection.rejects(session.run(stained.test.scaled())).mean() < 0.1
    entry = json.loads((pack.folder / "pack.json").read_text())["rejection"]
    assert entry == {
        "score": "max_probability",
        "threshold": pack.rejection.threshold,
        "calibrated_on": "validation images of stained",
        "images": 180,
        "rejected": pytest.approx(validation),
    }


def test_a_pack_of_a_data_set_without_outliers_answers_whatever_it_is_shown(trained: Path) -> None:
    assert zoo.get_pack(trained).rejection is None


def test_the_threshold_refuses_as_many_as_allowed() -> None:
    highest = np.random.default_rng(0).permutation(np.linspace(0.2, 1, 1000))
    probabilities = np.stack([highest, 1 - highest], axis=1)[highest > 0.5]
    threshold = fit_threshold(probabilities, 0.01)
    refused = zoo.Rejection(threshold).rejects(probabilities)
    assert refused.shape == (len(probabilities),)
    assert refused.sum() == int(0.01 * len(probabilities))
    assert zoo.Rejection(threshold).rejects(probabilities[0]).shape == ()
    assert fit_threshold(np.full((50, 10), 0.1)) == pytest.approx(
        0.1, rel=1e-3
    )  # nothing can be told apart: nothing is refused


@pytest.mark.parametrize("entry", [[], "0.5", {}, {"threshold": None}, {"threshold": True}, {"threshold": 1.1}])
def test_a_damaged_threshold_is_refused(trained_copy: Path, entry: object) -> None:
    change_manifest(trained_copy, lambda manifest: manifest.update(rejection=entry))
    with pytest.raises(PackError, match=r"rejection is .* threshold from 0 to 1"):
        zoo.get_pack(trained_copy)
