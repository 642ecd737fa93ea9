"""The demo on Hugging Face Spaces; on your own machine, `zoo demo` does the same and more."""

import os

from zoo_demo.app import build_app
from zoo_demo.models import drawable_models
from zoo_demo.serving import bind, serve

# Gradio's own names for both, which a Space sets. Corrections are not asked for: a Space forgets its files.
host, port = os.environ.get("GRADIO_SERVER_NAME", "0.0.0.0"), int(os.environ.get("GRADIO_SERVER_PORT", "7860"))

with bind(host, port) as listener:
    serve(build_app(drawable_models()), listener)
