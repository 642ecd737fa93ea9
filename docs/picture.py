"""Draws the house, ``docs/images/house.svg``, from what holds it: the layers contract in setup.cfg.

What is written below the name of a room comes from the table of rooms in ``house.md``, so that a room which that table
lacks stops the drawing. `tables.py` writes the file.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

DOCS = Path(__file__).resolve().parent
WIDTH, LEFT, RIGHT = 880, 60, 820  # of the picture; the frame of the library
FLOOR, GAP, TOP = 40, 6, 228  # height of a floor, between two, and where the highest begins
ON_TOP = ("zoo_plugins", "zoo_exporters", "zoo_benchmarks", "zoo_demo", "your plugin")

STYLE = """
  <style>
    .name { font-weight: 600 } .small { font-size: 12.5px; fill: #4a5560 }
    .part { fill: #e8f0fe; stroke: #3b5b92 } .yours { fill: #fff7e0; stroke: #9a7a1c; stroke-dasharray: 5 4 }
    .frame { fill: #f4f6f8; stroke: #5b6570 } .room { fill: #ffffff; stroke: #8a949e }
    .contract { fill: #d7ead9; stroke: #2f6b3a }
    .arrow { stroke: #3b5b92; stroke-width: 1.6; fill: none; marker-end: url(#head) } .found { stroke-dasharray: 5 4 }
  </style>
  <defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
    <path d="M0 0l8 4-8 4z" fill="#3b5b92"/></marker></defs>"""


def floors() -> list[list[str]]:
    """The rooms of the library, from the highest floor down; those of one floor side by side."""
    setup = configparser.ConfigParser()
    setup.read(DOCS.parent / "setup.cfg", encoding="utf-8")
    lines = setup["importlinter:contract:rooms"]["layers"].split("\n")
    return [[room.strip() for room in line.split("|")] for line in lines if line.strip()]


def captions() -> dict[str, str]:
    """What the table of rooms says about each in few words: its second column."""
    rows = re.findall(
        r"^\| `(\w+)(?:/|\.py)` \| ([^|]+) \|", (DOCS / "house.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    return {room: caption.strip() for room, caption in rows}


def house() -> str:
    """The picture as SVG."""
    bottom = TOP + len(floors()) * (FLOOR + GAP)
    title = "Plugins, exporters, benchmarks and demo stand on the library zoo; each floor of it imports only from below"
    middle = (TOP + bottom) // 2
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 20}" '
        'font-family="system-ui, sans-serif" font-size="14" role="img" aria-labelledby="title">',
        f'  <title id="title">{title}</title>' + STYLE,
        f'  <rect width="{WIDTH}" height="{bottom + 20}" fill="#ffffff"/>',
        text(
            (LEFT + RIGHT) / 2,
            28,
            "None of these imports another; they import zoo, and register what they offer by its hooks",
        ),
        *on_top(),
        box(LEFT - 12, TOP - 62, RIGHT - LEFT + 24, bottom - TOP + 68, "frame"),
        text((LEFT + RIGHT) / 2, TOP - 36, "zoo: the library, which knows none of them by name", "name"),
        text((LEFT + RIGHT) / 2, TOP - 15, "a room imports only from floors below it, for types, too", "small"),
        *rooms(),
        f'  <path class="arrow" d="M24 {TOP}V{bottom}"/>',
        turned(16, middle, "imports go down"),
        f'  <path class="arrow found" d="M{RIGHT + 13} {level("plugins")}h22V92h-23"/>',
        turned(WIDTH - 9, middle, "found by entry points, when a command runs"),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def on_top() -> Iterator[str]:
    """What stands on the library, and its arrows down."""
    what = dict(
        zip(
            ON_TOP,
            ("architectures, packs", "formats, layouts", "reports, a verb", "a verb", "any of these"),
            strict=True,
        )
    )
    width = (RIGHT - LEFT - 4 * 14) / 5
    for number, (name, caption) in enumerate(what.items()):
        x = LEFT + number * (width + 14)
        yield box(x, 50, width, 78, "yours" if name == "your plugin" else "part")
        yield text(x + width / 2, 84, name, "name")
        yield text(x + width / 2, 106, caption, "small")
        yield f'  <path class="arrow" d="M{x + width / 2:.0f} 128v{TOP - 62 - 130}"/>'


def rooms() -> Iterator[str]:
    """The floors of the library."""
    caption = captions()
    for number, floor in enumerate(floors()):
        y = TOP + number * (FLOOR + GAP)
        width = (RIGHT - LEFT - (len(floor) - 1) * 12) / len(floor)
        for place, room in enumerate(floor):
            x = LEFT + place * (width + 12)
            yield box(x, y, width, FLOOR, "contract" if room in ("hookspecs", "contract") else "room")
            yield text(x + width / 2, y + 17, room, "name")
            yield text(x + width / 2, y + 33, caption[room], "small")


def level(room: str) -> int:
    """How far down the middle of a room's floor is."""
    (number,) = (number for number, floor in enumerate(floors()) if room in floor)
    return TOP + number * (FLOOR + GAP) + FLOOR // 2


def box(x: float, y: float, width: float, height: float, style: str) -> str:
    """A rectangle."""
    return f'  <rect class="{style}" x="{x:.0f}" y="{y}" width="{width:.0f}" height="{height}" rx="6"/>'


def text(x: float, y: float, words: str, style: str = "") -> str:
    """A line of text around a place."""
    return f'  <text class="{style}" x="{x:.0f}" y="{y}" text-anchor="middle" fill="#1b1f24">{escape(words)}</text>'


def turned(x: float, y: float, words: str) -> str:
    """A line of text that is read from below."""
    place = f"translate({x:.0f} {y}) rotate(-90)"
    return f'  <text class="small" transform="{place}" text-anchor="middle">{escape(words)}</text>'
