"""From a drawing to what a model answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.contract.pack import NOT_SURE, Pack
from zoo_demo.drawing import digit_images
from zoo_demo.models import Choice
from zoo_demo.sessions import SessionCache

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Answer", "Reading", "answer", "withheld"]


@dataclass(frozen=True)
class Reading:
    """What a model makes of one digit.

    Attributes
    ----------
    label : str
        The most probable class.
    probabilities : dict of str to float
        Of every class, in the order of the model's outputs.
    image : ndarray of shape (28, 28, 1), float32 in [0, 1]
        What the network saw.
    rejected : bool
        Whether it is probably no digit, so that the label is no answer; see `zoo.contract.pack`.
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
    """What a model answers to one drawing.

    Attributes
    ----------
    readings : tuple of Reading
        One for each digit, from left to right.
    latency_ms, median_ms : float
        Milliseconds of this inference, and the median of the last ones; see `zoo_demo.sessions.Run`.
    choice : Choice
        What answered.
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


def withheld(pack: Pack, probabilities: np.ndarray) -> list[bool]:
    """For each digit, whether a model that can tell holds it to be none."""
    return [False] * len(probabilities) if pack.rejection is None else pack.rejection.rejects(probabilities).tolist()


def answer(drawing: object, choice: Choice, sessions: SessionCache) -> Answer:
    """Show a drawing to a model.

    Parameters
    ----------
    drawing : object
        See `zoo_demo.drawing.digit_images`.
    choice : Choice
    sessions : SessionCache

    Raises
    ------
    BlankImageError
        When nothing is drawn.
    ImageError
        When `drawing` is none.
    ZooError
        When the model cannot be opened by the runtime.
    """
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
