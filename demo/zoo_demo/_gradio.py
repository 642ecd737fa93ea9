"""Gradio, imported in one place: told to stay offline first, and asked for politely when it is missing."""

from __future__ import annotations

import os

from zoo.errors import MissingExtraError

__all__ = ["gr"]

# Before the import: it starts a version check and telemetry otherwise.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

try:
    import gradio as gr
except ModuleNotFoundError as error:
    if error.name != "gradio":
        raise
    raise MissingExtraError("gradio", "demo", "The demo") from error
