"""The one trainer: every architecture, every data set, any Keras 3 backend."""

from __future__ import annotations

import dataclasses
import re
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from zoo.contract.architecture import Architecture
from zoo.contract.dataset import Dataset
from zoo.contract.pack import MANIFEST, Pack
from zoo.contract.recipe import Recipe
from zoo.datasets.load import load_dataset
from zoo.errors import MissingExtraError, PackError, RecipeError, TrainingError, UnknownNameError
from zoo.files import shared_lock
from zoo.packs.store import get_pack, pack_folder
from zoo.packs.writing import check_target, new_pack
from zoo.plugins import get_architecture

__all__ = ["parse_model", "train"]

OTHER_BACKENDS = ("jax", "torch")  # which no extra for users brings: TensorFlow is what exports need


def train(
    model: str,
    *,
    dataset: str | None = None,
    recipe: Recipe | None = None,
    epochs: int | None = None,
    init: str | Path | Pack | None = None,
    seed: int = 0,
    output: str | Path | None = None,
    overwrite: bool = False,
    keep_finished: bool = False,
    tensorboard: str | Path | None = None,
    progress: bool | str = False,
    on_epoch: Callable[[dict[str, float]], None] | None = None,
) -> Pack:
    """Train an architecture and write it as a pack; an interrupted training of the same settings goes on.

    Parameters
    ----------
    model : str
        ``"lenet5"`` (its default tag) or ``"lenet5.mnist"``.
    dataset : str, optional
        Instead of the recipe's: ``"digits"``, ``"folder:PATH"``. It names the tag, too.
    recipe : Recipe, optional
        Instead of the architecture's own. A batch is never larger than the number of images that are trained on: a
        larger `batch_size` becomes that number, in the pack's recipe, too.
    epochs : int, optional
        Instead of the recipe's; where its `plain_epochs` are more, all are plain.
    init : str, path-like or Pack, optional
        Instead of the recipe's: a trained model of the same architecture whose weights the training begins with. Where
        it knows another number of classes, the weights that have one entry per class are new.
    seed : int
        Decides the initial weights, the order of the images, augmentation and dropout.
    output : path-like, optional
        The pack's folder. By default ``$ZOO_HOME/packs/ID``, for a seed other than 0 its ``seeds/N``.
    overwrite : bool
        Replace a pack that is there.
    keep_finished : bool
        Return a pack that is there, instead of refusing, when it is what this training would give.
    tensorboard : path-like, optional
        A folder for TensorBoard's logs.
    progress : bool or str
        Tell on standard error how far it is. A text stands before each line, and there is no bar: for one of several
        trainings that share a terminal.
    on_epoch : callable, optional
        Is given each epoch's row of ``history.csv`` once the epoch is saved.

    Returns
    -------
    Pack
        With the last epoch's weights, evaluated on the test part of its data set.

    Raises
    ------
    UnknownNameError
        When the architecture, its tag or the data set does not exist.
    TrainingError
        When the loss stops being a number, the saved state of an interrupted training is damaged, or Keras's backend
        is not there.
    PackError
        When the pack's folder is taken or cannot be written.
    RecipeError
        When `epochs` is not allowed.
    MissingExtraError
        When Keras is not installed.
    """
    if output is not None and not keep_finished:  # before the data set is loaded, whose name is the tag
        check_target(Path(output).expanduser().absolute(), overwrite=overwrite)
    if find_spec("keras") is None:  # before the data set asks for packages of its own
        raise MissingExtraError("keras", "train", "Training")
    if tensorboard is not None:
        _check_tensorboard(Path(tensorboard))
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise TrainingError(f"seed is {seed!r}; it must be a whole number of at least 0.")
    architecture, tag, recipe, data = _resolve(model, dataset, recipe, epochs)
    if not recipe.hold_out:
        data = data.without_hold_out()
    if data.training_count < recipe.batch_size:
        recipe = dataclasses.replace(recipe, batch_size=data.training_count)
    init = recipe.init if init is None else init
    source = get_pack(init) if init is not None else None
    pack_id = f"{architecture.name}.{tag}"
    target = Path(output).expanduser().absolute() if output is not None else pack_folder(pack_id, seed)
    with shared_lock(target):
        if keep_finished and not overwrite and (target / MANIFEST).is_file():
            return _finished(target, recipe, data, seed, source)
    check_target(target, overwrite=overwrite)
    try:
        import keras
    except ModuleNotFoundError as error:  # Keras is here, and the backend that KERAS_BACKEND names is not
        if error.name in OTHER_BACKENDS:
            raise TrainingError(
                f"Training on Keras's backend {error.name} needs the package {error.name!r}, which is not installed. "
                f"Install it with: pip install {error.name}; or set KERAS_BACKEND to tensorflow."
            ) from error
        raise MissingExtraError(error.name or "keras", "train", "Training") from error
    except ValueError as error:
        raise TrainingError(f"{error}. Set KERAS_BACKEND to tensorflow, jax or torch.") from error
    from zoo.evaluation.log import log_test_evaluation
    from zoo.training.fine_tuning import copy_weights
    from zoo.training.fitting import build_network, compile_network, fit
    from zoo.training.state import Checkpoint, TrainingState, checkpoint_folder
    from zoo.training.teacher import teacher_digests
    from zoo.training.trained_pack import write_trained

    keras.utils.set_random_seed(seed)
    network = build_network(architecture, data)
    started = copy_weights(source, network, architecture.name, len(data.classes)) if source else None
    steps = data.training_count // recipe.batch_size
    compile_network(network, recipe, steps)
    state = TrainingState(network, recipe.ema)

    settings: dict[str, Any] = {
        "architecture": architecture.name,
        "recipe": recipe.to_dict(),
        "dataset": dict(data.digests),
        "teachers": teacher_digests(recipe.teacher),
        "seed": seed,
        "backend": keras.backend.backend(),
    }
    if started is not None:
        settings["init"] = started["sha256"]
        if progress and started["left_fresh"]:
            told = f"{started['model']} knows other classes; these weights are new: {', '.join(started['left_fresh'])}"
            print(told, file=sys.stderr, flush=True)
    checkpoint = Checkpoint(checkpoint_folder(target, settings))
    history = checkpoint.restore(state.variables)
    if progress and history:
        prefix = f"{progress}: " if isinstance(progress, str) else ""
        told = f"{prefix}Resuming {pack_id} after epoch {len(history)} of {recipe.epochs}."
        print(told, file=sys.stderr, flush=True)
    fit(state, data, recipe, seed, checkpoint, history, tensorboard=tensorboard, progress=progress, on_epoch=on_epoch)

    with new_pack(target, overwrite=overwrite) as folder:
        write_trained(folder, network, architecture, tag, recipe, data, seed, history, started)
    with shared_lock(target):
        shutil.rmtree(checkpoint.folder, ignore_errors=True)
        pack = Pack(target)
    log_test_evaluation(pack.artifact("keras"), "keras", data, pack.manifest["metrics"])
    return pack


