"""The endpoint for programs: ``client.predict(drawing, api_name="/predict")`` with ``gradio_client``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zoo.errors import ZooError
from zoo_demo._gradio import gr
from zoo_demo.answer import answer
from zoo_demo.models import DrawableModels
from zoo_demo.sessions import SessionCache

__all__ = ["make_predict"]


def make_predict(models: DrawableModels, sessions: SessionCache) -> Callable[..., dict[str, Any]]:
    """Make the function behind the endpoint."""

    def predict(
        drawing: list[Any] | dict[str, Any], model: str = "", runtime: str = "", precision: str = ""
    ) -> dict[str, Any]:
        """Read a drawing.

        drawing: a list of strokes, each a list of [x, y], y down, in any unit; or
        {"picture": "data:image/png;base64,..."}.
        model, runtime, precision: as the page offers them; by default the page's default model, its lightest runtime
        and first precision.
        """
        try:
            choice = models.choose({"model": model, "runtime": runtime, "precision": precision})
            found = answer(drawing, choice, sessions)
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

    return predict
