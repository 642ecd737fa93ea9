"""The pad: a Gradio component that a digit is drawn on, and that sends the strokes, not a picture of them."""

from __future__ import annotations

from typing import Any

from zoo_demo._assets import asset
from zoo_demo._gradio import gr

__all__ = ["make_pad"]


def make_pad(**options: Any) -> gr.HTML:
    """Make a 2-D canvas for mouse, finger and pen, with Undo, Redo and Clear; it also takes a picture.

    Its value is a list of strokes, each a list of ``[x, y]`` in thousandths of the pad's side, y down; or
    ``{"picture": "data:image/..."}``, made small, when one was opened, pasted or dropped. The event ``input`` comes
    while a stroke is drawn (a few times a second), when it ends, and after the buttons. Then the page also hears
    ``zoo:settled``, which the panels that follow the drawing wait for; and ``zoo:draw`` with strokes draws them.

    The value goes one way, from the page to Python: Gradio echoes it late, and an echo must not undo what was drawn
    since.

    Parameters
    ----------
    **options
        As for `gradio.HTML`: ``elem_id``, ``scale``, ...

    Notes
    -----
    This is no subclass of `gradio.HTML`, because Gradio writes a ``.pyi`` file beside the source of every subclass,
    into the installed package.
    """
    return gr.HTML(
        [],
        html_template=asset("pad.html"),
        css_template=asset("pad.css"),
        js_on_load=asset("pad.js"),
        apply_default_css=False,
        **options,
    )
