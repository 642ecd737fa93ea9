"""Does a plugin cost anything when things are listed? Told by a fresh process that loads that plugin alone."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys

from zoo.errors import ContractError
from zoo.plugins import Plugin, load_plugins

__all__ = ["check_light", "owner"]

# Loads one plugin, as every command does, and prints which packages came with it.
PROBE = """
import dataclasses, importlib.metadata, json, sys

from zoo.plugins import ENTRY_POINT_GROUP, Registry

registry = Registry()
for entry_point in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP):
    if (entry_point.dist.name, entry_point.name) == (sys.argv[1], sys.argv[2]):
        registry.add(entry_point)
(plugin,) = registry.plugins
print(json.dumps({"heavy": plugin.heavy, "error": plugin.error}))
"""


def owner(kind: str, name: str) -> Plugin:
    """The plugin that registered something.

    Parameters
    ----------
    kind : str
        ``"architectures"``, ``"datasets"``, ``"exporters"`` or ``"runtimes"``.
    name : str
        A registered name.
    """
    return next(plugin for plugin in load_plugins().plugins if name in plugin.registered.get(kind, []))


def check_light(kind: str, name: str) -> None:
    """Refuse a plugin that imports something heavy when it is loaded.

    Raises
    ------
    ContractError
        Naming the packages.
    """
    plugin = owner(kind, name)
    heavy = _imported(plugin.distribution, plugin.name.removeprefix(f"{plugin.distribution}:"))
    if heavy:
        raise ContractError(
            f"Loading the plugin {plugin.name} imports {', '.join(heavy)}, in every 'zoo' command, 'zoo list' and "
            f"'zoo --help' included. In {plugin.value!r} and what it imports, move these imports into the functions "
            "that need them."
        )


@functools.cache
def _imported(distribution: str, entry: str) -> list[str]:
    """The heavy packages that one plugin imports while it is loaded."""
    result = subprocess.run(
        [sys.executable, "-c", PROBE, distribution, entry],
        env={name: value for name, value in os.environ.items() if name != "ZOO_DISABLED_PLUGINS"},
        capture_output=True,
        text=True,
    )
    if result.returncode != 0:
        raise ContractError(f"Loading the plugin in a process of its own failed: {result.stderr.strip()}")
    answer = json.loads(result.stdout.splitlines()[-1])
    if answer["error"]:
        raise ContractError(f"Loading the plugin in a process of its own failed: {answer['error']}")
    heavy: list[str] = answer["heavy"]
    return heavy
