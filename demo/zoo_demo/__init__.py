"""The Gradio demo: draw a digit, choose architecture and runtime, see what the network saw and answered."""

from __future__ import annotations

import zoo

ZOO_API_VERSION = 1
