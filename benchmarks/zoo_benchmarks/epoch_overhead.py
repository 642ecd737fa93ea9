"""What the trainer adds to plain ``model.fit`` on arrays in memory.

``python -m zoo_benchmarks.epoch_overhead [ARCHITECTURE]`` prints the ratio. Both train the same epochs in one process,
in turns. The plain one is Keras's own: arrays, ``batch_size``, validation images, and nothing else. Ours also draws
each epoch's order from its seed, augments, and writes a checkpoint.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import tempfile
import time
from pathlib import Path

import zoo

__all__ = ["epoch_seconds"]

EPOCHS = 6


def epoch_seconds(name: str, augmented: bool) -> tuple[float, float]:
    """Median seconds of an epoch: plain ``fit``, and the trainer.

    Parameters
    ----------
    name : str
        An architecture with a recipe for MNIST.
    augmented : bool
        Whether the trainer augments as the recipe says; the plain ``fit`` never does.

    Returns
    -------
    plain, trainer : float
    """
    import keras
    import numpy as np

    architecture = zoo.get_architecture(name)
    recipe = dataclasses.replace(architecture.recipes["mnist"], epochs=EPOCHS)
    if not augmented:
        recipe = dataclasses.replace(recipe, augmentation=None)
    data = zoo.load_dataset("mnist")
    one_hot = np.eye(10, dtype=np.float32)
    images, labels = data.train.scaled(), one_hot[data.train.labels]
    validation = (data.validation.scaled(), one_hot[data.validation.labels])

    plain_model = architecture.build((28, 28, 1), 10)
    plain_model.compile(
        optimizer=keras.optimizers.Adam(recipe.learning_rate),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
    )
    plain, trainer = [], []

    def plain_epoch() -> None:
        start = time.perf_counter()
        plain_model.fit(images, labels, batch_size=recipe.batch_size, validation_data=validation, verbose=0)
        plain.append(time.perf_counter() - start)

    # The trainer reports after each of its epochs; a plain one is run in between.
    last = [0.0]

    def after_epoch(row: dict[str, float]) -> None:
        trainer.append(time.perf_counter() - last[0])
        plain_epoch()
        last[0] = time.perf_counter()

    with tempfile.TemporaryDirectory() as folder:
        last[0] = time.perf_counter()
        zoo.train(name, recipe=recipe, output=Path(folder) / "pack", on_epoch=after_epoch)
    return statistics.median(plain[1:]), statistics.median(trainer[1:])  # the first ones trace the graph


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("architecture", nargs="?", default="lenet5")
    architecture = parser.parse_args().architecture
    print(f"{'trainer':<18} {'plain fit s':>11} {'trainer s':>10} {'ratio':>6}")
    for augmented in (False, True):
        plain, trainer = epoch_seconds(architecture, augmented)
        name = "with augmentation" if augmented else "same images"
        print(f"{name:<18} {plain:11.2f} {trainer:10.2f} {trainer / plain:6.2f}")
