"""Recipes of a model side by side, over seeds and on the validation images: what recipes are chosen by.

``python -m studies.recipe_trials mlp.mnist '{"ema": 0.0}' '{"ema": 0.99}' --seeds 3`` trains the model with each
recipe, which is the model's own but for the fields that the JSON object names (``{}``: none), and writes a row to
``results/recipe_trials.csv`` as soon as a run ends. An interrupted command goes on, and a finished run is kept, in
``$ZOO_HOME/recipe_trials``. Like every training, each ends with a look at the test images, which is logged; none of its
figures is shown here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
from collections.abc import Sequence
from pathlib import Path

import zoo
from studies.common import RESULTS, plain_errors, positive
from studies.seeds import write_rows
from zoo.cli.process import quiet_worker
from zoo.errors import RecipeError
from zoo.evaluation.answers import answer
from zoo.evaluation.evaluate import judge
from zoo.home import user_packs
from zoo.training.plan import parse_model

__all__ = ["COLUMNS", "TABLE", "changed_recipe", "try_recipes"]

TABLE = RESULTS / "recipe_trials.csv"
FIGURES = ("accuracy", "negative_log_likelihood", "expected_calibration_error")
COLUMNS = ("model", "changes", "seed", *FIGURES, "recipe")
"""`recipe` is the whole one: `changes` are from what was the model's own that day."""


def changed_recipe(model: str, changes: str) -> zoo.Recipe:
    """A model's own recipe with other values in some fields.

    Parameters
    ----------
    model : str
        ``"lenet5.mnist"``.
    changes : str
        A JSON object of fields and values.

    Returns
    -------
    Recipe

    Raises
    ------
    UnknownNameError
        When the model does not exist.
    RecipeError
        When `changes` is no such object, a field or value is not allowed, or no validation images would be left.
    """
    architecture, tag = parse_model(model)
    try:
        fields = json.loads(changes)
    except ValueError as error:
        raise RecipeError(f"{changes!r} is not JSON: {error}.") from error
    if not isinstance(fields, dict):
        raise RecipeError(f"{changes!r} must be a JSON object of a recipe's fields, such as '{{\"epochs\": 10}}'.")
    recipe = zoo.Recipe.from_dict({**architecture.recipes[tag].to_dict(), **fields})
    if not recipe.hold_out:
        raise RecipeError("recipe: hold_out is false; it must be true, because the validation images judge.")
    return recipe


def try_recipes(
    model: str, changes: Sequence[str], seeds: int, path: Path = TABLE, *, overwrite: bool = False
) -> dict[str, list[dict[str, object]]]:
    """Train a model by several recipes and judge each run on the validation images.

    Parameters
    ----------
    model : str
        ``"lenet5.mnist"``.
    changes : sequence of str
        One per recipe, see `changed_recipe`.
    seeds : int
        Each recipe is trained with the seeds 0, 1, ... before this one.
    path : pathlib.Path
        The table, which gets its rows as they come.
    overwrite : bool
        Train anew what is there: its data set, its teacher or what it began with may have changed.

    Returns
    -------
    dict of str to list of dict
        The rows of each of `changes`, which is written as JSON writes it.

    Raises
    ------
    ZooError
        See `changed_recipe` and `zoo.train`.
    """
    recipes = {}
    for text in changes:  # all, before any is trained
        recipe = changed_recipe(model, text)
        recipes[json.dumps(json.loads(text))] = recipe
    write_rows([], path, COLUMNS)  # so is the table
    architecture, tag = parse_model(model)
    model = f"{architecture.name}.{tag}"
    rows: dict[str, list[dict[str, object]]] = {text: [] for text in recipes}
    for seed in range(seeds):
        for text, recipe in recipes.items():
            whole = json.dumps(recipe.to_dict())
            digest = hashlib.sha256(whole.encode()).hexdigest()[:12]
            pack = zoo.train(
                model,
                recipe=recipe,
                seed=seed,
                output=user_packs().parent / "recipe_trials" / f"{model}-{digest}" / str(seed),
                overwrite=overwrite,
                keep_finished=True,
                progress=f"{text} seed {seed}",
            )
            found = judge(answer(pack, split="validation", runtime="keras"))
            figures = {name: getattr(found, name) for name in FIGURES}
            row = {"model": model, "changes": text, "seed": seed, **figures, "recipe": whole}
            write_rows([row], path, COLUMNS)
            rows[text].append(row)
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL", help="an architecture, or lenet5.mnist")
    parser.add_argument("changes", nargs="+", metavar="JSON", help="fields that differ from the model's own recipe")
    parser.add_argument("--seeds", type=positive, default=3, metavar="N", help="seeds 0 to N - 1 (default: 3)")
    parser.add_argument("--table", type=Path, default=TABLE, metavar="PATH", help="the table to write")
    parser.add_argument("--overwrite", action="store_true", help="train anew what is there")
    arguments = parser.parse_args()
    quiet_worker()
    with plain_errors():
        tried = try_recipes(
            arguments.model, arguments.changes, arguments.seeds, arguments.table, overwrite=arguments.overwrite
        )
    for text, own in tried.items():
        print(text)
        for figure in FIGURES:
            values = [float(str(row[figure])) for row in own]
            spread = f" +- {statistics.stdev(values):.5f} (SD)" if len(values) > 1 else ""
            print(f"  {figure.replace('_', ' ')}: {statistics.mean(values):.5f}{spread}")
