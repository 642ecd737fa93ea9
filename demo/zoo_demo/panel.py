"""The answer as HTML. The outline is the same in every state, so that Gradio changes it in place."""

from __future__ import annotations

import base64
import functools
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from zoo_demo.answer import Answer

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Notice", "render_answer", "render_notice"]


@dataclass(frozen=True)
class Notice:
    """What is shown when there is no answer.

    Attributes
    ----------
    state : str
        ``"prompt"``, ``"opening"`` or ``"problem"``; the style sheet knows them.
    sign : str
        One character in the place of the digit.
    text : str
        What to do, or what is going on.
    """

    state: str
    sign: str
    text: str


def render_answer(answer: Answer) -> str:
    """The digit, the ten probabilities, the image and the latency.

    Labels come from the manifest of a pack, which may be anyone's, so they are escaped like everything else.
    """
    return _outline(
        state="answer",
        sign=answer.label,
        text=f"{_percent(answer.probabilities[answer.label])}",
        picture=_data_url(answer.image),
        picture_text="The image that the network saw: the drawing as 28 by 28 pixels, light on black.",
        probabilities=answer.probabilities,
        footer=(f"{_milliseconds(answer.latency_ms)} ms", f"for this inference, {answer.model} on {answer.runtime}"),
    )


def render_notice(notice: Notice, classes: Sequence[str]) -> str:
    """A notice, with empty bars for the classes that the model would choose from."""
    return _outline(
        state=notice.state,
        sign=notice.sign,
        text=notice.text,
        picture=_blank_data_url(),
        picture_text="No image yet.",
        probabilities=dict.fromkeys(classes),
        footer=("– ms", "no inference yet"),
    )


def _outline(
    *,
    state: str,
    sign: str,
    text: str,
    picture: str,
    picture_text: str,
    probabilities: dict[str, float] | dict[str, None],
    footer: tuple[str, str],
) -> str:
    best = max((value for value in probabilities.values() if value is not None), default=None)
    rows = "".join(_bar(label, value, value is not None and value == best) for label, value in probabilities.items())
    spoken = f"{sign}, {text}" if state == "answer" else text
    return f"""\
<section class="answer" data-state="{escape(state)}" aria-label="Answer">
  <div class="verdict">
    <p class="sign" aria-hidden="true">{escape(sign)}</p>
    <p class="text" aria-hidden="true">{escape(text)}</p>
    <p class="spoken" role="status">{escape(spoken)}</p>
  </div>
  <figure class="seen">
    <img src="{picture}" width="28" height="28" alt="{escape(picture_text)}">
    <figcaption>What the network saw</figcaption>
  </figure>
  <table class="bars">
    <caption>Probabilities</caption>
    <tbody>{rows}</tbody>
  </table>
  <p class="latency"><strong>{escape(footer[0])}</strong> <span>{escape(footer[1])}</span></p>
</section>"""


def _bar(label: str, value: float | None, is_best: bool) -> str:
    """One row: the numbers are for everyone, the bar for those who see."""
    width = 0.0 if value is None else value * 100
    return (
        f'<tr class="{"best" if is_best else ""}"><th scope="row">{escape(label)}</th>'
        f'<td class="track" aria-hidden="true"><div><span style="width: {width:.2f}%"></span></div></td>'
        f'<td class="value">{"–" if value is None else _percent(value)}</td></tr>'
    )


def _percent(share: float) -> str:
    """0.9912 as ``99.1 %``; never 100 or 0 for what is only close to it."""
    if 0.9995 <= share < 1:
        return "> 99.9 %"
    if 0 < share < 0.0005:
        return "< 0.1 %"
    return f"{share * 100:.1f} %"


def _milliseconds(latency_ms: float) -> str:
    """Two significant digits, and no decimals that nobody reads: ``0.041``, ``1.3``, ``28``."""
    return f"{latency_ms:.0f}" if latency_ms >= 10 else f"{latency_ms:.2g}"


def _data_url(image: np.ndarray) -> str:
    """The image as a PNG inside a URL; the style sheet enlarges it pixel by pixel."""
    from PIL import Image

    data = io.BytesIO()
    Image.fromarray((image[:, :, 0] * 255).round().astype("uint8")).save(data, "PNG")
    return "data:image/png;base64," + base64.b64encode(data.getvalue()).decode("ascii")


@functools.cache
def _blank_data_url() -> str:
    import numpy as np

    from zoo.canvas import IMAGE_SHAPE

    return _data_url(np.zeros(IMAGE_SHAPE, np.float32))
