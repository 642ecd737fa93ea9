"""Small pieces of HTML that the panels share."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["image_url", "milliseconds", "notice", "percent", "png_url", "template_text"]


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
    """Two significant digits, and no decimals that nobody reads: ``0.041``, ``1.3``, ``28``."""
    return f"{latency_ms:.0f}" if latency_ms >= 10 else f"{latency_ms:.2g}"


def notice(text: str, state: str = "prompt") -> str:
    """A line in the place of what is not there yet; the state ``"problem"`` stands out."""
    return f'<p class="notice" data-state="{escape(state)}" role="status">{escape(text)}</p>'


def template_text(text: str) -> str:
    """Escaped for a Gradio template, which gives braces, dollars and backticks a meaning of their own."""
    return "".join(f"&#{ord(each)};" if each in "${}`" else each for each in escape(text))


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
