"""What the page shows: HTML from ``templates/``, filled with what the files beside this one prepare.

Gradio is imported here, and from here by all others: told to stay offline first, and asked for politely when it is
missing.
"""

from __future__ import annotations

import base64
import io
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.errors import MissingExtraError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["ASSETS", "asset", "component", "gr", "image_url", "milliseconds", "notice", "percent", "png_url", "render"]

# Before the import: it starts a version check and telemetry otherwise.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

# For a dashboard that is not served here, it would remember the last 10,000 events and sum them up after each one:
# 8 ms of every answer.
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**12))

try:
    import gradio as gr
except ModuleNotFoundError as error:
    if error.name != "gradio":
        raise
    raise MissingExtraError("gradio", "demo", "The demo") from error

import jinja2  # isort: skip  # Gradio brings it, so the complaint about a missing Gradio comes first

ASSETS = Path(__file__).parent.parent / "assets"


def asset(name: str) -> str:
    """Text of a file in ``assets/``."""
    return (ASSETS / name).read_text(encoding="utf-8")


def render(template: str, **data: Any) -> str:
    """Fill a template; whatever is put into it is escaped, as labels come from packs, which may be anyone's."""
    return _templates().get_template(template).render(data)


def notice(text: str, state: str = "prompt") -> str:
    """A line in the place of what is not there yet; the states ``"problem"`` and ``"done"`` stand out."""
    return render("notice.html", text=text, state=state)


def component(name: str, value: Any, **data: Any) -> gr.HTML:
    """A part of the page with a template, a style sheet and a script of the same name; the script sets its value.

    It is no subclass of `gradio.HTML`, because Gradio writes a ``.pyi`` file beside the source of every subclass, into
    the installed package. Gradio takes the HTML for a template of its own, in which braces, dollars and backticks have
    a meaning: those in what was put in become character references.
    """
    html = "".join(f"&#{ord(each)};" if each in "${}`" else each for each in render(f"{name}.html", **data))
    return gr.HTML(
        value,
        elem_id=name,
        html_template=html,
        css_template=asset(f"{name}.css"),
        js_on_load=asset(f"{name}.js"),
        apply_default_css=False,
    )


def percent(share: float) -> str:
    """A probability: 0.9912 as ``99.1 %``; never 100 or 0, as a softmax only comes close to them.

    It stays on one line: its spaces are such as do not break.
    """
    if share >= 0.9995:
        text = "> 99.9 %"
    elif share < 0.0005:
        text = "< 0.1 %"
    else:
        text = f"{share * 100:.1f} %"
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def milliseconds(latency_ms: float) -> str:
    """Two significant digits, and no decimals that nobody reads: ``0.041 ms``, ``1.3 ms``, ``28 ms``."""
    return f"{latency_ms:.0f} ms" if latency_ms >= 10 else f"{latency_ms:.2g} ms"


def size_text(size_bytes: int) -> str:
    """``247 kB``, ``1.3 MB``."""
    kilobytes = size_bytes / 1000
    return f"{kilobytes:.0f} kB" if kilobytes < 1000 else f"{kilobytes / 1000:.1f} MB"


def image_url(image: np.ndarray) -> str:
    """A grey (28, 28, 1) or coloured (28, 28, 3) image in [0, 1] as a PNG inside a URL."""
    from PIL import Image

    levels = (image * 255).round().astype("uint8")
    data = io.BytesIO()
    Image.fromarray(levels[:, :, 0] if levels.shape[2] == 1 else levels).save(data, "PNG")
    return png_url(data.getvalue())


def png_url(data: bytes) -> str:
    """The bytes of a PNG file inside a URL."""
    return "data:image/png;base64," + base64.b64encode(data).decode("ascii")


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent.parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(image_url=image_url, milliseconds=milliseconds, percent=percent, size=size_text)
    return environment
