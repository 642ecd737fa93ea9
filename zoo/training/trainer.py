"""The one trainer: every architecture, every data set, any Keras 3 backend."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.contract.architecture import Architecture
from zoo.contract.dataset import Dataset
from zoo.contract.pack import MANIFEST, Pack
from zoo.contract.recipe import Recipe
from zoo.errors import MissingExtraError, PackError, TrainingError
from zoo.evaluation.log import log_test_evaluation
from zoo.files import shared_lock
from zoo.packs.writing import check_target, new_pack
from zoo.training.fine_tuning import copy_weights
from zoo.training.fitting import build_network, compile_network, fit
from zoo.training.plan import TrainingPlan, resolve
from zoo.training.progress import Report
from zoo.training.state import Checkpoint, TrainingState, checkpoint_folder
from zoo.training.trained_pack import write_trained

if TYPE_CHECKING:
    import keras

__all__ = ["train", "train_network"]

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
        Instead of the architecture's own. A `batch_size` larger than the number of images that are trained on becomes
        that number, in the pack's recipe, too.
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
    UnknownNameError, MissingExtraError, RecipeError
        When the architecture, its tag or the data set does not exist; Keras is not installed; `epochs` is not allowed.
    TrainingError
        When the loss stops being a number, the saved state of an interrupted training is damaged, or Keras's backend
        is not there.
    PackError
        When the pack's folder is taken or cannot be written.
    """
    if output is not None and not keep_finished:  # before the data set is loaded, whose name is the tag
        check_target(Path(output).expanduser().absolute(), overwrite=overwrite)
    _check_packages(tensorboard)
    plan = resolve(model, dataset=dataset, recipe=recipe, epochs=epochs, init=init, seed=seed, output=output)
    if keep_finished and not overwrite and (pack := _finished(plan)):
        return pack
    return _carry_out(plan, Report(progress, tensorboard, on_epoch), overwrite)


def _carry_out(plan: TrainingPlan, report: Report, overwrite: bool) -> Pack:
    """Do what a plan says."""
    check_target(plan.target, overwrite=overwrite)
    _check_backend()
    import keras

    keras.utils.set_random_seed(plan.seed)
    network = build_network(plan)
    init = copy_weights(plan, network)
    if init is not None and init["left_fresh"]:
        report.say(f"{init['model']} knows other classes; these weights are new: {', '.join(init['left_fresh'])}")
    compile_network(network, plan)

    state = TrainingState(network, plan.recipe.ema)
    checkpoint = Checkpoint(checkpoint_folder(plan))
    state.history = checkpoint.restore(state.variables)
    if state.history:
        report.say(f"Resuming {plan.model} after epoch {len(state.history)} of {plan.recipe.epochs}.")
    fit(plan, state, checkpoint, report)

    with new_pack(plan.target, overwrite=overwrite) as folder:
        write_trained(folder, plan, state, init)
    with shared_lock(plan.target):
        shutil.rmtree(checkpoint.folder, ignore_errors=True)
        pack = Pack(plan.target)
    log_test_evaluation(pack.artifact("keras"), "keras", plan.data, pack.manifest["metrics"])
    return pack


def train_network(architecture: Architecture, recipe: Recipe, data: Dataset, seed: int, folder: Path) -> keras.Model:
    """Train as `train` does from its data set on, and write no pack: what a training costs by itself.

    Parameters
    ----------
    architecture : Architecture
    recipe : Recipe
        Without `init` and teacher.
    data : Dataset
        Its training part is trained on.
    seed : int
    folder : pathlib.Path
        For the state that is written after each epoch; empty.

    Returns
    -------
    keras.Model
        It returns logits.
    """
    import keras

    plan = TrainingPlan(architecture, architecture.default_tag, recipe, data, seed, target=folder)
    keras.utils.set_random_seed(seed)
    network = build_network(plan)
    compile_network(network, plan)
    fit(plan, TrainingState(network, recipe.ema), Checkpoint(folder), Report())
    return network


def _finished(plan: TrainingPlan) -> Pack | None:
    """The pack that is there, if there is one, unless the plan would give another one."""
    with shared_lock(plan.target):
        if not (plan.target / MANIFEST).is_file():
            return None
        pack = Pack(plan.target)
        if differing := plan.differences(pack):
            raise PackError(
                f"{str(plan.target)!r} holds a pack that was trained otherwise ({', '.join(differing)}); add "
                "--overwrite to train it anew, or keep it elsewhere."
            )
        return pack


def _check_packages(tensorboard: str | Path | None) -> None:
    """Before the data set asks for packages of its own, and before TensorBoard's callback refuses an epoch's logs."""
    if find_spec("keras") is None:
        raise MissingExtraError("keras", "train", "Training")
    if tensorboard is not None:
        if find_spec("tensorboard") is None:
            raise MissingExtraError("tensorboard", "train", "Writing TensorBoard logs")
        if Path(tensorboard).exists() and not Path(tensorboard).is_dir():
            raise TrainingError(f"{str(tensorboard)!r} is a file; give a folder for TensorBoard's logs.")


def _check_backend() -> None:
    """Import Keras, which is here, with the backend that KERAS_BACKEND names, which may not be."""
    try:
        import keras  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name in OTHER_BACKENDS:
            raise TrainingError(
                f"Training on Keras's backend {error.name} needs the package {error.name!r}, which is not installed. "
                f"Install it with: pip install {error.name}; or set KERAS_BACKEND to tensorflow."
            ) from error
        raise MissingExtraError(error.name or "keras", "train", "Training") from error
    except ValueError as error:
        raise TrainingError(f"{error}. Set KERAS_BACKEND to tensorflow, jax or torch.") from error
