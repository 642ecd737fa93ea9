"""A training is resolved once, before anything of it begins."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest
from helpers import run_python

import zoo
from zoo.errors import UnknownNameError
from zoo.training.plan import own_recipe, resolve

RECIPE = zoo.Recipe(dataset="digits", epochs=9, batch_size=5_000, plain_epochs=4)


def test_a_plan_needs_no_keras_and_leaves_nothing_open(zoo_home: Path) -> None:
    program = """
        import sys
        from zoo.training.plan import resolve

        plan = resolve("lenet5", dataset="digits", epochs=2, seed=3)
        assert "keras" not in sys.modules
        print(plan.model, plan.recipe.dataset, plan.recipe.epochs, plan.steps_per_epoch, plan.target)
    """
    result = run_python(program)
    assert result.returncode == 0, result.stderr
    recipe = zoo.get_architecture("lenet5").recipes["mnist"]
    folder = zoo_home / "packs" / "lenet5.digits" / "seeds" / "3"
    assert result.stdout.split() == ["lenet5.digits", "digits", "2", str(1257 // recipe.batch_size), str(folder)]


def test_what_the_data_decides_is_in_the_plans_recipe(digits: zoo.Dataset, tmp_path: Path) -> None:
    plan = resolve("mlp", recipe=RECIPE, epochs=3, output=tmp_path / "pack")
    assert (plan.recipe.epochs, plan.recipe.plain_epochs, plan.recipe.batch_size) == (3, 3, len(digits.train))
    assert plan.target == tmp_path / "pack"
    assert plan.init is None
    final = resolve("mlp", recipe=dataclasses.replace(RECIPE, hold_out=False, temperature=1))
    assert final.recipe.batch_size == final.data.training_count == len(digits.train) + len(digits.validation)


def test_a_path_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digits: zoo.Dataset) -> None:
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    for number, (image, label) in enumerate(zip(digits.test.images, digits.test.labels, strict=True)):
        folder = Path("My photos", "even" if label % 2 == 0 else "odd")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0]).save(folder / f"{number}.png")
    plan = resolve("mlp", dataset=f"folder:My photos{os.sep}")
    assert plan.recipe.dataset == f"folder:{tmp_path / 'My photos'}"
    assert plan.model == "mlp.my-photos"


def test_the_recipe_is_the_tags_then_the_data_sets_then_the_default() -> None:
    lenet = zoo.get_architecture("lenet5")
    assert own_recipe(lenet, "canvas") == lenet.recipes["canvas"]
    assert own_recipe(lenet, "fold3", "canvas:fold3") == lenet.recipes["canvas"]
    assert own_recipe(lenet, "mine", "folder:mine") == lenet.recipes["mnist"]


def test_settings_differ_where_the_result_does(trained: Path) -> None:
    plan = resolve("lenet5", recipe=RECIPE)
    for changed in (
        dataclasses.replace(plan, seed=1),
        dataclasses.replace(plan, init=zoo.Pack(trained)),
        dataclasses.replace(plan, teachers=(zoo.Pack(trained),)),
        dataclasses.replace(plan, recipe=dataclasses.replace(plan.recipe, ema=0.5)),
        dataclasses.replace(plan, data=dataclasses.replace(plan.data, digests={"images": "0" * 64})),
    ):
        assert changed.settings() != plan.settings()
    assert dataclasses.replace(plan, target=trained).settings() == plan.settings()


def test_a_finished_pack_tells_in_what_it_differs(trained: Path) -> None:
    pack = zoo.Pack(trained)
    plan = resolve("lenet5", recipe=zoo.Recipe.from_dict(pack.manifest["recipe"]))
    assert plan.differences(pack) == []
    other = resolve("lenet5", recipe=dataclasses.replace(plan.recipe, ema=0.5), epochs=1, seed=1, init=pack)
    assert other.differences(pack) == ["epochs", "ema", "seed", "init"]


def test_teachers_are_looked_up_before_anything_is_trained(trained: Path) -> None:
    def taught_by(*models: str) -> zoo.Recipe:
        return dataclasses.replace(RECIPE, teacher=zoo.Teacher(models=models))

    assert [pack.id for pack in resolve("mlp", recipe=taught_by(str(trained))).teachers] == ["lenet5.digits"]
    with pytest.raises(UnknownNameError, match=r"Unknown model 'lenet5.mnits'"):
        resolve("mlp", recipe=taught_by(str(trained), "lenet5.mnits"))
