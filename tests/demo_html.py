"""Reads the page's HTML as people and screen readers do."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any


class Outline(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def state(self) -> str | None:
        return self.tags[0][1]["data-state"]


class Tables(HTMLParser):
    """The tables of a piece of HTML: rows of texts, the first one of heads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.texts: list[str] = []
        self.sources: list[str] = []
        self._inside = False
        self.feed(html)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self._inside = True
        elif tag == "img":
            self.sources.append(str(dict(attrs)["src"]))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._inside:
            self.tables[-1][-1][-1] += data


def examples() -> dict[str, Any]:
    """What ``assets/examples.json`` holds: source, license, changes, and groups of drawings with title and note."""
    from zoo_demo.views import asset

    found: dict[str, Any] = json.loads(asset("examples.json"))
    return found
