"""The Gradio demo: draw a digit, choose architecture and runtime, see what the network saw and answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zoo

if TYPE_CHECKING:
    import click

ZOO_API_VERSION = 1


@zoo.hookimpl
def zoo_register_commands(cli: click.Group) -> None:
    """Add the verb ``demo``; Gradio is imported when it runs, not before."""
    from zoo_demo.command import demo

    cli.add_command(demo)
