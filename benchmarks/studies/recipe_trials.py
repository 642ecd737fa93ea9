"""Recipes of a model side by side, over seeds and on the validation images: what recipes are chosen by.

``python -m studies.recipe_trials mlp.mnist '{"ema": 0.0}' '{"ema": 0.99}' --seeds 3`` trains the model with each
recipe, which is the model's own but for the fields that the JSON object names (``{}``: none), and writes a row to
``results/recipe_trials.csv`` as soon as a run ends. An interrupted command goes on, and a finished run is kept, in
``$ZOO_HOME/recipe_trials``. Like every training, each ends with a look at the test images, which is logged; none of its
figures is shown here.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

import zoo
from studies.common import RESULTS, find_recipe, parser, plain_errors, positive, put_rows
from zoo.errors import RecipeError

__all__ = ["COLUMNS", "TABLE", "changed_recipe", "try_recipes"]

TABLE = RESULTS / "recipe_trials.csv"
KEY = ("model", "changes", "seed")
FIGURES = ("accuracy", "negative_log_likelihood", "expected_calibration_error")
COLUMNS = (*KEY, *FIGURES, "recipe")
"""`recipe` is the whole one: `changes` are from what was the model's own that day."""


def changed_recipe(model: str, changes: str) -> zoo.Recipe:
    """A model's own recipe with other values in some fields, which a JSON object names.

    Raises `UnknownNameError` when the model does not exist, and `RecipeError` when `changes` is no such object, a field
    or value is not allowed, or no validation images would be left.
    """
    architecture, tag = find_recipe(model)
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

    Each is trained with the seeds 0, 1, ..., and the table gets its rows as they come; so does the result, under the
    changes as JSON writes them. `overwrite` trains anew what is there: its data set, its teacher or what it began with
    may have changed. For errors see `changed_recipe` and `zoo.train`.
    """
    recipes = {}
    for text in changes:  # all, before any is trained
        recipe = changed_recipe(model, text)
        recipes[json.dumps(json.loads(text))] = recipe
    put_rows(path, COLUMNS, [], key=KEY)  # so is the table
    architecture, tag = find_recipe(model)
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
                output=zoo.home() / "recipe_trials" / f"{model}-{digest}" / str(seed),
                overwrite=overwrite,
                keep_finished=True,
                progress=f"{text} seed {seed}",
            )
            with tempfile.TemporaryDirectory() as folder:  # the pack stays as it was trained
                found = zoo.evaluate(pack, split="validation", runtime="keras", output=folder)
            figures = {name: getattr(found, name) for name in FIGURES}
            row = {"model": model, "changes": text, "seed": seed, **figures, "recipe": whole}
            put_rows(path, COLUMNS, [row], key=KEY)
            rows[text].append(row)
    return rows


def main() -> None:
    """Run the command."""
    command = parser(__doc__)
    command.add_argument("model", metavar="MODEL", help="an architecture, or lenet5.mnist")
    command.add_argument("changes", nargs="+", metavar="JSON", help="fields that differ from the model's own recipe")
    command.add_argument("--seeds", type=positive, default=3, metavar="N", help="seeds 0 to N - 1 (default: 3)")
    command.add_argument("--table", type=Path, default=TABLE, metavar="PATH", help="the table to write")
    command.add_argument("--overwrite", action="store_true", help="train anew what is there")
    arguments = command.parse_args()
    # TensorFlow takes a run that follows another in one process for a mistake in a loop, and says so.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    tried = try_recipes(
        arguments.model, arguments.changes, arguments.seeds, arguments.table, overwrite=arguments.overwrite
    )
    for text, own in tried.items():
        print(text)
        for figure in FIGURES:
            values = [float(str(row[figure])) for row in own]
            spread = f" +- {statistics.stdev(values):.5f} (SD)" if len(values) > 1 else ""
            print(f"  {figure.replace('_', ' ')}: {statistics.mean(values):.5f}{spread}")


if __name__ == "__main__":
    with plain_errors():
        main()
