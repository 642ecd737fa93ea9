"""Finds the plugins, keeps the broken ones away from the others, and says what became of each.

pluggy's own ``load_setuptools_entrypoints`` is not used: it has no try around the load, so that one broken
distribution takes the whole program down, and it skips the second entry point of a name silently.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import importlib.metadata
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pluggy

from zoo import hookspecs
from zoo.contract.architecture import Architecture
from zoo.contract.dataset import DatasetSource
from zoo.contract.exporter import Exporter, Layout
from zoo.contract.runtime import Runtime
from zoo.errors import PluginError, UnknownNameError, error_line

if TYPE_CHECKING:
    import click

__all__ = [
    "ENTRY_POINT_GROUP",
    "HEAVY",
    "KINDS",
    "Kind",
    "Plugin",
    "Registry",
    "get_architecture",
    "list_architectures",
    "load_plugins",
]

_Distribution = importlib.metadata.Distribution
_EntryPoint = importlib.metadata.EntryPoint

ENTRY_POINT_GROUP = "zoo"
HEAVY = ("cv2", "gradio", "jax", "keras", "matplotlib", "onnx", "onnxruntime", "openvino", "scipy", "sklearn",
         "tensorflow", "torch")  # fmt: skip
"""Packages that take a noticeable time to import; no plugin needs them to say what it offers."""

SLOW_MS = 500
"""Milliseconds of loading from which on a plugin is called slow; a healthy one takes a few."""


class VerbGroup(Protocol):
    """The command that plugins add their verbs to."""

    claim: Callable[[str], None]
    """Is told each verb before it is added; raises when the verb is taken."""
    commands: MutableMapping[str, click.Command]


@dataclass(frozen=True)
class Kind:
    """A kind of thing that a plugin can offer, through a hook of its own.

    An architecture, for example, is offered by the hook ``zoo_register_architectures``. It is handed a function,
    ``register``, and calls it with each `zoo.Architecture` that the plugin brings; no other plugin may have registered
    one of the same ``name``.

    Attributes
    ----------
    name : str
        The kind in the singular: ``"architecture"``.
    type : type
        What ``register`` takes: an object of this type or, where it is `pathlib.Path`, the path of a folder.
    key : str or None
        The attribute that names the thing, such as ``"name"``, or ``"format"`` of an exporter. Nothing else of the kind
        has its value, and it is what the zoo finds the thing by. None for a folder, which is its own name.
    """

    name: str
    type: type
    key: str | None = "name"

    @property
    def plural(self) -> str:
        """The things of this kind together: ``"architectures"``, as in `Registry` and `Plugin.registered`."""
        return f"{self.name}s"

    @property
    def hook(self) -> str:
        """The hook that offers them, ``"zoo_register_architectures"``; `zoo.hookspecs` documents each."""
        return f"zoo_register_{self.plural}"


KINDS = (
    Kind("architecture", Architecture),
    Kind("dataset", DatasetSource),
    Kind("exporter", Exporter, key="format"),
    Kind("runtime", Runtime),
    Kind("layout", Layout),
    Kind("pack", Path, key=None),
    Kind("report", Path, key=None),
)
"""Every kind that there is. Verbs of the command line are no objects: ``zoo_register_commands`` adds them itself."""


@dataclass
class Plugin:
    """One entry point and what became of it.

    Attributes
    ----------
    name : str
        ``distribution:entry``, unique among the plugins.
    distribution, version : str
        Where it comes from.
    value : str
        The entry point's target: ``zoo_hello``.
    hooks : list of str
        The hooks that it implements.
    registered : dict of str to list of str
        What it registered, by kind (``"architectures"``, ...).
    load_ms : float
        Milliseconds that importing it and calling its hooks took.
    heavy : list of str
        The packages of `HEAVY` that it imported meanwhile, which it should only when they are needed.
    error : str or None
        Why it was left out; None for a healthy plugin.
    fix : str or None
        What to do about the error.
    disabled : bool
        Whether ``ZOO_DISABLED_PLUGINS`` names it.
    """

    name: str
    distribution: str
    version: str
    value: str
    hooks: list[str] = field(default_factory=list)
    registered: dict[str, list[str]] = field(default_factory=dict)
    load_ms: float = 0.0
    heavy: list[str] = field(default_factory=list)
    error: str | None = None
    fix: str | None = None
    disabled: bool = False

    @property
    def slow(self) -> bool:
        """Whether it makes every command wait: it takes long to load, or imports something that does."""
        return self.load_ms > SLOW_MS or bool(self.heavy)

    @property
    def complaint(self) -> str:
        """Error and fix as sentences; empty for a healthy plugin."""
        return f"{self.error.rstrip('.')}. {self.fix}." if self.error else ""


class Registry:
    """What all healthy plugins registered, each thing under its name; folders are their own names."""

    def __init__(self) -> None:
        self.plugins: list[Plugin] = []  # every one found, the broken and the disabled ones included
        self._tables: dict[str, dict[str, Any]] = {kind.name: {} for kind in KINDS}
        self.architectures: dict[str, Architecture] = self._tables["architecture"]
        self.datasets: dict[str, DatasetSource] = self._tables["dataset"]
        self.exporters: dict[str, Exporter] = self._tables["exporter"]  # by format
        self.runtimes: dict[str, Runtime] = self._tables["runtime"]
        self.layouts: dict[str, Layout] = self._tables["layout"]
        self.packs: dict[str, Path] = self._tables["pack"]
        self.reports: dict[str, Path] = self._tables["report"]
        self._manager = pluggy.PluginManager("zoo")
        self._manager.add_hookspecs(hookspecs)
        self._owners: dict[tuple[str, str], str] = {}  # (kind, name) -> distribution

    def find(self, kind: str, name: str) -> Any:
        """What is registered of a `Kind.name` under a name; `UnknownNameError` with the nearest one that exists."""
        table = self.table(kind)
        if name not in table:
            raise UnknownNameError("format" if kind == "exporter" else kind, name, table, self.hint)
        return table[name]

    def table(self, kind: str) -> dict[str, Any]:
        """Everything that is registered of a `Kind.name`, by name."""
        return self._tables[kind]

    @property
    def hint(self) -> str:
        """For somebody who looks for a name in vain: it may be one of a plugin that was left out."""
        broken = [plugin.name for plugin in self.plugins if plugin.error]
        return f"Plugins left out because of an error: {', '.join(broken)} (see 'zoo plugins')." if broken else ""

    def add(self, entry_point: _EntryPoint) -> None:
        """Load one entry point and collect what it offers; a failure is recorded, not raised."""
        plugin = self._listed(entry_point.dist, entry_point.name, entry_point.value)
        if plugin.disabled:
            return
        before = _heavy_modules()
        start = time.perf_counter()
        try:
            with contextlib.redirect_stdout(sys.stderr):  # what a plugin prints is no part of an answer in JSON
                self._load(plugin, entry_point)
        except (Exception, SystemExit) as error:  # any failure of somebody's code is theirs, not ours
            self._reject(plugin, error)
        plugin.load_ms = round((time.perf_counter() - start) * 1000, 2)
        plugin.heavy = sorted(_heavy_modules() - before)

    def add_copy(self, copy: _Distribution, first: _Distribution, entry_points: Iterable[_EntryPoint]) -> None:
        """Record a second copy of a distribution, of another version, that Python's path has after the first."""
        name, version = _identity(copy)
        for entry_point in entry_points:
            plugin = self._listed(copy, f"{entry_point.name}#{version}", entry_point.value)
            if not plugin.disabled:
                plugin.error = (
                    f"{name} is installed twice, {_identity(first)[1]} in {str(first.locate_file(''))!r} and {version} "
                    f"in {str(copy.locate_file(''))!r}; the first is used"
                )
                plugin.fix = f"'pip uninstall {name}' and install the version that you want"

    def add_unreadable(self, distribution: _Distribution, error: Exception) -> None:
        """Record a distribution whose entry points cannot be read."""
        plugin = self._listed(distribution, "?", "?")
        if not plugin.disabled:
            self._reject(plugin, PluginError(f"its entry_points.txt cannot be read: {error}"))

    def add_commands(self, cli: VerbGroup) -> None:
        """Let every healthy plugin add its verbs to the command line."""
        self._owners = {key: owner for key, owner in self._owners.items() if key[0] != "commands"}
        for verb in cli.commands:
            self._owners["commands", verb] = "digit-zoo"
        for plugin in self.plugins:
            if plugin.error or plugin.disabled:
                continue
            plugin.registered.pop("commands", None)
            cli.claim = functools.partial(self._claim, plugin, "commands")
            try:
                self._call(plugin, "zoo_register_commands", cli)
            except (Exception, SystemExit) as error:
                for verb in plugin.registered.get("commands", []):
                    cli.commands.pop(verb, None)
                self._reject(plugin, error)

    def _listed(self, distribution: _Distribution | None, entry: str, value: str) -> Plugin:
        """A new plugin, which is on the list from now on, whatever becomes of it."""
        name, version = _identity(distribution)
        plugin = Plugin(f"{name}:{entry}", name, version, value)
        plugin.disabled = _disabled(plugin)
        self.plugins.append(plugin)
        return plugin

    def _load(self, plugin: Plugin, entry_point: _EntryPoint) -> None:
        """Import a plugin's module, see that it keeps to the rules, and call its hooks."""
        if self._manager.has_plugin(plugin.name):
            raise PluginError(f"the distribution declares the entry point {entry_point.name!r} twice; rename one")
        module = entry_point.load()
        other = self._manager.get_name(module)
        if other is not None:
            raise PluginError(f"its module {entry_point.value!r} is already registered by {other}")
        version = getattr(module, "ZOO_API_VERSION", None)
        if version is None:
            raise PluginError(
                f"it declares no API version; add ZOO_API_VERSION = {hookspecs.API_VERSION} to its module"
            )
        if version != hookspecs.API_VERSION:
            raise PluginError(
                f"it declares ZOO_API_VERSION = {version!r}, this zoo speaks {hookspecs.API_VERSION}; "
                "install a version of the plugin that fits"
            )
        self._manager.register(module, name=plugin.name)
        plugin.hooks = sorted(caller.name for caller in self._manager.get_hookcallers(module) or [])
        _check_hooks(module, plugin.hooks)
        for kind in KINDS:
            self._call(plugin, kind.hook, functools.partial(self._register, plugin, kind))

    def _call(self, plugin: Plugin, hook: str, argument: object) -> None:
        """Call one plugin's implementation of a hook, so that its failure is known to be its own."""
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            if implementation.plugin_name == plugin.name:
                implementation.function(*[argument for _ in implementation.argnames])

    def _register(self, plugin: Plugin, kind: Kind, item: Any) -> None:
        """What a hook is given to call: take one thing that a plugin offers."""
        if kind.type is Path:
            item = Path(item)
            if not item.is_dir():
                raise PluginError(f"it registers {kind.plural} in {str(item)!r}, which is no folder")
        elif not isinstance(item, kind.type):
            raise PluginError(f"it registers {item!r} in {kind.plural}, which is no zoo.{kind.type.__name__}")
        name = str(item) if kind.key is None else getattr(item, kind.key)
        self._claim(plugin, kind.plural, name)
        self.table(kind.name)[name] = item

    def _claim(self, plugin: Plugin, kind: str, name: str) -> None:
        """Give a name of a `Kind.plural`, or of ``"commands"``, to a plugin, unless somebody has it."""
        owner = self._owners.get((kind, name))
        if owner is not None:
            raise PluginError(
                f"{name!r} of {kind} is registered by {owner} already, "
                f"and {plugin.distribution} registers it again; "
                "uninstall one, or name one in ZOO_DISABLED_PLUGINS"
            )
        self._owners[kind, name] = plugin.distribution
        plugin.registered.setdefault(kind, []).append(name)

    def _reject(self, plugin: Plugin, error: BaseException) -> None:
        """Record why a plugin is left out, and take back everything that it registered before it failed."""
        plugin.error = error_line(error)
        plugin.fix = _fix(plugin, error)
        if self._manager.has_plugin(plugin.name):
            self._manager.unregister(name=plugin.name)
        tables = {kind.plural: self.table(kind.name) for kind in KINDS}
        for plural, names in plugin.registered.items():
            for name in names:
                self._owners.pop((plural, name), None)
                tables.get(plural, {}).pop(name, None)  # verbs have no table here
        plugin.registered = {}


