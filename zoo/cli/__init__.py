"""The ``zoo`` command: one small file per group of verbs."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line. Ctrl-C ends it with one line even while it is still being imported."""
    try:
        from zoo.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(1)
