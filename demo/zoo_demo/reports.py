"""The Benchmarks tab: committed tables and plots of every distribution that registered some."""

from __future__ import annotations

import csv
import itertools
import re
from html import escape
from pathlib import Path

from zoo.plugins import load_plugins
from zoo_demo._html import notice, png_url

__all__ = ["render_reports"]

MAX_ROWS = 300
MAX_PLOT_BYTES = 2_000_000


def render_reports() -> str:
    """All plots (PNG) and tables (CSV), as HTML; they are read anew every time, and what cannot be read is said."""
    parts = []
    for root in load_plugins().report_roots:
        parts += [_plot(path) for path in sorted(root.rglob("*.png"))]
        parts += [_table(path) for path in sorted(root.rglob("*.csv"))]
    return "".join(parts) or notice("No distribution that is installed brings results. Measure some: zoo benchmark")


def _title(path: Path) -> str:
    return path.stem.replace("_", " ").capitalize()


def _plot(path: Path) -> str:
    title = escape(_title(path))
    try:
        data = path.read_bytes()
    except OSError as error:
        return notice(f"{path.name} cannot be read: {error.strerror}.", "problem")
    if len(data) > MAX_PLOT_BYTES:
        return notice(f"{path.name} has {len(data):,} bytes; {MAX_PLOT_BYTES:,} are shown at most.", "problem")
    return f'<section class="report"><h2>{title}</h2><img src="{png_url(data)}" alt="Plot: {title}"></section>'


def _table(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = itertools.islice(csv.reader(file), MAX_ROWS + 2)
    except OSError as error:
        return notice(f"{path.name} cannot be read: {error.strerror}.", "problem")
    except (ValueError, csv.Error):  # no line at all, another encoding, a NUL
        return notice(f"{path.name} is no table.", "problem")
    title = escape(_title(path))
    columns = "".join(f'<th scope="col">{escape(name.replace("_", " "))}</th>' for name in head)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows[:MAX_ROWS])
    more = f"<p>The first {MAX_ROWS} rows; all are in {escape(path.name)}.</p>" if len(rows) > MAX_ROWS else ""
    return (
        f'<section class="report"><h2>{title}</h2><div class="scroll" tabindex="0" role="region" aria-label="{title}">'
        f"<table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table></div>{more}</section>"
    )


def _cell(text: str) -> str:
    """A number with no more digits than anybody reads."""
    return f"<td>{float(text):.5g}</td>" if re.fullmatch(r"-?\d*\.\d+(e-?\d+)?", text) else f"<td>{escape(text)}</td>"
