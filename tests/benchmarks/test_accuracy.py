"""The commands behind the accuracy figures: ensembles, the plot, and time to accuracy."""

from __future__ import annotations

import csv
import itertools
import shutil
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

import zoo
from studies.accuracy_by_size import LOWEST, PUBLISHED, draw, means
from studies.ensemble import COLUMNS, choose_members, evaluate_ensemble, write_row
from studies.time_to_accuracy import COLUMNS as TIME_COLUMNS
from studies.time_to_accuracy import TABLE as TIMES
from studies.time_to_accuracy import train_once, write_rows


@pytest.mark.mnist
def test_an_ensemble_answers_the_mean_of_its_members(tmp_path: Path) -> None:
    models = ["mlp.mnist", "lenet5.mnist"]
    members, ensemble = evaluate_ensemble(models)
    data = zoo.load_dataset("mnist").test
    mean = np.mean([zoo.load(model).run(data.scaled()) for model in models], axis=0)
    assert ensemble.accuracy == pytest.approx((mean.argmax(axis=1) == data.labels).mean())
    assert ensemble.negative_log_likelihood < max(one.negative_log_likelihood for one in members)

    path = tmp_path / "ensembles.csv"
    for _ in range(2):  # the second takes the place of the first
        write_row(models, ensemble, path)
    with path.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert list(row) == list(COLUMNS)
    assert row["models"] == "mlp.mnist#0 lenet5.mnist#0"
    assert int(row["parameters"]) == 235_146 + 61_706


@pytest.mark.mnist
def test_the_members_of_an_ensemble_are_chosen_on_the_validation_images() -> None:
    models = ["softmax_regression.mnist", "frontier_10k.mnist", "mlp.mnist"]

    def validation_loss(*members: str) -> float:
        data = zoo.load_dataset("mnist").validation
        mean = np.mean([zoo.load(member).run(data.scaled()) for member in members], axis=0)
        return float(-np.log(mean[np.arange(len(data.labels)), data.labels]).mean())

    chosen = choose_members(models)
    assert chosen[0] == "frontier_10k.mnist"  # the best by itself
    assert "softmax_regression.mnist" not in chosen  # far worse than the others
    assert ("mlp.mnist" in chosen) == (validation_loss(*models[1:]) < validation_loss("frontier_10k.mnist"))


def test_the_plot_shows_every_model_of_the_table(tmp_path: Path) -> None:
    draw(tmp_path / "plot.png")
    with Image.open(tmp_path / "plot.png") as picture:
        assert np.asarray(picture.convert("L")).std() > 10  # something is drawn on it
    table = {model: (parameters, accuracy) for model, parameters, accuracy, _ in means()}
    assert table["lenet5.mnist"][0] == 61_706
    assert 99.2 < table["lenet5.mnist"][1] < 100


def test_every_model_of_the_plot_is_named_and_no_name_lies_on_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Figure] = []
    with monkeypatch.context() as patch:
        patch.setattr(plt, "close", drawn.append)
        draw(tmp_path / "plot.png")
    (figure,) = drawn
    names = figure.axes[0].texts
    shown = {model.removesuffix(".mnist") for model, _, accuracy, _ in means() if accuracy >= LOWEST}
    assert {text.get_text() for text in names} == shown
    boxes = [Text.get_window_extent(text) for text in names]  # an annotation's own includes its line
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    plt.close(figure)


def test_published_figures_say_how_they_were_chosen() -> None:
    with PUBLISHED.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        assert row["selection"] in ("none", "test set")
        assert 0.98 < float(row["accuracy"]) < 1
        assert int(row["parameters"]) > 0


def test_a_timed_training_is_the_recipes_own(digits: zoo.Dataset) -> None:
    seconds, accuracy = train_once("softmax_regression.mnist", digits, seed=0)
    assert seconds > 0
    assert accuracy > 0.7


def test_new_times_replace_those_of_the_same_model(tmp_path: Path) -> None:
    def turn(model: str, seconds: float) -> list[dict[str, object]]:
        """One training of the peer, and one of a model beside it."""
        row = {**dict.fromkeys(TIME_COLUMNS, 0), "seconds": seconds}
        return [{**row, "recipe": model, "model": name} for name in ("torch_peer", model)]

    path = tmp_path / "times.csv"
    write_rows([*turn("a.mnist", 1), *turn("a.mnist", 2)], path)
    write_rows(turn("b.mnist", 3), path)
    write_rows(turn("a.mnist", 4), path)
    with path.open(newline="") as file:
        rows = [(row["model"], row["seconds"]) for row in csv.DictReader(file)]
    assert rows == [("torch_peer", "4"), ("a.mnist", "4"), ("torch_peer", "3"), ("b.mnist", "3")]


def test_the_committed_times_stay_as_they_are(tmp_path: Path) -> None:
    path = Path(shutil.copy(TIMES, tmp_path))
    write_rows([], path)
    assert path.read_bytes() == TIMES.read_bytes()
