"""What the trainer and its augmentation add to an epoch of plain ``model.fit`` on arrays in memory.

``python -m studies.epoch_overhead [MODEL]`` prints the seconds of an epoch and the ratios. The plain one is
Keras's own: arrays, ``batch_size``, validation images, and nothing else. Ours also draws each epoch's order from its
seed, augments one epoch ahead, and writes a checkpoint. An epoch counts from the end of the one before it, so that
waiting for images counts, too. The three take turns, a whole training each.
"""

from __future__ import annotations

import dataclasses
import itertools
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import zoo
from studies.common import find_recipe, parser, plain_errors

__all__ = ["epoch_seconds"]

EPOCHS, TURNS = 5, 3


def epoch_seconds(model: str) -> tuple[float, float, float]:
    """Median seconds of an epoch: of Keras's ``fit``, of the trainer on images as they are, and with augmentation."""
    architecture, tag = find_recipe(model)
    recipe = dataclasses.replace(architecture.recipes[tag], epochs=EPOCHS, plain_epochs=0, teacher=None, init=None)
    data = zoo.load_dataset(recipe.dataset)
    seconds: dict[str, list[float]] = {"plain": [], "trainer": [], "augmented": []}
    for _ in range(TURNS):
        seconds["plain"] += _plain(architecture, recipe, data)
        seconds["trainer"] += _trainer(architecture, dataclasses.replace(recipe, augmentation=None))
        seconds["augmented"] += _trainer(architecture, recipe)
    plain, trainer, augmented = map(statistics.median, seconds.values())
    return plain, trainer, augmented


def _plain(architecture: zoo.Architecture, recipe: zoo.Recipe, data: zoo.Dataset) -> list[float]:
    import keras
    import numpy as np

    ends: list[float] = []
    one_hot = np.eye(len(data.classes), dtype=np.float32)
    network = architecture.build(data.image_shape, len(data.classes))
    network.compile(
        optimizer=keras.optimizers.Adam(recipe.learning_rate),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
    )
    network.fit(
        data.train.scaled(),
        one_hot[data.train.labels],
        batch_size=recipe.batch_size,
        epochs=recipe.epochs,
        validation_data=(data.validation.scaled(), one_hot[data.validation.labels]),
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter()))],
        verbose=0,
    )
    return _between(ends)


def _trainer(architecture: zoo.Architecture, recipe: zoo.Recipe) -> list[float]:
    ends: list[float] = []

    def note(row: dict[str, Any]) -> None:
        ends.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as folder:
        zoo.train(architecture.name, recipe=recipe, output=Path(folder) / "pack", on_epoch=note)
    return _between(ends)


def _between(ends: list[float]) -> list[float]:
    """Seconds of all epochs but the first, which traces the graph."""
    return [after - before for before, after in itertools.pairwise(ends)]


if __name__ == "__main__":
    command = parser(__doc__)
    command.add_argument("model", nargs="?", default="lenet5.mnist", metavar="MODEL")
    arguments = command.parse_args()
    with plain_errors():
        plain, trainer, augmented = epoch_seconds(arguments.model)
    print(f"plain fit             {plain:.2f} s an epoch")
    print(f"trainer               {trainer:.2f} s, {trainer / plain:.2f} of plain fit")
    print(f"with its augmentation {augmented:.2f} s, {augmented / trainer:.2f} of the trainer without")
