"""Recipes are compared on the validation images, and the table says what was compared."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from helpers import change_manifest

import zoo
from studies.recipe_trials import COLUMNS, TABLE, changed_recipe, try_recipes

MODEL = "softmax_regression.mnist"
CHANGES = ('{"epochs": 1}', '{"epochs": 1, "batch_size": 2500}')


def test_a_recipe_is_the_models_own_but_for_what_is_named() -> None:
    own = zoo.get_architecture("lenet5").recipes["mnist"].to_dict()
    assert changed_recipe("lenet5.mnist", "{}").to_dict() == own
    assert changed_recipe("lenet5", '{"ema": 0.5}').to_dict() == {**own, "ema": 0.5}


@pytest.mark.mnist
def test_every_run_is_judged_on_the_validation_images_and_trained_once(zoo_home: Path, tmp_path: Path) -> None:
    path = tmp_path / "trials.csv"
    first = try_recipes(MODEL, CHANGES, 1, path)
    packs = {json.loads(file.read_text())["recipe"]["batch_size"]: file for file in zoo_home.rglob("pack.json")}
    trained = {file: file.stat().st_mtime_ns for file in packs.values()}
    spaced = [text.replace(": ", ":") for text in CHANGES]  # the same
    both = try_recipes(MODEL, spaced, 2, path)  # goes on with the second seed
    assert {text: rows[:1] for text, rows in both.items()} == first
    assert all(file.stat().st_mtime_ns == when for file, when in trained.items())

    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["model"], row["changes"], row["seed"]) for row in rows] == [
        (MODEL, text, str(seed)) for text in CHANGES for seed in range(2)
    ]
    assert [json.loads(row["recipe"])["batch_size"] for row in rows[::2]] == [128, 2500]
    few_steps = zoo.evaluate(packs[2500].parent, split="validation", runtime="keras")
    assert float(rows[2]["accuracy"]) == few_steps.accuracy < float(rows[0]["accuracy"])


@pytest.mark.mnist
def test_overwriting_trains_anew(zoo_home: Path, tmp_path: Path) -> None:
    path = tmp_path / "trials.csv"
    first = try_recipes(MODEL, CHANGES[1:], 1, path)
    (file,) = zoo_home.rglob("pack.json")
    change_manifest(file.parent, lambda manifest: manifest["dataset"].update(digests={"images": "of yesterday"}))
    with pytest.raises(zoo.ZooError, match="--overwrite"):
        try_recipes(MODEL, CHANGES[1:], 1, path)
    assert try_recipes(MODEL, CHANGES[1:], 1, path, overwrite=True) == first


def test_every_recipe_of_the_table_was_tried_with_three_seeds() -> None:
    with TABLE.open(newline="") as file:
        seeds: dict[tuple[str, str], set[int]] = {}
        for row in csv.DictReader(file):
            recipe = zoo.Recipe.from_dict(json.loads(row["recipe"]))
            assert {name: getattr(recipe, name) for name in json.loads(row["changes"])} == json.loads(row["changes"])
            seeds.setdefault((row["model"], row["changes"]), set()).add(int(row["seed"]))
    assert seeds
    assert all(len(tried) >= 3 for tried in seeds.values())
