"""Sphinx makes the site of the Markdown files, and the reference of docstrings and verbs: ``make docs`` builds it."""

from __future__ import annotations

import importlib.metadata
import sys
from functools import cached_property
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent))  # verbs.py

project = "Digit Zoo"
author = "The Digit Zoo developers"
release = importlib.metadata.version("digit-zoo")
extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_click",
    "sphinx_external_toc",
]
external_toc_path = "_toc.yml"
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"Digit Zoo {release}"
exclude_patterns = ["_build"]
smartquotes = False  # two hyphens are an option

default_role = "py:obj"  # `zoo.train` in a docstring is a link to it
autodoc_default_options = {"members": True, "undoc-members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # they are in the docstrings, with shapes and units
autosummary_generate = False  # its tables link to what stands on the same page
numpydoc_show_class_members = False  # autodoc shows them

# Not asked for: a long description, an example and a "see also" everywhere, and a sentence about a parameter or result
# whose type says all there is to say. Fields of a class whose objects are results are attributes to their reader, who
# never makes one; what a constant means is told on one line.
numpydoc_validation_checks = {"all", "ES01", "EX01", "SA01", "PR07", "RT03"}
numpydoc_validation_overrides = {"PR01": [r"(?s)\A(?!.*\n\s*Parameters\n).*\n\s*Attributes\n"]}
numpydoc_validation_exclude = {r"\.[A-Z_]+$"}


def skip_fields(app: Sphinx, what: str, name: str, value: object, skip: bool, options: object) -> bool | None:
    """Leave out the fields of a class: its docstring tells what they are."""
    is_member = callable(value) or isinstance(value, property | cached_property | classmethod | staticmethod)
    return True if what == "class" and not is_member else None


def escape_stars(app: Sphinx, context: object, lines: list[str]) -> None:
    """Keep the wildcards of a verb's help: it is text for a terminal, and no reStructuredText."""
    lines[:] = [line.replace("*", r"\*") for line in lines]


def setup(app: Sphinx) -> None:
    """Connect what is above."""
    app.connect("autodoc-skip-member", skip_fields)
    app.connect("sphinx-click-process-description", escape_stars)
    app.connect("sphinx-click-process-options", escape_stars)
