"""What a teacher answers to fixed variants of the training images, computed once and kept on disk."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from zoo.contract.dataset import scale
from zoo.contract.recipe import Augmentation, Teacher
from zoo.evaluation.answers import run_batches
from zoo.files import whole_file
from zoo.home import home
from zoo.runtimes.open import load
from zoo.training.augmentation import augment
from zoo.training.plan import TrainingPlan

__all__ = ["TeacherAnswers"]

VIEW_SEED = 20_000  # the variants are the same for every student and every seed


class TeacherAnswers:
    """The variants of a data set's training images, and what the teachers of a plan answer to them."""

    def __init__(self, plan: TrainingPlan, teacher: Teacher) -> None:
        self.weight = teacher.weight
        self._plan = plan
        self._teacher = teacher

    def view(self, epoch: int, augmentation: Augmentation | None) -> tuple[np.ndarray, np.ndarray]:
        """All images that teach in an epoch, uint8, and the answers to them, in the data set's order.

        The answers are softened probabilities, float32 (n, classes). Without augmentation the images are as they are.
        """
        images = self._plan.data.training_images
        number = 0
        if augmentation is not None:
            number = epoch % self._teacher.views
            images = augment(images, augmentation, np.random.default_rng([VIEW_SEED, number]))
        path = self._cache(augmentation) / f"{number}.npy"
        try:
            return images, np.load(path).astype(np.float32)
        except (OSError, ValueError, EOFError):  # absent, or damaged
            answers = self._answer(images)
        with whole_file(path) as draft, draft.open("wb") as file:
            np.save(file, answers.astype(np.float16))
        return images, answers.astype(np.float16).astype(np.float32)  # as the next one will read it

    def _answer(self, images: np.ndarray) -> np.ndarray:
        scaled = scale(images)
        probabilities = np.mean([run_batches([load(pack, "keras")], scaled) for pack in self._plan.teachers], axis=0)
        softened = np.maximum(probabilities, 1e-12) ** (1 / self._teacher.temperature)
        answers: np.ndarray = softened / softened.sum(axis=1, keepdims=True)
        return answers

    def _cache(self, augmentation: Augmentation | None) -> Path:
        """A folder named by all that decides the answers, beside the user's packs."""
        key = {
            "teachers": self._plan.teacher_digests,
            "temperature": self._teacher.temperature,
            "augmentation": asdict(augmentation) if augmentation else None,
            "dataset": dict(self._plan.data.digests),
            "images": self._plan.data.training_count,
        }
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]
        return home() / "teachers" / digest
