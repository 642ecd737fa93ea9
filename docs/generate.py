"""Writes docs/reference/ from the docstrings and from ``--help``: ``python docs/generate.py``, or ``--check`` it.

The pages are plain Markdown, so that they can be read on GitHub as they are; Sphinx makes the site of the same files.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from numpydoc.docscrape import NumpyDocString

from zoo.cli.main import build_cli
from zoo.plugins import load_plugins

REFERENCE = Path(__file__).parent / "reference"

# Pages of the reference: file, title, module, and which of its names (all of ``__all__`` unless told).
PAGES = (
    ("api.md", "import zoo", "zoo"),
    ("hooks.md", "The hooks of a plugin", "zoo.hookspecs"),
    ("testing.md", "The contract as tests: zoo.testing", "zoo.testing"),
    ("canvas.md", "From drawings and pictures to images: zoo.canvas", "zoo.canvas"),
    ("errors.md", "Errors: zoo.errors", "zoo.errors"),
)
SECTIONS = ("Parameters", "Attributes", "Returns", "Yields", "Raises", "Warns")


def pages() -> Iterator[tuple[str, str]]:
    """File names of the reference, with their texts."""
    for file, title, module in PAGES:
        yield file, module_page(title, module)
    yield "command-line.md", command_page()


def module_page(title: str, module_name: str) -> str:
    """One page: the module's docstring, then each of its names."""
    module = import_module(module_name)
    parts = [f"# {title}", "Generated from the docstrings by `make docs`.", prose(inspect.getdoc(module) or "")]
    for name in module.__all__:
        if name.startswith("__") or name == "hookimpl":
            continue
        value = getattr(module, name)
        if callable(value):
            parts += describe(name, value, level=2)
            if inspect.isclass(value):
                for member, function in public_members(value):
                    parts += describe(f"{name}.{member}", function, level=3)
    return "\n\n".join(part for part in parts if part) + "\n"


def public_members(cls: type) -> Iterator[tuple[str, Any]]:
    """Methods and properties that a class itself defines or declares, without those of plain data."""
    for name, value in vars(cls).items():
        if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property | classmethod)):
            yield name, value


def describe(name: str, value: Any, level: int) -> list[str]:
    """Heading, signature and docstring of one name."""
    function = (
        value.fget if isinstance(value, property) else value.__func__ if isinstance(value, classmethod) else value
    )
    parts = [f"{'#' * level} {name}"]
    if not isinstance(value, property):
        parts.append(f"```python\n{name}{signature(function)}\n```")
    parsed = NumpyDocString(inspect.getdoc(function) or "")
    parts.append(prose("\n".join([*parsed["Summary"], "", *parsed["Extended Summary"]])))
    for section in SECTIONS:
        if parsed[section]:
            parts.append(f"**{section}**")
            parts.append("\n".join(entry(item, section) for item in parsed[section]))
    if parsed["Examples"]:
        parts.append("**Examples**")
        parts.append("```pycon\n" + "\n".join(parsed["Examples"]).strip() + "\n```")
    return parts


def signature(function: Any) -> str:
    """Parameters with their defaults; types are in the docstring."""
    try:
        found = inspect.signature(function)
    except ValueError:
        return "()"
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in found.parameters.values()
        if parameter.name not in ("self", "cls")
    ]
    text = str(found.replace(parameters=parameters, return_annotation=inspect.Signature.empty))
    # What a default looks like from inside Python, a lambda or an empty factory, says nothing to a reader.
    return re.sub(r"<(?:[^<>]|<[^<>]*>)*>", "...", text)


def entry(item: Any, section: str) -> str:
    """One parameter, return value or error as an item of a list."""
    name, kind, text = item.name, item.type, prose(" ".join(line.strip() for line in item.desc))
    if section in ("Returns", "Yields", "Raises", "Warns") and not name:
        name, kind = kind, ""
    label = f"`{name}`" + (f" ({kind})" if kind else "")
    return f"- {label}" + (f": {text}" if text else "")


def prose(text: str) -> str:
    """A docstring's text as Markdown: literal blocks fenced, double backticks made single."""
    out: list[str] = []
    lines = re.sub(r"``([^`]+)``", r"`\1`", re.sub(r":\w+:`", "`", text)).splitlines()
    position = 0
    while position < len(lines):
        line = lines[position]
        if line.rstrip().endswith("::"):
            lead = line.rstrip().removesuffix("::").rstrip()
            out.append(f"{lead}:" if lead else "")
            position += 1
            block = []
            while position < len(lines) and (not lines[position].strip() or lines[position].startswith(" ")):
                block.append(lines[position])
                position += 1
            code = textwrap.dedent("\n".join(block)).strip("\n")
            out += ["", f"```{'python' if 'import' in code or 'zoo.' in code else 'text'}", code, "```", ""]
            continue
        out.append(line)
        position += 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip()


def command_page() -> str:
    """The help of every verb."""
    cli = build_cli(load_plugins())
    parts = [
        "# The command line",
        "Generated from `--help` by `make docs`. What `--json` prints is in [json.md](../json.md).",
    ]
    for words in ([], *([verb] for verb in sorted(cli.commands))):
        command = cli.commands[words[0]] if words else cli
        context = click.Context(command, info_name=" ".join(["zoo", *words]), terminal_width=100, max_content_width=100)
        parts += [f"## {' '.join(['zoo', *words])}", f"```text\n{command.get_help(context)}\n```"]
    return "\n\n".join(parts) + "\n"


def main() -> int:
    """Write the pages, or tell which of them are not what they would be."""
    stale = []
    for file, text in pages():
        path = REFERENCE / file
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path))
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8")
    if stale and "--check" in sys.argv:
        print(f"Not up to date, run 'make docs': {', '.join(stale)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
