"""What a trained model answers to labelled images, on any runtime: the ground of every figure."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.datasets.source import SPLITS, Dataset, Split, load_dataset
from zoo.errors import UnknownNameError, ZooError
from zoo.packs.pack import Artifact, Pack
from zoo.packs.store import get_pack
from zoo.runtimes.runtime import Session, load, select

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Answers", "answer", "run_batches"]

BATCH = 250  # images per call; divides 10,000, so that a runtime prepares for one shape only


@dataclass(frozen=True)
class Answers:
    """A model's probabilities for one part of a data set.

    Attributes
    ----------
    artifact : Artifact
        The file that answered; its ``pack`` is the model.
    runtime : str
    data : Dataset
    split : str
    probabilities : ndarray of shape (n, classes), float32
    seconds : float
        For all images, without loading model and data.
    """

    artifact: Artifact
    runtime: str
    data: Dataset
    split: str
    probabilities: np.ndarray
    seconds: float

    @property
    def part(self) -> Split:
        """The images that were answered, and their labels."""
        return self.data.split(self.split)

    @property
    def correct(self) -> np.ndarray:
        """Whether each image was answered rightly: shape (n,), bool."""
        correct: np.ndarray = self.probabilities.argmax(axis=1) == self.part.labels
        return correct


def answer(
    model: str | Path | Pack,
    *,
    dataset: str | None = None,
    split: str = "test",
    runtime: str | None = None,
    precision: str = "fp32",
    threads: int | None = None,
) -> Answers:
    """Run a trained model over one part of a data set; for parameters and errors see `zoo.evaluate`."""
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    pack = get_pack(model)
    chosen, artifact = select(pack, runtime, precision)
    session = load(pack, chosen.name, precision=precision, threads=threads)
    data = load_dataset(dataset or pack.manifest["recipe"]["dataset"], pack.input_shape)
    if list(data.classes) != pack.classes:
        raise ZooError(
            f"The data set {data.name!r} has the classes {', '.join(data.classes)}; {pack.id} knows "
            f"{', '.join(pack.classes)}. Choose a data set of the same classes."
        )
    images = data.split(split).scaled()
    start = time.perf_counter()
    probabilities = run_batches(session, images)
    seconds = time.perf_counter() - start
    return Answers(artifact, chosen.name, data, split, probabilities, seconds)


def run_batches(session: Session, images: np.ndarray) -> np.ndarray:
    """Run a session over any number of images, a batch at a time.

    Parameters
    ----------
    session : Session
    images : ndarray of shape (n, height, width, channels), float32

    Returns
    -------
    ndarray of shape (n, classes), float32
    """
    import numpy as np

    return np.concatenate([session.run(batch) for batch in _batches(images)])


def _batches(images: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(images), BATCH):
        yield images[start : start + BATCH]
