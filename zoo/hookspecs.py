"""The whole contract between Digit Zoo and its plugins.

A plugin is a module (or any object) that an entry point of the group ``zoo`` names. It declares
``ZOO_API_VERSION = 1`` and implements any of the hooks below with :data:`zoo.hookimpl`. The built-in
architectures, data sets, exporters, runtimes and commands arrive through the same hooks.

Every hook takes a callback and calls it once for each thing that it offers::

    import zoo

    ZOO_API_VERSION = 1

    @zoo.hookimpl
    def zoo_register_architectures(register):
        register(zoo.Architecture(name="tiny", build=build, ...))

A plugin is imported by every command, so it imports nothing heavy at its top: Keras belongs inside ``build``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import click

    from zoo.contract.architecture import Architecture
    from zoo.contract.dataset import DatasetSource
    from zoo.contract.exporter import Exporter, Layout
    from zoo.contract.runtime import Runtime

__all__ = [
    "API_VERSION",
    "hookimpl",
    "zoo_register_architectures",
    "zoo_register_commands",
    "zoo_register_datasets",
    "zoo_register_exporters",
    "zoo_register_layouts",
    "zoo_register_packs",
    "zoo_register_reports",
    "zoo_register_runtimes",
]

API_VERSION = 1
"""Version of this contract; it grows when a plugin that worked would not work any more."""

hookspec = pluggy.HookspecMarker("zoo")
hookimpl = pluggy.HookimplMarker("zoo")


@hookspec
def zoo_register_architectures(register: Callable[[Architecture], None]) -> None:
    """Offer architectures.

    Parameters
    ----------
    register : callable
        Is called with each: ``register(zoo.Architecture(...))``; `zoo.errors.PluginError` for a name that is taken.
    """


@hookspec
def zoo_register_datasets(register: Callable[[DatasetSource], None]) -> None:
    """Offer data sets.

    Parameters
    ----------
    register : callable
        Is called with each: ``register(zoo.DatasetSource(...))``; `zoo.errors.PluginError` for a name that is taken.
    """


@hookspec
def zoo_register_exporters(register: Callable[[Exporter], None]) -> None:
    """Offer formats to export to.

    Parameters
    ----------
    register : callable
        Is called with each: ``register(zoo.Exporter(...))``; `zoo.errors.PluginError` for a name that is taken.
    """


@hookspec
def zoo_register_runtimes(register: Callable[[Runtime], None]) -> None:
    """Offer runtimes that open exported files.

    Parameters
    ----------
    register : callable
        Is called with each: ``register(zoo.Runtime(...))``; `zoo.errors.PluginError` for a name that is taken.
    """


@hookspec
def zoo_register_packs(register: Callable[[Path], None]) -> None:
    """Offer folders that hold pretrained packs, one sub-folder each.

    Parameters
    ----------
    register : callable
        Is called once for each: ``register(path)``. It raises `zoo.errors.PluginError` for what is no folder.
    """


@hookspec
def zoo_register_layouts(register: Callable[[Layout], None]) -> None:
    """Offer trees of files that a server or a device takes.

    Parameters
    ----------
    register : callable
        Is called with each: ``register(zoo.Layout(...))``; `zoo.errors.PluginError` for a name that is taken.
    """


@hookspec
def zoo_register_reports(register: Callable[[Path], None]) -> None:
    """Offer folders of committed result tables (CSV) and plots (PNG).

    Parameters
    ----------
    register : callable
        Is called once for each: ``register(path)``. It raises `zoo.errors.PluginError` for what is no folder.
    """


@hookspec
def zoo_register_commands(cli: click.Group) -> None:
    """Add verbs to the ``zoo`` command.

    Parameters
    ----------
    cli : click.Group
        Takes a verb by ``@cli.command()``. It raises `zoo.errors.PluginError` for a verb that exists.
    """
