"""The page: a pad, the choice of model and runtime, and the answer."""

from __future__ import annotations

from zoo_demo._gradio import gr
from zoo_demo.choice import make_choice
from zoo_demo.desk import PROMPT, Desk
from zoo_demo.models import DrawableModels
from zoo_demo.pad import make_pad
from zoo_demo.panel import render_notice

__all__ = ["build_app"]

# Drawings that are answered at once. While TensorFlow is being opened for one, the others go on.
CONCURRENCY = 8


def build_app(models: DrawableModels) -> gr.Blocks:
    """Make the page.

    Parameters
    ----------
    models : DrawableModels
        See `zoo_demo.models.drawable_models`.

    Returns
    -------
    gradio.Blocks
        For `zoo_demo.server.serve`.
    """
    desk = Desk(models)
    classes = models.packs[models.default].classes

    with gr.Blocks(title="Digit Zoo", analytics_enabled=False) as blocks:
        gr.HTML(
            "<h1>Digit Zoo</h1><p>Draw a digit. See what the network sees, and what it makes of it.</p>",
            elem_id="masthead",
            apply_default_css=False,
        )
        with gr.Row(elem_id="desk"):
            pad = make_pad(elem_id="pad")
            panel = gr.HTML(render_notice(PROMPT, classes), elem_id="panel", apply_default_css=False)
            choice = make_choice(models, elem_id="choice")

        shown = [pad, choice]
        # The desk checks what it gets and explains it in the page. Gradio's own check, which `preprocess` turns off,
        # prints a traceback instead.
        hidden = {"show_progress": "hidden", "preprocess": False, "api_visibility": "private"}
        last_wins = {**hidden, "trigger_mode": "always_last"}
        pad.input(desk.respond, shown, panel, concurrency_limit=CONCURRENCY, **last_wins)
        announced = choice.input(desk.announce, shown, panel, **last_wins)
        announced.then(desk.respond, shown, panel, concurrency_limit=CONCURRENCY, **hidden)
    return blocks
