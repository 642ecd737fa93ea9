"""Measurements that anyone can repeat, and the tables that came out of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import zoo

if TYPE_CHECKING:
    import click

ZOO_API_VERSION = 1


@zoo.hookimpl
def zoo_register_reports(register: Callable[[Path], None]) -> None:
    """Register the committed results."""
    register(Path(__file__).parent / "results")


@zoo.hookimpl
def zoo_register_commands(cli: click.Group) -> None:
    """Add the verb ``benchmark``."""
    from zoo_benchmarks.command import benchmark

    cli.add_command(benchmark)
