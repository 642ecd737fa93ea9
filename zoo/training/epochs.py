"""The arrays that each epoch trains on, made one epoch ahead while the network is busy."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from zoo.contract.dataset import Dataset, scale
from zoo.training.augmentation import augment
from zoo.training.plan import TrainingPlan
from zoo.training.teacher import TeacherAnswers

__all__ = ["epoch_arrays", "epochs_ahead"]


def epoch_arrays(
    plan: TrainingPlan, epoch: int, teacher: TeacherAnswers | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The images and targets of one epoch, in its order. Depends on (seed, epoch) alone, so a training can resume.

    Images are (n, height, width, channels), float32 in [0, 1]; n is a multiple of the batch size. Targets are
    (n, classes), float32: one-hot, for outliers even; or mixed with the teacher's answers.
    """
    data, recipe = plan.data, plan.recipe
    random = np.random.default_rng([plan.seed, epoch])
    # Whole batches only: one shape to compile for, and another few images wait each time.
    order = random.permutation(data.training_count)[: plan.steps_per_epoch * recipe.batch_size]
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
    classes = len(data.classes)
    targets = np.full((data.training_count, classes), 1 / classes, dtype=np.float32)
    targets[: len(data.train)] = np.eye(classes, dtype=np.float32)[data.train.labels]
    return targets


def epochs_ahead(plan: TrainingPlan, first: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield (epoch, images, targets) from epoch `first` to the recipe's last, preparing the next one in a thread."""
    last = plan.recipe.epochs - 1
    teacher = TeacherAnswers(plan, plan.recipe.teacher) if plan.recipe.teacher else None
    with ThreadPoolExecutor(max_workers=1) as pool:

        def prepare(epoch: int) -> Future[tuple[np.ndarray, np.ndarray]]:
            return pool.submit(epoch_arrays, plan, epoch, teacher)

        coming = prepare(first)
        for epoch in range(first, last + 1):
            images, targets = coming.result()
            if epoch < last:
                coming = prepare(epoch + 1)
            yield epoch, images, targets