@functools.cache
def load_plugins() -> Registry:
    """Load every entry point of the group ``zoo``, once per process.

    Returns
    -------
    Registry
        What the healthy ones registered, by name: its dicts ``architectures``, ``datasets``, ``exporters`` (by format),
        ``runtimes``, ``layouts``, ``packs`` and ``reports``. The list ``plugins`` tells about all of them.
    """
    registry = Registry()
    found: dict[str, tuple[_Distribution, list[tuple[str, str]]]] = {}
    entry_points: list[_EntryPoint] = []
    copies = []
    for distribution in importlib.metadata.distributions():
        try:
            ours = [entry for entry in distribution.entry_points if entry.group == ENTRY_POINT_GROUP]
        except Exception as error:  # a damaged entry_points.txt; whether it speaks of the zoo, nobody knows
            registry.add_unreadable(distribution, error)
            continue
        if not ours:
            continue
        name, version = _identity(distribution)
        key = _normalized(name)
        if key not in found:
            found[key] = (distribution, [(entry.name, entry.value) for entry in ours])
            entry_points += ours
        elif (version, [(entry.name, entry.value) for entry in ours]) != (_identity(found[key][0])[1], found[key][1]):
            copies.append((distribution, found[key][0], ours))
    for entry_point in _in_order(entry_points):
        registry.add(entry_point)
    for distribution, first, ours in copies:
        registry.add_copy(distribution, first, ours)
    return registry


