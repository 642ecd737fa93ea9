"""The page: what is drawn and chosen on the left, what comes of it on the right, and two tabs to read."""

from __future__ import annotations

import functools
import json
from typing import Any

import zoo
from zoo_demo.corrections import Corrections
from zoo_demo.handlers import PROMPT, Handlers
from zoo_demo.models import MADE, DrawableModels, can_make, export_command, pairs, to_be_made
from zoo_demo.views import asset, component, gr, notice, render, size_text
from zoo_demo.views.compare import PROMPT as COMPARE_PROMPT
from zoo_demo.views.explain import PROMPT as EXPLAIN_PROMPT
from zoo_demo.views.panel import render_notice
from zoo_demo.views.reports import model_card, render_models, render_reports

__all__ = ["build_app", "choice_fields"]

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
ONE: dict[str, Any] = {**HIDDEN, "trigger_mode": "once"}


def build_app(models: DrawableModels, corrections: Corrections | None = None) -> gr.Blocks:
    """Make the page, for `zoo_demo.serving.serve`.

    `corrections` is where drawings are kept that were read wrongly, if whoever drew agrees; by default the page does
    not ask.
    """
    handlers = Handlers(models)
    chosen = models.choose({})
    first = {"model": chosen.pack.id, "runtime": chosen.runtime, "precision": chosen.precision}
    classes = chosen.pack.classes
    with gr.Blocks(title="Digit Zoo", analytics_enabled=False, fill_width=True) as blocks:
        _view("masthead", render("masthead.html"))
        with gr.Tabs(elem_id="places"):
            with gr.Tab("Draw"):
                with gr.Row(elem_id="desk"):
                    pad = component("pad", [])
                    choice = component("choice", first, **choice_fields(models))
                    with gr.Column(elem_id="views"):
                        _add_views(handlers, [pad, choice], classes, corrections)
                component("gallery", "", **json.loads(asset("examples.json")))
            _add_reports()
            _add_cards(models)
        gr.api(handlers.predict, api_name="predict", concurrency_limit=CONCURRENCY)
    blocks.queue(max_size=QUEUE_SIZE)
    blocks.state_session_capacity = SESSIONS
    return blocks


def _view(name: str, html: str = "", js: str | None = None) -> gr.HTML:
    return gr.HTML(html, elem_id=name, js_on_load=js, apply_default_css=False)


def _add_views(handlers: Handlers, shown: list[gr.HTML], classes: list[str], corrections: Corrections | None) -> None:
    """What comes of a drawing: the answer, the comparison, and the explanation."""
    pad, choice = shown
    again = asset("retry.js")
    with gr.Tabs():
        with gr.Tab("Answer"):
            panel = _view("panel", render_notice(PROMPT, classes), again)
            if corrections is not None:
                form = component("correction", {}, classes=classes)
                saved = _view("saved")
                form.input(corrections.correct, [pad, form], saved, **HIDDEN)
                pad.input(None, None, saved, js="() => ''", **HIDDEN)  # it was about the drawing before
        with gr.Tab("Compare") as compare_tab:
            comparison = _view("compare", notice(COMPARE_PROMPT), asset("refresh.js") + again)
        with gr.Tab("Explain") as explain_tab:
            explanation = _view("explain", notice(EXPLAIN_PROMPT), asset("refresh.js") + again)

    pad.input(handlers.respond, shown, panel, concurrency_limit=CONCURRENCY, **LAST_WINS)
    panel.input(handlers.respond, shown, panel, concurrency_limit=CONCURRENCY, **ONE)  # while a file is made
    announced = choice.input(handlers.announce, shown, panel, **LAST_WINS)
    announced.then(handlers.respond, shown, panel, concurrency_limit=CONCURRENCY, **HIDDEN)
    for tab, view, handler in (
        (compare_tab, comparison, handlers.compare),
        (explain_tab, explanation, handlers.explain),
    ):
        limit: dict[str, Any] = {"concurrency_limit": SLOW_CONCURRENCY, "concurrency_id": handler.__name__}
        view.input(handler, shown, view, **limit, **ONE)
        for event in (tab.select, view.submit):  # the handlers themselves see to it that the last one wins, at once
            event(handler, shown, view, **limit, **ALL)


def choice_fields(models: DrawableModels) -> dict[str, Any]:
    """What the choice offers: models by architecture, with what every runtime and precision has for them."""
    groups: dict[str, list[tuple[Any, ...]]] = {}
    runtimes: dict[str, None] = {}
    precisions: dict[str, None] = {}
    for pack in models.packs.values():
        files = {
            runtime: {precision: f"{size_text(size)} for {runtime}" for precision, size in sizes.items()}
            for runtime, sizes in pairs(pack).items()
        }
        missing = to_be_made(pack)
        for runtime, exporter in missing.items():
            files.setdefault(runtime, {})[MADE] = (
                f"a file for {runtime} is made on first use"
                if can_make(exporter)
                else f"no file for {runtime}: {export_command(pack, exporter.format)}"
            )
        for runtime, offered in files.items():
            runtimes[runtime] = None
            precisions |= dict.fromkeys(offered)
        known = zoo.load_plugins().architectures.get(pack.architecture)
        label = f"{known.name}: {known.summary}" if known else pack.architecture
        groups.setdefault(label, []).append((pack, json.dumps(files), missing))
    return {"groups": groups, "default": models.default, "runtimes": list(runtimes), "precisions": list(precisions)}


def _add_reports() -> None:
    """The Benchmarks tab; its tables are sent when somebody opens it."""
    with gr.Tab("Benchmarks") as tab:
        gr.HTML(
            "<p>Measured by committed commands, with their conditions; docs/benchmarks.md has the protocol.</p>",
            elem_classes="lead",
        )
        reports = _view("reports")
    tab.select(render_reports, None, reports, **HIDDEN)


def _add_cards(models: DrawableModels) -> None:
    """The Models tab."""
    with gr.Tab("Models") as tab:
        _view("models", render_models(models))
        chosen = gr.Dropdown(list(models.packs), value=models.default, label="Model card", elem_id="card-of")
        with gr.Row(elem_id="card"):
            card = gr.Markdown()
            confusion = gr.HTML("", apply_default_css=False)
    bound = functools.partial(model_card, models=models)
    for event in (tab.select, chosen.input):
        event(bound, chosen, [card, confusion], **HIDDEN)
