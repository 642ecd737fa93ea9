"""Fills the templates of a new distribution."""

from __future__ import annotations

import datetime
import importlib.metadata
import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from string import Template

from zoo.errors import PluginError, UnknownNameError
from zoo.files import whole_folder
from zoo.hookspecs import API_VERSION
from zoo.plugins import KINDS, load_plugins

__all__ = ["TEMPLATE_KINDS", "create_plugin"]

TEMPLATES = files(__package__) / "templates"
TEMPLATE_KINDS = tuple(kind.name for kind in KINDS if (TEMPLATES / kind.name).is_dir())
SUFFIX = ".tmpl"  # so that no tool takes a template for what it makes
LONGEST_NAME = 40


def create_plugin(name: str, kind: str = "architecture", output: str | Path | None = None) -> Path:
    """Write a small complete distribution that offers one thing of a kind to the zoo, whole or not at all.

    `name` is what the thing will be called in the zoo, ``"tiny_net"``; `output` is a folder that does not exist yet, or
    is empty, by default ``zoo-tiny-net`` in the working folder, and is what is returned.
    """
    if kind not in TEMPLATE_KINDS:
        raise UnknownNameError("kind of plugin", kind, TEMPLATE_KINDS)
    distribution, module = f"zoo-{name.replace('_', '-')}", f"zoo_{name}"
    _check_name(name, kind, distribution, module)
    target = Path(output if output is not None else distribution).expanduser().absolute()
    words = {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "distribution": distribution,
        "module": module,
        "api_version": str(API_VERSION),
        "kind": kind,
        "year": str(datetime.date.today().year),
    }
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise PluginError(f"{str(target)!r} holds something already; give a new or an empty folder as --output.")
        with whole_folder(target) as folder:
            for source in (TEMPLATES / "common", TEMPLATES / kind):
                _fill(source, folder, words)
    except OSError as error:
        raise PluginError(f"The plugin cannot be written to {str(target)!r}: {error}.") from error
    return target


def _check_name(name: str, kind: str, distribution: str, module: str) -> None:
    """Refuse a name that the zoo, Python or pip would not take, or that somebody has."""
    well_formed = re.fullmatch(r"(?!zoo_)[a-z][a-z0-9]*(_[a-z0-9]+)*", name)  # the prefix would be there twice
    if not well_formed or len(name) > LONGEST_NAME:
        likely = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789")
        likely = likely.removeprefix("zoo_")[:LONGEST_NAME].rstrip("_")
        hint = f" Did you mean {likely!r}?" if likely else ""
        raise PluginError(
            f"The name {name!r} is not allowed; use at most {LONGEST_NAME} lower-case letters, digits and single "
            f"underscores, starting with a letter and not with zoo_.{hint}"
        )
    # The distribution of an exporter brings the runtime that opens its format, of the same name.
    for taken in ("exporter", "runtime") if kind == "exporter" else (kind,):
        if name in load_plugins().table(taken):
            raise PluginError(
                f"There is {taken} {name!r} already, in this zoo; choose another name (see 'zoo plugins')."
            )
    if find_spec(module) is not None:
        raise PluginError(f"There is a module {module!r} already, which the plugin would hide; choose another name.")
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return
    raise PluginError(f"There is a distribution {distribution!r} installed already; choose another name.")


def _fill(source: Traversable, target: Path, words: dict[str, str]) -> None:
    """Write every template of a folder, its own name filled in, too."""
    for entry in source.iterdir():
        name = entry.name.replace("MODULE", words["module"])
        if entry.is_dir():
            (target / name).mkdir(exist_ok=True)
            _fill(entry, target / name, words)
        elif name.endswith(SUFFIX):
            text = Template(entry.read_text(encoding="utf-8")).substitute(words)
            (target / name.removesuffix(SUFFIX)).write_text(text, encoding="utf-8")
