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
                    "slow": plugin.slow,
                    "heavy": plugin.heavy,
                    "disabled": plugin.disabled,
                    "error": plugin.error,
                    "fix": plugin.fix,
                }
                for plugin in found
            ]
        )
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
    parts = [
        f"{len(names)} folder of {kind}" if kind in ("packs", "reports") else " ".join(names)
        for kind, names in plugin.registered.items()
    ]
    return ", ".join(parts) or "nothing"
