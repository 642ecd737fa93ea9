"""From a drawing to what a model answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import zoo
from zoo import NOT_SURE
from zoo_demo.drawing import digit_images
from zoo_demo.models import Choice
from zoo_demo.sessions import SessionCache

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Answer", "Reading", "answer", "withheld"]


@dataclass(frozen=True)
class Reading:
    """What a model makes of one digit.

    The label is the most probable class; when it is `rejected`, there is probably no digit, and the label is no answer.
    `image` (28, 28, 1), float32 in [0, 1], is what the network saw.
    """

    label: str
    probabilities: dict[str, float]
    image: np.ndarray
    rejected: bool

    @property
    def probability(self) -> float:
        """Of the label."""
        return self.probabilities[self.label]

    @property
    def said(self) -> str:
        """``Read as 7``, or that it is probably no digit."""
        return f"{NOT_SURE.capitalize()}, nearest to {self.label}" if self.rejected else f"Read as {self.label}"


@dataclass(frozen=True)
class Answer:
    """What a model answers to one drawing: a reading for each digit, from left to right.

    The latencies are milliseconds of this inference, and the median of the last ones; see `zoo_demo.sessions.Run`.
    """

    readings: tuple[Reading, ...]
    latency_ms: float
    median_ms: float
    choice: Choice

    @property
    def label(self) -> str:
        """The digit, or the number; a question mark stands for what is probably no digit."""
        return "".join("?" if reading.rejected else reading.label for reading in self.readings)

    @property
    def rejected(self) -> bool:
        """Whether any of it is probably no digit."""
        return any(reading.rejected for reading in self.readings)

    @property
    def weakest(self) -> Reading:
        """The reading that is the least certain; where any is probably no digit, of those."""
        return min(self.readings, key=lambda reading: (not reading.rejected, reading.probability))


def withheld(pack: zoo.Pack, probabilities: np.ndarray) -> list[bool]:
    """For each digit, whether a model that can tell holds it to be none."""
    return [False] * len(probabilities) if pack.rejection is None else pack.rejection.rejects(probabilities).tolist()


def answer(drawing: object, choice: Choice, sessions: SessionCache) -> Answer:
    """Show a drawing to a model; raises as `digit_images` does, and a `ZooError` when the model cannot be opened."""
    images = digit_images(drawing)
    run = sessions.run(choice, images)
    classes = choice.pack.classes
    readings = tuple(
        Reading(
            label=classes[int(found.argmax())],
            probabilities=dict(zip(classes, found.tolist(), strict=True)),
            image=image,
            rejected=rejected,
        )
        for found, image, rejected in zip(
            run.probabilities, images, withheld(choice.pack, run.probabilities), strict=True
        )
    )
    return Answer(readings, run.latency_ms, run.median_ms, choice)
