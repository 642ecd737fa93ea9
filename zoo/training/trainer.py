"""The one trainer: every architecture, every data set, any Keras 3 backend."""

from __future__ import annotations

import csv
import dataclasses
import math
import platform
import re
import shutil
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.architectures import Architecture, get_architecture
from zoo.datasets.source import Dataset, load_dataset
from zoo.errors import MissingExtraError, TrainingError, UnknownNameError
from zoo.packs.pack import MANIFEST, SCHEMA, Pack
from zoo.packs.store import pack_folder
from zoo.packs.writing import artifact_entry, check_target, new_pack, write_json
from zoo.training.recipe import Recipe

if TYPE_CHECKING:
    import keras
    import numpy as np

__all__ = ["train"]

STEPS_PER_EXECUTION = 16  # steps between two looks of Python at a running epoch
PREDICT_BATCH = 512


def train(
    model: str,
    *,
    dataset: str | None = None,
    recipe: Recipe | None = None,
    epochs: int | None = None,
    seed: int = 0,
    output: str | Path | None = None,
    overwrite: bool = False,
    tensorboard: str | Path | None = None,
    progress: bool = False,
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
        Instead of the architecture's own.
    epochs : int, optional
        Instead of the recipe's.
    seed : int
        Decides the initial weights, the order of the images, augmentation and dropout.
    output : path-like, optional
        The pack's folder. By default ``$ZOO_HOME/packs/ID``, for a seed other than 0 its ``seeds/N``.
    overwrite : bool
        Replace a pack that is there.
    tensorboard : path-like, optional
        A folder for TensorBoard's logs.
    progress : bool
        Tell on standard error how far it is.
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
        When the loss stops being a number, or the saved state of an interrupted training is damaged.
    PackError
        When the pack's folder is taken or cannot be written.
    MissingExtraError
        When Keras is not installed.
    """
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise TrainingError(f"seed is {seed!r}; it must be a whole number of at least 0.")
    architecture, tag, recipe, data = _resolve(model, dataset, recipe, epochs)
    pack_id = f"{architecture.name}.{tag}"
    target = Path(output).expanduser().absolute() if output is not None else pack_folder(pack_id, seed)
    check_target(target, overwrite=overwrite)
    try:
        import keras
    except ImportError as error:
        raise MissingExtraError("keras", "train", "Training") from error
    from zoo.training.checkpoint import Checkpoint, checkpoint_folder

    if len(data.train) < recipe.batch_size:
        recipe = dataclasses.replace(recipe, batch_size=len(data.train))
    keras.utils.set_random_seed(seed)
    network = _build(architecture, data)
    steps = len(data.train) // recipe.batch_size
    _compile(network, recipe, steps)

    settings = {
        "architecture": architecture.name,
        "recipe": recipe.to_dict(),
        "dataset": dict(data.digests),
        "seed": seed,
        "backend": keras.backend.backend(),
    }
    checkpoint = Checkpoint(checkpoint_folder(target, settings))
    history = checkpoint.restore(network)
    if progress and history:
        _tell(f"Resuming {pack_id} after epoch {len(history)} of {recipe.epochs}.")
    _fit(network, data, recipe, seed, checkpoint, history, steps, tensorboard, progress, on_epoch)

    pack = _write(network, architecture, tag, recipe, data, seed, history, target, overwrite)
    shutil.rmtree(checkpoint.folder, ignore_errors=True)
    return pack


def _resolve(
    model: str, dataset: str | None, recipe: Recipe | None, epochs: int | None
) -> tuple[Architecture, str, Recipe, Dataset]:
    """The architecture, the tag, the recipe and the data that a command means."""
    name, _, tag = model.partition(".")
    architecture = get_architecture(name)
    recipes, default = architecture.recipes, architecture.default_tag
    if tag and tag not in recipes and recipe is None and dataset is None:
        raise UnknownNameError(f"tag of {name}", tag, recipes, "Or give a --recipe or a --dataset.")
    if not re.fullmatch(r"[a-z0-9_-]*", tag):
        raise TrainingError(f"The tag {tag!r} is not allowed; use lower-case letters, digits, '_' and '-'.")
    wanted = dataset or (recipe or recipes.get(tag, recipes[default])).dataset
    data = load_dataset(wanted)
    if not tag:  # that of what it is trained on: mnist, or photos for folder:photos
        own = re.sub(r"[^a-z0-9]+", "-", data.name.rpartition(":")[2].lower()).strip("-") or "custom"
        tag = default if dataset is None and recipe is None else own
    known = recipes.get(tag)
    if known is not None and data.name != known.dataset:
        raise TrainingError(
            f"{name}.{tag} is trained on {known.dataset}, not on {data.name}. Leave the tag to the data set "
            f"('zoo train {name} --dataset {wanted}'), or give one of your own."
        )
    recipe = dataclasses.replace(recipe or known or recipes[default], dataset=wanted)
    if epochs is not None:
        recipe = dataclasses.replace(recipe, epochs=epochs)
    return architecture, tag, recipe, data


def _build(architecture: Architecture, data: Dataset) -> keras.Model:
    network = architecture.build(data.image_shape, len(data.classes))
    expected = (None, len(data.classes))
    if tuple(network.output_shape) != expected:
        raise TrainingError(
            f"The architecture {architecture.name!r} builds a model with output {network.output_shape}; it must return "
            f"logits of shape {expected}."
        )
    return network


def _compile(network: keras.Model, recipe: Recipe, steps: int) -> None:
    import keras

    from zoo.training.optimizer import make_optimizer

    network.compile(
        optimizer=make_optimizer(recipe, steps),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
        metrics=["accuracy"],
        steps_per_execution=min(steps, STEPS_PER_EXECUTION),
        jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",  # XLA is slower on a CPU here
    )
    network.optimizer.build(network.trainable_variables)


def _fit(
    network: keras.Model,
    data: Dataset,
    recipe: Recipe,
    seed: int,
    checkpoint: Any,
    history: list[dict[str, float]],
    steps: int,
    tensorboard: str | Path | None,
    progress: bool,
    on_epoch: Callable[[dict[str, float]], None] | None,
) -> None:
    """Train from the epoch after the last one in `history` to the recipe's last, appending a row for each."""
    import keras
    import numpy as np

    from zoo.training.epochs import epochs_ahead
    from zoo.training.progress import progress_callback

    classes = len(data.classes)
    validation = (data.validation.scaled(), np.eye(classes, dtype=np.float32)[data.validation.labels])
    callbacks: list[keras.callbacks.Callback] = [keras.callbacks.TerminateOnNaN()]
    if tensorboard is not None:
        callbacks.append(keras.callbacks.TensorBoard(str(tensorboard)))
    bar = progress_callback(recipe.epochs, steps, len(history)) if progress else None
    if bar is not None:
        callbacks.append(bar)
    for epoch, images, labels in epochs_ahead(data.train, classes, recipe, seed, len(history)):
        _seed_layers(network, seed, epoch)
        start = time.perf_counter()
        fitted = network.fit(
            images,
            labels,
            batch_size=recipe.batch_size,
            shuffle=False,  # the order is the epoch's own
            initial_epoch=epoch,
            epochs=epoch + 1,
            validation_data=validation,
            validation_batch_size=PREDICT_BATCH,
            callbacks=callbacks,
            verbose=0,
        )
        row = {"epoch": epoch + 1, **{name: float(values[-1]) for name, values in fitted.history.items()}}
        if not math.isfinite(row["loss"]):
            raise TrainingError(
                f"The loss became {row['loss']} in epoch {epoch + 1}; training stopped, and nothing of this epoch was "
                f"kept. Lower the learning rate ({recipe.learning_rate:g}) or look for broken images in the data set."
            )
        row["learning_rate"] = float(keras.ops.convert_to_numpy(network.optimizer.learning_rate))
        row["seconds"] = round(time.perf_counter() - start, 3)
        history.append(row)
        checkpoint.save(network, history)
        if bar is not None:
            bar.tell(row)
        if on_epoch is not None:
            on_epoch(row)


def _seed_layers(network: keras.Model, seed: int, epoch: int) -> None:
    """Give every dropout layer a state that depends on (seed, epoch) alone; no checkpoint of Keras's keeps it."""
    import numpy as np

    weights = {id(weight) for weight in network.weights}
    states = [variable for variable in network.non_trainable_variables if id(variable) not in weights]
    random = np.random.default_rng([seed, epoch, 1])
    for state in states:
        state.assign(random.integers(0, 2**31, size=tuple(state.shape)).astype("uint32"))


def _write(
    network: keras.Model,
    architecture: Architecture,
    tag: str,
    recipe: Recipe,
    data: Dataset,
    seed: int,
    history: list[dict[str, float]],
    target: Path,
    overwrite: bool,
) -> Pack:
    """Calibrate on the validation images, evaluate on the test images, and write the pack."""
    from zoo.canvas import IMAGE_SHAPE, SPEC_ID
    from zoo.evaluation.calibration import fit_temperature
    from zoo.evaluation.evaluate import evaluate_probabilities, summary, write_evaluation
    from zoo.evaluation.metrics import softmax
    from zoo.packs.card import write_card
    from zoo.training.macs import count_macs

    def logits(images: np.ndarray) -> np.ndarray:
        predicted: np.ndarray = network.predict(images, batch_size=PREDICT_BATCH, verbose=0)
        return predicted

    temperature = fit_temperature(logits(data.validation.scaled()), data.validation.labels)
    start = time.perf_counter()
    probabilities = softmax(logits(data.test.scaled()), temperature)
    evaluation = evaluate_probabilities(
        probabilities,
        data.test.labels,
        data.classes,
        dataset=data.name,
        format="keras",
        precision="fp32",
        runtime="keras",
        seconds=time.perf_counter() - start,
    )
    with new_pack(target, overwrite=overwrite) as folder:
        plain = architecture.build(data.image_shape, len(data.classes))  # without optimizer and metrics
        plain.set_weights(network.get_weights())
        plain.save(folder / "model.keras")
        with (folder / "history.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(history[0]))
            writer.writeheader()
            writer.writerows(history)
        write_evaluation(evaluation, folder)
        manifest = {
            "schema": SCHEMA,
            "id": f"{architecture.name}.{tag}",
            "architecture": architecture.name,
            "tag": tag,
            "parameters": network.count_params(),
            "macs": count_macs(network),
            "dataset": {"name": data.name, "digests": dict(data.digests)},
            "classes": list(data.classes),
            "input": {"name": "image", "dtype": "float32", "range": [0, 1], "shape": list(data.image_shape)},
            "preprocessing": {"canvas": SPEC_ID if data.image_shape == IMAGE_SHAPE else None},
            "temperature": temperature,
            "recipe": recipe.to_dict(),
            "seed": seed,
            "versions": _versions(),
            "metrics": summary(evaluation),
            "artifacts": [artifact_entry(folder, folder / "model.keras", "keras", "fp32", None)],
        }
        write_json(folder / MANIFEST, manifest)
        write_card(folder, architecture)
    return Pack(target)


def _versions() -> dict[str, str]:
    import keras

    backend = keras.backend.backend()
    return {
        "python": platform.python_version(),
        "digit-zoo": version("digit-zoo"),
        "keras": keras.__version__,
        backend: version(backend),
        "numpy": version("numpy"),
    }


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
