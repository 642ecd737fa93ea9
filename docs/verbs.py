"""The verbs of ``zoo``, for the reference: sphinx-click wants them at a place that can be imported."""

from zoo.cli.main import build_cli
from zoo.plugins import load_plugins

cli = build_cli(load_plugins())
