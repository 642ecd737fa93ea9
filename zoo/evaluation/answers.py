"""What a trained model answers to labelled images, on any runtime: the ground of every figure."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import numpy as np

from zoo.contract.dataset import SPLITS, Dataset, Split
from zoo.contract.pack import Artifact, Pack
from zoo.contract.runtime import Runtime, Session
from zoo.datasets.load import load_dataset
from zoo.errors import UnknownNameError, ZooError
from zoo.packs.store import get_pack
from zoo.runtimes.open import load, select

__all__ = ["Answers", "collect_answers", "load_data", "open_sessions", "run_batches"]

BATCH = 250  # images per call; divides 10,000, so that a runtime prepares for one shape only
MOST_SESSIONS = 8  # of a model: each has weights and buffers of its own


@dataclass(frozen=True)
class Answers:
    """A model's probabilities for one part of a data set."""

    artifact: Artifact  # the file that answered; its `pack` is the model
    runtime: str
    data: Dataset
    split: str
    probabilities: np.ndarray  # (n, classes), float32
    seconds: float  # for all images, without loading model and data

    @property
    def part(self) -> Split:
        """The images that were answered, and their labels."""
        return self.data.split(self.split)

    @property
    def correct(self) -> np.ndarray:
        """Whether each image was answered rightly: shape (n,), bool."""
        correct: np.ndarray = self.probabilities.argmax(axis=1) == self.part.labels
        return correct


def collect_answers(
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
    if threads is None:
        chosen.require()
        sessions = open_sessions(chosen, artifact)
    else:
        sessions = [load(pack, chosen.name, precision=precision, threads=threads)]
    data = load_data(pack, dataset)
    images = data.split(split).scaled()
    start = time.perf_counter()
    probabilities = run_batches(sessions, images)
    seconds = time.perf_counter() - start
    return Answers(artifact, chosen.name, data, split, probabilities, seconds)


def load_data(pack: Pack, dataset: str | None = None) -> Dataset:
    """The data set that a model was trained on, or another one; `ZooError` where its classes are not the model's."""
    data = load_dataset(dataset or pack.manifest["recipe"]["dataset"], pack.input_shape)
    if list(data.classes) != pack.classes:
        raise ZooError(
            f"The data set {data.name!r} has the classes {', '.join(data.classes)}; {pack.id} knows "
            f"{', '.join(pack.classes)}. Choose a data set of the same classes."
        )
    return data


def open_sessions(runtime: Runtime, artifact: Artifact) -> list[Session]:
    """Open a file for many images: a session for every core, where those of the runtime compute side by side.

    Parameters
    ----------
    runtime : Runtime
        One that is installed, and opens the format.
    artifact : Artifact
        The file of a pack.

    Returns
    -------
    list of Session
        For `run_batches`. One, where the runtime is not `parallel`: it divides the cores by itself, or not at all.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return [runtime.open(artifact, None) for _ in range(min(cores, MOST_SESSIONS) if runtime.parallel else 1)]


def run_batches(sessions: Sequence[Session], images: np.ndarray) -> np.ndarray:
    """Run sessions of one file over any number of images, a batch at a time, each session in a thread of its own.

    Parameters
    ----------
    sessions : sequence of Session
        As `open_sessions` gives them, or the one of `zoo.load`.
    images : ndarray of shape (n, height, width, channels), float32
        In [0, 1].

    Returns
    -------
    ndarray of shape (n, classes), float32
        The same for any number of sessions: an image is always in the same batch.
    """
    batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
    if len(sessions) == 1:
        return np.concatenate([sessions[0].run(batch) for batch in batches])
    idle: SimpleQueue[Session] = SimpleQueue()
    for session in sessions:
        idle.put(session)

    def run(batch: np.ndarray) -> np.ndarray:
        session = idle.get()
        try:
            return session.run(batch)
        finally:
            idle.put(session)

    with ThreadPoolExecutor(len(sessions)) as threads:
        return np.concatenate(list(threads.map(run, batches)))
