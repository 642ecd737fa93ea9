"""The Answer tab. Its outline is the same in every state, so that Gradio changes it in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from zoo import NOT_SURE
from zoo.canvas import IMAGE_SHAPE
from zoo_demo.answer import Answer
from zoo_demo.sessions import RECENT
from zoo_demo.views import image_url, milliseconds, percent, render

__all__ = ["Notice", "confidence", "render_answer", "render_notice"]


@dataclass(frozen=True)
class Notice:
    """What is shown when there is no answer: a sign in the place of the digit, and what to do, or what is going on.

    The style sheet knows the states ``"prompt"``, ``"opening"``, ``"making"`` and ``"problem"``; and ``"answer"`` and
    ``"unsure"``.
    """

    state: str
    sign: str
    text: str


def confidence(probability: float) -> str:
    """How sure a model is, in words."""
    for limit, words in ((0.99, "almost certain"), (0.9, "confident"), (0.7, "fairly sure"), (0.5, "leaning to it")):
        if probability >= limit:
            return words
    return "a guess"


def render_answer(answer: Answer) -> str:
    """The digit, how sure the model is, the ten probabilities, the image and the latency.

    Of a number, the probabilities are those of `Answer.weakest`.
    """
    weakest, choice = answer.weakest, answer.choice
    count, place = len(answer.readings), answer.readings.index(weakest) + 1
    text = f"{confidence(weakest.probability)}, {percent(weakest.probability)}"
    title = "Probabilities"
    alts = ["The image that the network saw: the drawing as 28 by 28 pixels, light on black."]
    if count > 1:
        title = f"Probabilities of digit {place}, the least certain"
        text = f"{count} digits, each at least {text}"
        alts = [f"{reading.said}, {percent(reading.probability)}." for reading in answer.readings]
    if answer.rejected:
        nearest = f"the nearest is {weakest.label}, {percent(weakest.probability)}"
        text = f"{NOT_SURE.capitalize()}; {nearest}"
        if count > 1:
            title = f"Probabilities in place {place}, which is perhaps no digit"
            text = f"{answer.label}: not sure that there is a digit in place {place}; {nearest}"
    return render(
        "panel.html",
        state="unsure" if answer.rejected else "answer",
        sign=answer.label,
        text=text,
        pictures=[(image_url(reading.image), alt) for reading, alt in zip(answer.readings, alts, strict=True)],
        title=title,
        probabilities=weakest.probabilities,
        best=None if answer.rejected else weakest.label,  # what is withheld wins nothing
        latency=milliseconds(answer.latency_ms),
        median=milliseconds(answer.median_ms),
        recent=RECENT,
        footer=f"{choice.pack.id} on {choice.runtime}, {choice.precision}",
    )


def render_notice(notice: Notice, classes: Sequence[str]) -> str:
    """A notice, with empty bars for the classes that the model would choose from."""
    return render(
        "panel.html",
        state=notice.state,
        sign=notice.sign,
        text=notice.text,
        pictures=[(_blank_url(), "")],
        title="Probabilities",
        probabilities=dict.fromkeys(classes),
        best=None,
        latency="– ms",
        median="– ms",
        recent=RECENT,
        footer="no prediction yet",
    )


@cache
def _blank_url() -> str:
    import numpy as np

    return image_url(np.zeros(IMAGE_SHAPE, np.float32))