def list_architectures() -> list[str]:
    """Tell the names of all registered architectures.

    Returns
    -------
    list of str
        Sorted.
    """
    return sorted(load_plugins().architectures)


def get_architecture(name: str) -> Architecture:
    """The registered architecture of a name.

    Parameters
    ----------
    name : str
        ``"lenet5"``.

    Returns
    -------
    Architecture
        As its plugin registered it.

    Raises
    ------
    UnknownNameError
        With the nearest name that exists.
    """
    architecture: Architecture = load_plugins().find("architecture", name)
    return architecture


def _check_hooks(module: object, implemented: list[str]) -> None:
    """Refuse a hook that nobody would ever call: misspelt, or without the decorator. pluggy lets both pass."""
    hooks = [name for name in vars(hookspecs) if name.startswith("zoo_")]
    for name in implemented:
        if name not in hooks:
            near = difflib.get_close_matches(name, hooks, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"the hooks are {', '.join(hooks)}"
            raise PluginError(f"it implements the unknown hook {name!r}; {hint}")
    for name in hooks:
        if callable(getattr(module, name, None)) and name not in implemented:
            raise PluginError(f"its {name!r} lacks the decorator; put @zoo.hookimpl in front of it")


def _heavy_modules() -> set[str]:
    """Which of the heavy packages are imported."""
    return {name for name in HEAVY if name in sys.modules}


@functools.cache
def _identity(distribution: _Distribution | None) -> tuple[str, str]:
    """Name and version; reading them parses the distribution's metadata, so it is done once for each."""
    if distribution is None:
        return "?", "?"
    name: str | None
    version: str | None
    try:
        name, version = distribution.metadata["Name"], distribution.metadata["Version"]
    except Exception:  # what an interrupted installation leaves
        name = version = None
    folder = Path(str(getattr(distribution, "_path", "?"))).name  # zoo_hello-0.1.0.dist-info
    return name or folder.partition("-")[0].replace("_", "-"), version or "?"


def _fix(plugin: Plugin, error: BaseException) -> str:
    """What to do about a plugin that was left out."""
    module = re.split("[.:]", plugin.value)[0]
    if isinstance(error, ModuleNotFoundError) and error.name and error.name.partition(".")[0] != module:
        repair = f"Install the package that provides {error.name!r}"
    elif isinstance(error, ModuleNotFoundError):
        repair = "Install it anew"
    else:
        repair = "Repair it"
    return f"{repair}, or 'pip uninstall {plugin.distribution}', or set ZOO_DISABLED_PLUGINS={plugin.name}"


def _disabled(plugin: Plugin) -> bool:
    """Whether ``ZOO_DISABLED_PLUGINS`` names the plugin or its whole distribution."""
    names = {_normalized(name.strip()) for name in os.environ.get("ZOO_DISABLED_PLUGINS", "").split(",")}
    return _normalized(plugin.name) in names or _normalized(plugin.distribution) in names


def _normalized(name: str) -> str:
    """A distribution's name as pip compares it: ``Zoo_Hello`` is ``zoo-hello``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _in_order(entry_points: Iterable[_EntryPoint]) -> list[_EntryPoint]:
    """This distribution first, so that a plugin which takes a built-in name is the one left out; then by name."""

    def key(entry_point: _EntryPoint) -> tuple[bool, str, str]:
        distribution, _ = _identity(entry_point.dist)
        return distribution != "digit-zoo", distribution, entry_point.name

    return sorted(entry_points, key=key)
