"""What the page does when somebody draws or chooses."""

from __future__ import annotations

from typing import Any

from zoo.canvas import BlankImageError
from zoo.errors import ZooError
from zoo_demo._gradio import gr
from zoo_demo.answer import answer
from zoo_demo.models import DrawableModels, runtime_names
from zoo_demo.panel import Notice, render_answer, render_notice
from zoo_demo.sessions import SessionCache

__all__ = ["PROMPT", "Desk"]

PROMPT = Notice("prompt", "?", "Draw a digit")


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

    def respond(self, strokes: object, model: object, runtime: object) -> str:
        """The answer to a drawing, the prompt when nothing is drawn, or what went wrong, as HTML."""
        model, runtime = str(model), str(runtime)
        try:
            return render_answer(answer(strokes, self.models.find(model), runtime, self.sessions))
        except BlankImageError:
            return self._notice(PROMPT, model)
        except ZooError as error:
            return self._notice(Notice("problem", "!", str(error)), model)

    def announce(self, strokes: object, model: object, runtime: object) -> Any:
        """Say that a model is being opened, if that comes first: with TensorFlow it takes seconds."""
        model, runtime = str(model), str(runtime)
        if not strokes or model not in self.models.packs or self.sessions.is_open(self.models.packs[model], runtime):
            return gr.skip()
        return self._notice(Notice("opening", "…", f"Opening {model} with {runtime}"), model)

    def offer_runtimes(self, model: object, runtime: object) -> Any:
        """The runtimes that the model has files for; the one that was chosen stays if it is among them."""
        model, runtime = str(model), str(runtime)
        if model not in self.models.packs:
            return gr.skip()
        names = runtime_names(self.models.packs[model])
        return gr.Radio(choices=names, value=runtime if runtime in names else names[0])

    def _notice(self, notice: Notice, model: str) -> str:
        pack = self.models.packs.get(model, self.models.packs[self.models.default])
        return render_notice(notice, pack.classes)
