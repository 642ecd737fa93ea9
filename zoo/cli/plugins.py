"""The verb about plugins."""

from __future__ import annotations

import click

from zoo.cli.options import json_option
from zoo.cli.output import print_json, print_table
from zoo.plugins import Plugin, load_plugins

__all__ = ["plugins"]


@click.command()
@json_option
def plugins(as_json: bool) -> None:
    """List plugins: where each comes from, what it registered, and why one was left out."""
    found = load_plugins().plugins
    if as_json:
        print_json(
            [
                {
                    "name": plugin.name,
                    "distribution": plugin.distribution,
                    "version": plugin.version,
                    "hooks": plugin.hooks,
                    "registered": plugin.registered,
                    "load_ms": round(plugin.load_ms, 2),
                    "heavy": plugin.heavy,
                    "disabled": plugin.disabled,
                    "error": plugin.error,
                }
                for plugin in found
            ]
        )
        return
    rows = [
        (
            plugin.name,
            plugin.version,
            f"{plugin.load_ms:.1f}",
            " ".join(hook.removeprefix("zoo_register_") for hook in plugin.hooks),
            "disabled by ZOO_DISABLED_PLUGINS" if plugin.disabled else "LEFT OUT" if plugin.error else _offer(plugin),
        )
        for plugin in found
    ]
    print_table(("plugin", "version", "load ms", "hooks", "registered"), rows, right=(2,))


def _offer(plugin: Plugin) -> str:
    """The names that a plugin registered; of folders, only the number."""
    parts = [
        f"{len(names)} folder of {kind}" if kind in ("packs", "reports") else " ".join(names)
        for kind, names in plugin.registered.items()
    ]
    return ", ".join(parts) or "nothing"
