"""Sphinx makes the site of the Markdown files; they are readable without it. ``make docs`` builds it."""

import importlib.metadata

project = "Digit Zoo"
author = "The Digit Zoo developers"
release = importlib.metadata.version("digit-zoo")
extensions = ["myst_parser", "sphinx_external_toc"]
external_toc_path = "_toc.yml"
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"Digit Zoo {release}"
exclude_patterns = ["_build"]
