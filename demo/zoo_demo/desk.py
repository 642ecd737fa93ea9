"""What the page does when somebody draws or chooses."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

from zoo.canvas import BlankImageError
from zoo.errors import ZooError
from zoo_demo._gradio import gr
from zoo_demo.answer import answer
from zoo_demo.compare import compare
from zoo_demo.drawing import blank_text
from zoo_demo.explain import explain
from zoo_demo.latest import Latest
from zoo_demo.models import Choice, DrawableModels
from zoo_demo.panel import Notice, render_answer, render_notice
from zoo_demo.sessions import SessionCache

__all__ = ["PROMPT", "Desk"]

PROMPT = Notice("prompt", "?", "Nothing drawn yet. Draw a digit.")


class Desk:
    """The handlers of one page, and the models that they have open.

    What they are given comes from outside and may be anything; an error is shown in the page.

    Parameters
    ----------
    models : DrawableModels
    """

    def __init__(self, models: DrawableModels) -> None:
        self.models = models
        self.sessions = SessionCache()
        self._latest = Latest()

    def respond(self, drawing: object, choice: object) -> str:
        """The answer to a drawing, the prompt when nothing is drawn, or what went wrong, as HTML."""
        chosen: Choice | None = None
        try:
            chosen = self.models.choose(choice)
            return render_answer(answer(drawing, chosen, self.sessions))
        except BlankImageError:
            return self._notice(replace(PROMPT, text=blank_text(drawing, PROMPT.text)), chosen)
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

    def _notice(self, notice: Notice, choice: Choice | None) -> str:
        pack = choice.pack if choice else self.models.packs[self.models.default]
        return render_notice(notice, pack.classes)
