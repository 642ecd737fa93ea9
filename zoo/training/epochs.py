"""The arrays that each epoch trains on, made one epoch ahead while the network is busy."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from zoo.contract.dataset import Dataset, scale
from zoo.contract.recipe import Recipe
from zoo.training.augmentation import augment
from zoo.training.teacher import TeacherAnswers

if TYPE_CHECKING:
    import numpy as np

__all__ = ["epoch_arrays", "epochs_ahead"]


def epoch_arrays(
    data: Dataset, recipe: Recipe, seed: int, epoch: int, teacher: TeacherAnswers | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The images and targets of one epoch, in its order. Depends on (seed, epoch) alone, so a training can resume.

    Parameters
    ----------
    data : Dataset
    recipe : Recipe
    seed : int
    epoch : int
        From 0.
    teacher : TeacherAnswers, optional
        For a recipe with a teacher.

    Returns
    -------
    images : ndarray of shape (steps * batch_size, height, width, channels), float32 in [0, 1]
    targets : ndarray of shape (steps * batch_size, classes), float32
        One-hot, for outliers even; or mixed with the teacher's answers.
    """
    import numpy as np

    random = np.random.default_rng([seed, epoch])
    # Whole batches only: one shape to compile for, and another few images wait each time.
    kept = data.training_count // recipe.batch_size * recipe.batch_size
    order = random.permutation(data.training_count)[:kept]
    augmentation = recipe.augmentation if epoch < recipe.epochs - recipe.plain_epochs else None
    targets = _targets(data)[order]
    if teacher is not None:
        images, answers = teacher.view(epoch, augmentation)
        images = images[order]
        targets += np.float32(teacher.weight) * (answers[order] - targets)
    else:
        images = data.training_images[order]
        if augmentation is not None:
            images = augment(images, augmentation, random)
    return scale(images), targets


def _targets(data: Dataset) -> np.ndarray:
    """What to answer to `Dataset.training_images`: (n, classes), float32."""
    import numpy as np

    classes = len(data.classes)
    targets = np.full((data.training_count, classes), 1 / classes, dtype=np.float32)
    targets[: len(data.train)] = np.eye(classes, dtype=np.float32)[data.train.labels]
    return targets


def epochs_ahead(data: Dataset, recipe: Recipe, seed: int, first: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield (epoch, images, targets) from epoch `first` to the recipe's last, preparing the next one in a thread."""
    teacher = TeacherAnswers(recipe.teacher, data) if recipe.teacher else None
    with ThreadPoolExecutor(max_workers=1) as pool:

        def prepare(epoch: int) -> Future[tuple[np.ndarray, np.ndarray]]:
            return pool.submit(epoch_arrays, data, recipe, seed, epoch, teacher)

        coming = prepare(first)
        for epoch in range(first, recipe.epochs):
            images, targets = coming.result()
            if epoch + 1 < recipe.epochs:
                coming = prepare(epoch + 1)
            yield epoch, images, targets
