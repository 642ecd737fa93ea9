"""Recipes are plain data: they survive JSON, and wrong ones are refused by the field's name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zoo
from zoo.contract.recipe import Teacher
from zoo.errors import RecipeError

augmentations = st.builds(
    zoo.Augmentation,
    rotation=st.floats(0, 180),
    shift=st.floats(0, 1),
    zoom=st.floats(0, 0.9),
    shear=st.floats(0, 80),
    elastic=st.floats(0, 20),
    stroke=st.floats(0, 1),
    erasing=st.floats(0, 1),
)
teachers = st.builds(
    Teacher,
    models=st.lists(st.text(), min_size=1, max_size=3).map(tuple),
    weight=st.floats(1e-6, 1),
    temperature=st.floats(0.1, 100),
    views=st.integers(1, 1000),
)
epochs = st.shared(st.integers(1, 10**6))
recipes = st.builds(
    zoo.Recipe,
    dataset=st.text(min_size=1),
    epochs=epochs,
    batch_size=st.integers(1, 10**6),
    optimizer=st.sampled_from(["adamw", "sgd"]),
    betas=st.tuples(st.floats(0, 0.999), st.floats(0, 0.999)),
    learning_rate=st.floats(1e-12, 100),
    schedule=st.sampled_from(["constant", "cosine", "one_cycle"]),
    warmup=st.floats(0, 1),
    weight_decay=st.floats(0, 10),
    label_smoothing=st.floats(0, 0.999),
    augmentation=st.none() | augmentations,
    plain_epochs=epochs.flatmap(lambda most: st.integers(0, most)),
    ema=st.floats(0, 0.9999),
    teacher=st.none() | teachers,
    init=st.none() | st.text(min_size=1),
    hold_out=st.booleans(),
    temperature=st.floats(0.05, 20),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(recipes)
def test_json_brings_back_the_same_recipe(recipe: zoo.Recipe) -> None:
    assert zoo.Recipe.from_dict(json.loads(json.dumps(recipe.to_dict(), allow_nan=False))) == recipe


@given(st.sampled_from(sorted(zoo.Recipe().to_dict())), json_values)
def test_any_value_of_a_field_gives_a_recipe_or_is_refused_by_name(field: str, value: Any) -> None:
    try:
        recipe = zoo.Recipe.from_dict({field: value})
    except RecipeError as error:
        assert field in str(error)
    else:
        assert zoo.Recipe.from_dict(recipe.to_dict()) == recipe


def test_absent_fields_have_defaults() -> None:
    assert zoo.Recipe.from_dict({}) == zoo.Recipe()
    assert zoo.Recipe.from_dict({"augmentation": {"rotation": 5}}).augmentation == zoo.Augmentation(rotation=5)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"epoch": 3}, "Unknown recipe field 'epoch'. Did you mean 'epochs'"),
    ({"learning_rat": 3}, "Did you mean 'learning_rate'"),
    ({"augmentation": {"rotate": 3}}, "Unknown augmentation field 'rotate'. Did you mean 'rotation'"),
    ({"epochs": 0}, "epochs is 0"),
    ({"epochs": 2.5}, "epochs is 2.5"),
    ({"epochs": True}, "epochs is True"),
    ({"epochs": "3"}, "epochs is '3'"),
    ({"batch_size": -1}, "batch_size is -1"),
    ({"learning_rate": 0}, "learning_rate is 0"),
    ({"learning_rate": float("nan")}, "learning_rate is nan"),
    ({"learning_rate": float("inf")}, "learning_rate is inf"),
    ({"warmup": 1.1}, "warmup is 1.1"),
    ({"weight_decay": -1e-3}, "weight_decay is -0.001"),
    ({"label_smoothing": 1}, "label_smoothing is 1"),
    ({"betas": 0.9}, "betas is 0.9; it must be a list of two numbers"),
    ({"betas": [0.9, 1.0]}, "betas is 1.0"),
    ({"init": ""}, "init is ''; give the id of a trained model, or null"),
    ({"optimizer": "adam"}, "Unknown recipe optimizer 'adam'. Did you mean 'adamw'"),
    ({"schedule": "one-cycle"}, "Unknown recipe schedule 'one-cycle'. Did you mean 'one_cycle'"),
    ({"schedule": ["cosine"]}, "Unknown recipe schedule"),
    ({"dataset": ""}, "dataset is ''"),
    ({"dataset": None}, "dataset is None"),
    ({"augmentation": 3}, "augmentation is 3"),
    ({"teacher": {}}, "teacher field 'models' is missing"),
    ({"teacher": {"models": "mlp"}}, "teacher.models is 'mlp'"),
    ({"teacher": {"models": []}}, "teacher.models is []"),
    ({"teacher": {"models": ["mlp"], "wieght": 1}}, "Unknown teacher field 'wieght'. Did you mean 'weight'"),
    ({"ema": 1}, "ema is 1"),
    ({"plain_epochs": -1}, "plain_epochs is -1; it must be a whole number from 0 to 1,000,000"),
    ({"plain_epochs": True}, "plain_epochs is True"),
    ({"plain_epochs": 3, "epochs": 2}, "plain_epochs is 3; it must be at most epochs, which is 2"),
    ({"epochs": 10**21}, "it must be a whole number from 1 to 1,000,000"),
    ({"learning_rate": 10**400}, "it must be a number from 1e-12 to 100"),
    ({"augmentation": {"rotation": 181}}, "augmentation.rotation is 181"),
    ({"augmentation": {"zoom": "a lot"}}, "augmentation.zoom is 'a lot'"),
]


@pytest.mark.parametrize(("fields", "message"), WRONG)
def test_wrong_fields_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        zoo.Recipe.from_dict(fields)
    assert message in str(caught.value)


def test_a_recipe_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "recipe.json"
    recipe = zoo.Recipe(epochs=3, augmentation=zoo.Augmentation(shift=0.1))
    path.write_text(json.dumps(recipe.to_dict()))
    assert zoo.Recipe.from_file(path) == recipe


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not JSON"),
        (b"{'epochs': 3}", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[1]", "holds a list"),
        (b'"mnist"', "holds a str"),
        (b"null", "holds a NoneType"),
        (b'{"epochs": 0}', "epochs is 0"),
    ],
)
def test_files_that_hold_no_recipe_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "recipe.json"
    path.write_bytes(content)
    with pytest.raises(RecipeError, match=message):
        zoo.Recipe.from_file(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"'/nowhere/recipe.json' cannot be read: No such file"):
        zoo.Recipe.from_file("/nowhere/recipe.json")
    with pytest.raises(RecipeError, match=r"Is a directory"):
        zoo.Recipe.from_file(tmp_path)


def test_without_validation_images_the_temperature_must_be_given() -> None:
    with pytest.raises(RecipeError, match=r"temperature is missing.*hold_out false.*or 1"):
        zoo.Recipe(hold_out=False)
    assert not zoo.Recipe(hold_out=False, temperature=1).hold_out
