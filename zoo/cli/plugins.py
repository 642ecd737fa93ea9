"""The verb about plugins."""

from __future__ import annotations

import click

from zoo.cli.options import json_option
from zoo.cli.output import print_json, print_table
from zoo.plugins import load_plugins

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
            "disabled by ZOO_DISABLED_PLUGINS"
            if plugin.disabled
            else f"ERROR: {plugin.error}"
            if plugin.error
            else "; ".join(f"{kind}: {' '.join(names)}" for kind, names in plugin.registered.items()) or "nothing",
        )
        for plugin in found
    ]
    print_table(("plugin", "version", "load ms", "registered"), rows, right=(2,))
