"""What a teacher answers to fixed variants of the training images, computed once and kept on disk."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.contract.dataset import Dataset, scale
from zoo.contract.recipe import Augmentation, Teacher
from zoo.errors import TrainingError
from zoo.files import whole_file
from zoo.home import home
from zoo.packs.store import get_pack
from zoo.training.augmentation import augment

if TYPE_CHECKING:
    import numpy as np

__all__ = ["TeacherAnswers", "teacher_digests"]

VIEW_SEED = 20_000  # the variants are the same for every student and every seed


class TeacherAnswers:
    """The variants of a data set's training images, and a teacher's answers to them.

    Parameters
    ----------
    teacher : Teacher
    data : Dataset

    Attributes
    ----------
    weight : float
        See `Teacher`.

    Raises
    ------
    UnknownNameError
        When a teacher's pack does not exist.
    TrainingError
        When a teacher knows other classes or takes other images.
    """

    def __init__(self, teacher: Teacher, data: Dataset) -> None:
        self.weight = teacher.weight
        self._teacher = teacher
        self._data = data
        self._packs = [get_pack(name) for name in teacher.models]
        for pack in self._packs:
            if pack.classes != list(data.classes) or pack.input_shape != data.image_shape:
                raise TrainingError(
                    f"The teacher {pack.id} takes images of shape {pack.input_shape} and knows the classes "
                    f"{' '.join(pack.classes)}; it cannot teach {data.name}, with {data.image_shape} and "
                    f"{' '.join(data.classes)}."
                )

    def view(self, epoch: int, augmentation: Augmentation | None) -> tuple[np.ndarray, np.ndarray]:
        """All images that teach in an epoch and what the teacher answers to them, in the data set's order.

        Parameters
        ----------
        epoch : int
        augmentation : Augmentation or None
            None gives the images as they are.

        Returns
        -------
        images : ndarray of shape (n, height, width, channels), uint8
        answers : ndarray of shape (n, classes), float32
            Softened probabilities.
        """
        import numpy as np

        images = self._data.training_images
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
        import numpy as np

        from zoo.evaluation.answers import run_batches
        from zoo.runtimes.open import load

        scaled = scale(images)
        probabilities = np.mean([run_batches([load(pack, "keras")], scaled) for pack in self._packs], axis=0)
        softened = np.maximum(probabilities, 1e-12) ** (1 / self._teacher.temperature)
        answers: np.ndarray = softened / softened.sum(axis=1, keepdims=True)
        return answers

    def _cache(self, augmentation: Augmentation | None) -> Path:
        """A folder named by all that decides the answers, beside the user's packs."""
        key = {
            "teachers": teacher_digests(self._teacher),
            "temperature": self._teacher.temperature,
            "augmentation": asdict(augmentation) if augmentation else None,
            "dataset": dict(self._data.digests),
            "images": self._data.training_count,
        }
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:16]
        return home() / "teachers" / digest


def teacher_digests(teacher: Teacher | None) -> list[str]:
    """SHA-256 of each teacher's weights, and its temperature; a name alone does not say what it teaches.

    Raises
    ------
    UnknownNameError
        When a teacher's pack does not exist.
    """
    packs = [get_pack(name) for name in teacher.models] if teacher else []
    return [f"{pack.artifact('keras').sha256} {pack.temperature}" for pack in packs]
