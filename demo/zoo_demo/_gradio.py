"""Gradio, imported in one place: told to stay offline first, and asked for politely when it is missing."""

from __future__ import annotations

import os

from zoo.errors import MissingExtraError

__all__ = ["gr"]

# Before the import: it starts a version check and telemetry otherwise.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

# For a dashboard that is not served here, it would remember the last 10,000 events and sum them up after each one:
# 8 ms of every answer.
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**12))

try:
    import gradio as gr
except ModuleNotFoundError as error:
    if error.name != "gradio":
        raise
    raise MissingExtraError("gradio", "demo", "The demo") from error
