"""The ``zoo`` command: one small file per group of verbs."""

from zoo.cli.main import main

__all__ = ["main"]
