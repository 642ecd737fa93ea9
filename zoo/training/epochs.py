"""The arrays that each epoch trains on, made one epoch ahead while the network is busy."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from zoo.datasets.source import Split
from zoo.training.augmentation import augment
from zoo.training.recipe import Recipe

if TYPE_CHECKING:
    import numpy as np

__all__ = ["epoch_arrays", "epochs_ahead"]


def epoch_arrays(train: Split, classes: int, recipe: Recipe, seed: int, epoch: int) -> tuple[np.ndarray, np.ndarray]:
    """The images and labels of one epoch, in its order. Depends on (seed, epoch) alone, so a training can resume.

    Parameters
    ----------
    train : Split
    classes : int
    recipe : Recipe
    seed : int
    epoch : int
        From 0.

    Returns
    -------
    images : ndarray of shape (steps * batch_size, height, width, channels), float32 in [0, 1]
    labels : ndarray of shape (steps * batch_size, classes), float32
        One-hot.
    """
    import numpy as np

    random = np.random.default_rng([seed, epoch])
    # Whole batches only: one shape to compile for, and another few images wait each time.
    kept = len(train) // recipe.batch_size * recipe.batch_size
    order = random.permutation(len(train))[:kept]
    images = train.images[order]
    if recipe.augmentation is not None:
        images = augment(images, recipe.augmentation, random)
    scaled = np.multiply(images, np.float32(1 / 255), dtype=np.float32)
    return scaled, np.eye(classes, dtype=np.float32)[train.labels[order]]


def epochs_ahead(
    train: Split, classes: int, recipe: Recipe, seed: int, first: int
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield (epoch, images, labels) from epoch `first` to the recipe's last, preparing the next one in a thread."""
    with ThreadPoolExecutor(max_workers=1) as pool:

        def prepare(epoch: int) -> Future[tuple[np.ndarray, np.ndarray]]:
            return pool.submit(epoch_arrays, train, classes, recipe, seed, epoch)

        coming = prepare(first)
        for epoch in range(first, recipe.epochs):
            images, labels = coming.result()
            if epoch + 1 < recipe.epochs:
                coming = prepare(epoch + 1)
            yield epoch, images, labels
