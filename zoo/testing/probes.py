"""What a plugin imports: something heavy when things are listed, or TensorFlow where Keras is meant."""

from __future__ import annotations

import builtins
import contextlib
import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from zoo.errors import ContractError
from zoo.plugins import Plugin, load_plugins

__all__ = ["check_light", "check_modules", "no_tensorflow", "owner"]

BACKEND = "tensorflow"
ALLOWED = ("keras", "tensorflow")  # Keras's backend is TensorFlow itself, here
REMEDY = "use keras.layers and keras.ops instead, so that it also runs on JAX and PyTorch"

# Loads one plugin, as every command does, and prints which packages came with it.
PROBE = """
import dataclasses, importlib.metadata, json, sys

from zoo.plugins import ENTRY_POINT_GROUP, Registry

registry = Registry()
for entry_point in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP):
    if (entry_point.dist.name, entry_point.name) == (sys.argv[1], sys.argv[2]):
        registry.add(entry_point)
(plugin,) = registry.plugins
print(json.dumps([plugin.heavy, plugin.error]))
"""


def owner(kind: str, name: str) -> Plugin:
    """The plugin that registered a name, by `Kind.plural`."""
    return next(plugin for plugin in load_plugins().plugins if name in plugin.registered.get(kind, []))


def check_light(kind: str, name: str) -> None:
    """Refuse a plugin that imports something heavy when it is loaded, as a fresh process does it."""
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
    heavy: list[str]
    heavy, error = json.loads(result.stdout.splitlines()[-1]) if result.returncode == 0 else ([], result.stderr.strip())
    if error:
        raise ContractError(f"Loading the plugin in a process of its own failed: {error}")
    return heavy


@contextlib.contextmanager
def no_tensorflow() -> Iterator[None]:
    """Refuse ``import tensorflow`` to everybody but Keras while the block runs, as if it were not installed."""
    original = builtins.__import__

    def guarded(name: str, globals: Mapping[str, Any] | None = None, *args: Any, **kwargs: Any) -> ModuleType:
        importer = str((globals or {}).get("__name__", "?"))
        if name.partition(".")[0] == BACKEND and importer.partition(".")[0] not in ALLOWED:
            raise ContractError(f"{importer} imports {name}; {REMEDY}.")
        return original(name, globals, *args, **kwargs)

    builtins.__import__ = guarded
    try:
        yield
    finally:
        builtins.__import__ = original


def check_modules(packages: set[str]) -> None:
    """Refuse TensorFlow among the globals of modules of these packages, imported before anybody watched."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in packages or module is None:
            continue
        for value in vars(module).values():
            home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None) or ""
            if str(home).partition(".")[0] == BACKEND:
                raise ContractError(f"{name} imports {home}; {REMEDY}.")
