"""The answer as HTML. The outline is the same in every state, so that Gradio changes it in place."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from zoo.contract.pack import NOT_SURE
from zoo_demo._html import image_url, milliseconds, percent
from zoo_demo.answer import Answer, Reading
from zoo_demo.sessions import RECENT

__all__ = ["Notice", "confidence", "render_answer", "render_notice"]


@dataclass(frozen=True)
class Notice:
    """What is shown when there is no answer.

    Attributes
    ----------
    state : str
        ``"prompt"``, ``"opening"`` or ``"problem"``; the style sheet knows them, and ``"answer"`` and ``"unsure"``.
    sign : str
        One character in the place of the digit.
    text : str
        What to do, or what is going on.
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

    Of a number, the probabilities are those of `Answer.weakest`. Labels come from the manifest of a pack, which may be
    anyone's, so they are escaped like everything else.
    """
    weakest = answer.weakest
    count, place = len(answer.readings), answer.readings.index(weakest) + 1
    text = f"{confidence(weakest.probability)}, {percent(weakest.probability)}"
    title = "Probabilities"
    if count > 1:
        title = f"Probabilities of digit {place}, the least certain"
        text = f"{count} digits, each at least {text}"
    if answer.rejected:
        nearest = f"the nearest is {weakest.label}, {percent(weakest.probability)}"
        text = f"{NOT_SURE.capitalize()}; {nearest}"
        if count > 1:
            title = f"Probabilities in place {place}, which is perhaps no digit"
            text = f"{answer.label}: not sure that there is a digit in place {place}; {nearest}"
    choice = answer.choice
    return _outline(
        state="unsure" if answer.rejected else "answer",
        sign=answer.label,
        text=text,
        pictures="".join(_seen(reading, len(answer.readings)) for reading in answer.readings),
        title=title,
        probabilities=weakest.probabilities,
        latency=f"{milliseconds(answer.latency_ms)} ms",
        median=f"{milliseconds(answer.median_ms)} ms",
        footer=f"{choice.pack.id} on {choice.runtime}, {choice.precision}",
    )


def render_notice(notice: Notice, classes: Sequence[str]) -> str:
    """A notice, with empty bars for the classes that the model would choose from."""
    return _outline(
        state=notice.state,
        sign=notice.sign,
        text=notice.text,
        pictures=f'<img src="{_blank_url()}" width="28" height="28" alt="No image yet.">',
        title="Probabilities",
        probabilities=dict.fromkeys(classes),
        latency="– ms",
        median="– ms",
        footer="no prediction yet",
    )


def _outline(
    *,
    state: str,
    sign: str,
    text: str,
    pictures: str,
    title: str,
    probabilities: Mapping[str, float | None],
    latency: str,
    median: str,
    footer: str,
) -> str:
    values = [value for value in probabilities.values() if value is not None]
    best = max(values) if state == "answer" else None  # what is withheld wins nothing
    rows = "".join(_bar(label, value, value is not None and value == best) for label, value in probabilities.items())
    spoken = f"{sign}, {text}" if state == "answer" else text
    length = {1: "one", 2: "two"}.get(len(sign), "many")
    return f"""\
<section class="answer" data-state="{escape(state)}" data-length="{length}" aria-label="Answer">
  <div class="verdict">
    <p class="sign" aria-hidden="true">{escape(sign)}</p>
    <p class="text" aria-hidden="true">{escape(text)}</p>
    <p class="spoken" role="status">{escape(spoken)}</p>
  </div>
  <figure class="seen">
    <div class="images">{pictures}</div>
    <figcaption>What the network saw</figcaption>
  </figure>
  <table class="bars">
    <caption>{escape(title)}</caption>
    <tbody>{rows}</tbody>
  </table>
  <dl class="latency">
    <div><dt>This prediction</dt><dd>{escape(latency)}</dd></div>
    <div><dt>Median of the last {RECENT}</dt><dd>{escape(median)}</dd></div>
  </dl>
  <p class="who">{escape(footer)}</p>
</section>"""


def _seen(reading: Reading, count: int) -> str:
    alt = "The image that the network saw: the drawing as 28 by 28 pixels, light on black."
    if count > 1:
        alt = f"{reading.said}, {percent(reading.probability)}."
    return f'<img src="{image_url(reading.image)}" width="28" height="28" alt="{escape(alt)}" title="{escape(alt)}">'


def _bar(label: str, value: float | None, is_best: bool) -> str:
    """One row: the numbers are for everyone, the bar for those who see."""
    width = 0.0 if value is None else value * 100
    return (
        f'<tr class="{"best" if is_best else ""}"><th scope="row">{escape(label)}</th>'
        f'<td class="track" aria-hidden="true"><div><span style="width: {width:.2f}%"></span></div></td>'
        f'<td class="value">{"–" if value is None else percent(value)}</td></tr>'
    )


@functools.cache
def _blank_url() -> str:
    import numpy as np

    from zoo.canvas import IMAGE_SHAPE

    return image_url(np.zeros(IMAGE_SHAPE, np.float32))