def _finished(target: Path, recipe: Recipe, data: Dataset, seed: int, source: Pack | None) -> Pack:
    """The pack that is there, unless this training would give another one."""
    from zoo.training.teacher import teacher_digests

    pack = Pack(target)
    try:
        made = dataclasses.replace(Recipe.from_dict(pack.manifest["recipe"]), dataset=recipe.dataset)
        differs = [
            field.name
            for field in dataclasses.fields(Recipe)
            if getattr(made, field.name) != getattr(recipe, field.name)
        ]
    except RecipeError:  # made by a version with other fields
        differs = ["recipe"]
    if pack.manifest["seed"] != seed:
        differs.append("seed")
    if pack.manifest["dataset"].get("digests") != dict(data.digests):
        differs.append("dataset")
    digests = teacher_digests(recipe.teacher)
    if pack.manifest.get("teachers", digests) != digests:  # packs of earlier versions lack the key
        differs.append("teacher")
    if (pack.manifest.get("init") or {}).get("sha256") != (source.artifact("keras").sha256 if source else None):
        differs.append("init")
    if differs:
        raise PackError(
            f"{str(target)!r} holds a pack that was trained otherwise ({', '.join(differs)}); add --overwrite to train "
            "it anew, or keep it elsewhere."
        )
    return pack


def _check_tensorboard(folder: Path) -> None:
    """Refuse before training what TensorBoard's callback would refuse after it has begun."""
    if find_spec("tensorboard") is None:
        raise MissingExtraError("tensorboard", "train", "Writing TensorBoard logs")
    if folder.exists() and not folder.is_dir():
        raise TrainingError(f"{str(folder)!r} is a file; give a folder for TensorBoard's logs.")


def parse_model(model: str, dataset: str | None, recipe: Recipe | None) -> tuple[Architecture, str]:
    """The architecture and the tag that a MODEL to be trained names; an empty tag is left to the data set.

    Raises
    ------
    UnknownNameError
        When the architecture does not exist, or has no recipe of that tag and none is given.
    TrainingError
        When the tag is not allowed.
    """
    name, dot, tag = model.partition(".")
    architecture = get_architecture(name)
    recipes = architecture.recipes
    if tag and tag not in recipes and recipe is None and dataset is None:
        raise UnknownNameError(f"tag of {name}", tag, recipes, "Or give a --recipe or a --dataset.")
    if (dot and not tag) or not re.fullmatch(r"[a-z0-9_-]*", tag):
        raise TrainingError(f"The tag {tag!r} is not allowed; use lower-case letters, digits, '_' and '-'.")
    if not tag and dataset is None and recipe is None:
        tag = architecture.default_tag
    return architecture, tag


def _resolve(
    model: str, dataset: str | None, recipe: Recipe | None, epochs: int | None
) -> tuple[Architecture, str, Recipe, Dataset]:
    """The architecture, the tag, the recipe and the data that a command means."""
    architecture, tag = parse_model(model, dataset, recipe)
    name, recipes, default = architecture.name, architecture.recipes, architecture.default_tag
    wanted = dataset or (recipe or recipes.get(tag, recipes[default])).dataset
    source, colon, argument = wanted.partition(":")
    if colon and Path(argument).expanduser().exists():  # the pack remembers it, and must find it from any folder
        wanted = f"{source}:{Path(argument).expanduser().absolute()}"
    data = load_dataset(wanted)
    if not tag:  # that of what it is trained on: mnist, or photos for folder:photos
        tag = re.sub(r"[^a-z0-9]+", "-", data.name.rpartition(":")[2].lower()).strip("-") or "custom"
    known = recipes.get(tag)
    if known is not None and data.name != known.dataset:
        raise TrainingError(
            f"{name}.{tag} is trained on {known.dataset}, not on {data.name}. Leave the tag to the data set "
            f"('zoo train {name} --dataset {wanted}'), or give one of your own."
        )
    made_for = next((each for each in recipes.values() if each.dataset == source), recipes[default])
    recipe = dataclasses.replace(recipe or known or made_for, dataset=wanted)
    if epochs is not None:
        plain = recipe.plain_epochs
        recipe = dataclasses.replace(recipe, epochs=epochs, plain_epochs=0)  # refuses what is no number of epochs
        recipe = dataclasses.replace(recipe, plain_epochs=min(plain, epochs))
    return architecture, tag, recipe, data
