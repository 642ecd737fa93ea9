"""What the page and programs are answered when somebody draws or chooses."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Hashable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

from zoo.canvas import BlankImageError
from zoo.errors import ZooError
from zoo_demo.answer import answer
from zoo_demo.drawing import blank_text
from zoo_demo.models import BeingMade, Choice, DrawableModels
from zoo_demo.sessions import SessionCache
from zoo_demo.views import gr
from zoo_demo.views.compare import compare
from zoo_demo.views.explain import explain
from zoo_demo.views.panel import Notice, render_answer, render_notice

__all__ = ["PROMPT", "Handlers", "LatestRequest"]

PROMPT = Notice("prompt", "?", "Nothing drawn yet. Draw a digit.")


class Handlers:
    """The handlers of one page, and the models that they have open.

    What they are given comes from outside and may be anything; an error is shown in the page.
    """

    def __init__(self, models: DrawableModels) -> None:
        self.models = models
        self.sessions = SessionCache()
        self._latest = LatestRequest()

    def respond(self, drawing: object, choice: object) -> str:
        """The answer to a drawing, the prompt when nothing is drawn, or what went wrong, as HTML."""
        chosen: Choice | None = None
        try:
            chosen = self.models.choose(choice)
            return render_answer(answer(drawing, chosen, self.sessions))
        except BlankImageError:
            return self._notice(replace(PROMPT, text=blank_text(drawing, PROMPT.text)), chosen)
        except BeingMade as error:
            return self._notice(Notice("making", "…", str(error)), chosen)
        except ZooError as error:
            return self._notice(Notice("problem", "!", str(error)), chosen)

    def announce(self, drawing: object, choice: object) -> Any:
        """Say that a model is being opened, if that comes first: with TensorFlow it takes seconds."""
        try:
            chosen = self.models.choose(choice)
        except ZooError:
            return gr.skip()  # respond will say it
        if not drawing or self.sessions.is_open(chosen):
            return gr.skip()
        text = f"Opening {chosen.pack.id} with {chosen.runtime}"
        return self._notice(Notice("opening", "…", text), chosen)

    def compare(self, drawing: object, choice: object, request: gr.Request) -> Iterator[Any]:
        """The states of the comparison, until the same browser asks for another."""
        states = compare(drawing, choice, self.models, self.sessions)
        yield from self._latest.states(("compare", request.session_hash), states)

    def explain(self, drawing: object, choice: object, request: gr.Request) -> Iterator[Any]:
        """The explanation, unless the same browser asks for another meanwhile."""

        def states() -> Generator[str]:  # begins once it is known to be the last
            yield explain(drawing, choice, self.models, self.sessions)

        yield from self._latest.states(("explain", request.session_hash), states())

    def predict(
        self, drawing: list[Any] | dict[str, Any], model: str = "", runtime: str = "", precision: str = ""
    ) -> dict[str, Any]:
        """Read a drawing.

        drawing: a list of strokes, each a list of [x, y], y down, in any unit; or
        {"picture": "data:image/png;base64,..."}.
        model, runtime, precision: as the page offers them; by default the page's default model, its lightest runtime
        and first precision.
        """
        try:
            choice = self.models.choose({"model": model, "runtime": runtime, "precision": precision})
            found = answer(drawing, choice, self.sessions)
        except ZooError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return {
            "label": found.label,
            "rejected": found.rejected,
            "digits": [
                {
                    "label": reading.label,
                    "probability": reading.probability,
                    "probabilities": reading.probabilities,
                    "rejected": reading.rejected,
                }
                for reading in found.readings
            ],
            "model": choice.pack.id,
            "runtime": choice.runtime,
            "precision": choice.precision,
            "latency_ms": found.latency_ms,
            "median_ms": found.median_ms,
        }

    def _notice(self, notice: Notice, choice: Choice | None) -> str:
        pack = choice.pack if choice else self.models.packs[self.models.default]
        return render_notice(notice, pack.classes)


class LatestRequest:
    """Tells which request for a view that takes a while is the last one of its browser: only that one goes on."""

    def __init__(self) -> None:
        self._running: dict[Hashable, int] = {}
        self._numbers = itertools.count(1)

    def states(self, who: Hashable, states: Generator[str]) -> Iterator[Any]:
        """Pass on what a view shows one after the other, until the same view is asked for again.

        `who` is the view, and the browser that sees it. The states are HTML; the same again is not passed on, and they
        are closed when the view was asked for anew. Each carries the number of its request, by which the page tells an
        old one (`assets/refresh.js`).
        """
        number = next(self._numbers)
        self._running[who] = number
        last = None
        try:
            with closing(states):
                for state in states:
                    if self._running.get(who) != number:
                        yield gr.skip()  # or else Gradio would send the last state once more
                        return
                    if state != last:
                        last = state
                        yield f'<div data-request="{number}">{state}</div>'
        finally:
            if self._running.get(who) == number:
                del self._running[who]
