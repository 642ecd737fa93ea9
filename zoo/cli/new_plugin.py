"""The verb that starts a plugin."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["new_plugin"]


@click.command("new-plugin")
@click.argument("name")
@click.option(
    "--kind",
    default="architecture",
    show_default=True,
    help="What it offers: architecture, dataset, exporter, runtime.",
)
@click.option("--output", type=click.Path(path_type=Path), help="A new folder; by default zoo-NAME.")
def new_plugin(name: str, kind: str, output: Path | None) -> None:
    """Write a small plugin that works: a distribution of its own, with tests that hold it to the contract.

    NAME is what the new thing is called in the zoo: tiny_net gives the distribution zoo-tiny-net.
    """
    import shlex

    from zoo.scaffolding.create import create_plugin

    folder = shlex.quote(str(create_plugin(name, kind, output)))
    click.echo(f"Made {folder}. Next:\n")
    click.echo(f"    pip install -e {folder}'[test]'\n    pytest {folder}\n")
    subject = f"{name}:FILE" if kind == "dataset" else name
    click.echo(f"Then change zoo_{name}.py; 'zoo check {subject}' tells whether it still fits.")
