"""The page: what is drawn and chosen on the left, what comes of it on the right, and two tabs to read."""

from __future__ import annotations

import functools
from typing import Any

from zoo_demo._assets import asset
from zoo_demo._gradio import gr
from zoo_demo._html import notice
from zoo_demo.api import make_predict
from zoo_demo.cards import model_card, render_models
from zoo_demo.choice import make_choice
from zoo_demo.compare import PROMPT as COMPARE_PROMPT
from zoo_demo.corrections import Corrections, make_form
from zoo_demo.desk import PROMPT, Desk
from zoo_demo.explain import PROMPT as EXPLAIN_PROMPT
from zoo_demo.gallery import make_gallery
from zoo_demo.models import DrawableModels
from zoo_demo.pad import make_pad
from zoo_demo.panel import render_notice
from zoo_demo.reports import render_reports

__all__ = ["build_app"]

# Drawings that are answered at once. While TensorFlow is being opened for one, the others go on.
CONCURRENCY = 8

# Comparisons and explanations at once; each is hundreds of inferences.
SLOW_CONCURRENCY = 2

# Requests that wait. Whoever comes then is told that the demo is busy, at once.
QUEUE_SIZE = 100

# Visitors whom Gradio remembers, at 65 kB each. The page keeps nothing there, so who is forgotten loses nothing.
SESSIONS = 100

# The handlers check what they get and explain it in the page. Gradio's own check, which `preprocess` turns off, prints
# a traceback instead.
HIDDEN: dict[str, Any] = {"show_progress": "hidden", "preprocess": False, "api_visibility": "private"}
ALL: dict[str, Any] = {**HIDDEN, "trigger_mode": "multiple"}
LAST_WINS: dict[str, Any] = {**HIDDEN, "trigger_mode": "always_last"}


def build_app(models: DrawableModels, corrections: Corrections | None = None) -> gr.Blocks:
    """Make the page.

    Parameters
    ----------
    models : DrawableModels
        See `zoo_demo.models.drawable_models`.
    corrections : Corrections, optional
        Where drawings are kept that were read wrongly, if whoever drew agrees; by default the page does not ask.

    Returns
    -------
    gradio.Blocks
        For `zoo_demo.server.serve`.
    """
    desk = Desk(models)
    classes = models.packs[models.default].classes
    with gr.Blocks(title="Digit Zoo", analytics_enabled=False, fill_width=True) as blocks:
        gr.HTML(asset("masthead.html"), elem_id="masthead", apply_default_css=False)
        with gr.Tabs(elem_id="places"):
            with gr.Tab("Draw"):
                with gr.Row(elem_id="desk"):
                    pad = make_pad(elem_id="pad")
                    choice = make_choice(models, elem_id="choice")
                    with gr.Column(elem_id="views"):
                        _add_views(desk, [pad, choice], classes, corrections)
                make_gallery(elem_id="gallery")
            _add_reports()
            _add_cards(models)
        gr.api(make_predict(models, desk.sessions), api_name="predict", concurrency_limit=CONCURRENCY)
    blocks.queue(max_size=QUEUE_SIZE)
    blocks.state_session_capacity = SESSIONS
    return blocks


def _add_views(desk: Desk, shown: list[gr.HTML], classes: list[str], corrections: Corrections | None) -> None:
    """What comes of a drawing: the answer, the comparison, and the explanation."""
    pad, choice = shown
    with gr.Tabs():
        with gr.Tab("Answer"):
            panel = gr.HTML(render_notice(PROMPT, classes), elem_id="panel", apply_default_css=False)
            if corrections is not None:
                form = make_form(classes, elem_id="correction")
                saved = gr.HTML("", elem_id="saved", apply_default_css=False)
                form.input(corrections.correct, [pad, form], saved, **HIDDEN)
                pad.input(None, None, saved, js="() => ''", **HIDDEN)  # it was about the drawing before
        with gr.Tab("Compare") as compare_tab:
            comparison = _follower(COMPARE_PROMPT, "compare")
        with gr.Tab("Explain") as explain_tab:
            explanation = _follower(EXPLAIN_PROMPT, "explain")

    pad.input(desk.respond, shown, panel, concurrency_limit=CONCURRENCY, **LAST_WINS)
    announced = choice.input(desk.announce, shown, panel, **LAST_WINS)
    announced.then(desk.respond, shown, panel, concurrency_limit=CONCURRENCY, **HIDDEN)
    for tab, view, handler in ((compare_tab, comparison, desk.compare), (explain_tab, explanation, desk.explain)):
        for event in (tab.select, view.submit):  # the desk itself sees to it that the last one wins, at once
            event(handler, shown, view, concurrency_limit=SLOW_CONCURRENCY, concurrency_id=handler.__name__, **ALL)


def _follower(prompt: str, name: str) -> gr.HTML:
    """A panel that asks for its contents anew when the drawing or the choice has settled and somebody sees it."""
    return gr.HTML(
        notice(prompt),
        elem_id=name,
        js_on_load=asset("follow.js"),
        apply_default_css=False,
    )


def _add_reports() -> None:
    """The Benchmarks tab; its tables are sent when somebody opens it."""
    with gr.Tab("Benchmarks") as tab:
        gr.HTML(
            "<p>Measured by committed commands, with their conditions; docs/benchmarks.md has the protocol.</p>",
            elem_classes="lead",
        )
        reports = gr.HTML("", elem_id="reports", apply_default_css=False)
    tab.select(render_reports, None, reports, **HIDDEN)


def _add_cards(models: DrawableModels) -> None:
    """The Models tab."""
    with gr.Tab("Models") as tab:
        gr.HTML(render_models(models), elem_id="models", apply_default_css=False)
        chosen = gr.Dropdown(list(models.packs), value=models.default, label="Model card", elem_id="card-of")
        with gr.Row(elem_id="card"):
            card = gr.Markdown()
            confusion = gr.HTML("", apply_default_css=False)
    bound = functools.partial(model_card, models=models)
    for event in (tab.select, chosen.input):
        event(bound, chosen, [card, confusion], **HIDDEN)
