"""Verbs about plugins: plugins, check, new-plugin."""

from __future__ import annotations

from pathlib import Path

import click

from zoo.cli.output import json_option, print_json, print_table
from zoo.plugins import KINDS, Plugin, load_plugins

__all__ = ["check", "new_plugin", "plugins"]

PLUGIN_KEYS = (
    "name", "distribution", "version", "hooks", "registered", "load_ms", "slow", "heavy", "disabled", "error", "fix"
)  # of ``zoo plugins --json``  # fmt: skip


@click.command()
@json_option
def plugins(as_json: bool) -> None:
    """List plugins: where each comes from, what it registered, and why one was left out."""
    found = load_plugins().plugins
    if as_json:
        print_json([{key: getattr(plugin, key) for key in PLUGIN_KEYS} for plugin in found])
        return
    rows = [
        (
            plugin.name,
            plugin.version,
            f"{plugin.load_ms / 1000:.3f}{' SLOW' if plugin.slow else ''}",
            " ".join(hook.removeprefix("zoo_register_") for hook in plugin.hooks),
            "disabled by ZOO_DISABLED_PLUGINS" if plugin.disabled else "LEFT OUT" if plugin.error else _offer(plugin),
        )
        for plugin in found
    ]
    print_table(("plugin", "version", "seconds", "hooks", "registered"), rows)
    for plugin in found:
        if plugin.slow:
            imports = f" It imports {', '.join(plugin.heavy)}." if plugin.heavy else ""
            click.echo(
                f"\n{plugin.name} makes every command wait for {plugin.load_ms / 1000:.1f} s.{imports} What takes long "
                f"belongs into the functions that need it; 'zoo check' with the name of what it registers tells more."
            )


def _offer(plugin: Plugin) -> str:
    """The names that a plugin registered; of folders, only the number."""
    folders = {kind.plural for kind in KINDS if kind.key is None}
    parts = [
        f"{len(names)} folder of {kind}" if kind in folders else " ".join(names)
        for kind, names in plugin.registered.items()
    ]
    return ", ".join(parts) or "nothing"


@click.command()
@click.argument("name")
@click.option("--quick", is_flag=True, help="Leave out what takes longer than a few seconds, such as every export.")
@json_option
def check(name: str, quick: bool, as_json: bool) -> None:
    """Check that what a plugin registered keeps the contract.

    NAME is an architecture, a data set (folder:PATH), a format or a runtime; its plugin must be installed. The exit
    code is 1 when a check fails.
    """
    from zoo.testing import Outcome, find_checks, run_checks

    def report(outcome: Outcome) -> None:
        if not as_json:
            word = "passed" if outcome.passed else "FAILED"
            click.echo(f"{word}  {outcome.check.name:<18} {outcome.check.demand}, {outcome.seconds:.1f} s")
            if outcome.error is not None:
                click.echo("        " + str(outcome.error).replace("\n", "\n        "))

    checks = [check for check in find_checks(name) if not (quick and check.slow)]
    outcomes = run_checks(checks, report)
    failed = sum(not outcome.passed for outcome in outcomes)
    if as_json:
        print_json(
            [
                {
                    "subject": outcome.check.subject,
                    "check": outcome.check.name,
                    "demand": outcome.check.demand,
                    "passed": outcome.passed,
                    "error": None if outcome.error is None else str(outcome.error),
                    "seconds": round(outcome.seconds, 3),
                }
                for outcome in outcomes
            ]
        )
    else:
        click.echo(f"{name}: {len(outcomes)} checks, {failed} failed")
    if failed:
        raise click.exceptions.Exit(1)


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
