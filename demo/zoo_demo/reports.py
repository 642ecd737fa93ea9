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

MAX_ROWS = 1000
MAX_OPEN_ROWS = 60  # a longer table is unfolded by who wants it
MAX_PLOT_BYTES = 2_000_000


def render_reports() -> str:
    """All plots (PNG) and tables (CSV), as HTML; they are read anew every time, and what cannot be read is said."""
    parts = []
    for root in load_plugins().reports.values():
        parts += [_plot(path, _title(path, root)) for path in sorted(root.rglob("*.png"))]
        parts += [_table(path, _title(path, root)) for path in sorted(root.rglob("*.csv"))]
    return "".join(parts) or notice("No distribution that is installed brings results. Measure some: zoo benchmark")


def _title(path: Path, root: Path) -> str:
    """``full/accuracy_size.png`` as ``Full, accuracy size``; what is named like its folder, by that name alone."""
    parts = dict.fromkeys(path.relative_to(root).with_suffix("").parts)
    return escape(", ".join(parts).replace("_", " ").capitalize())


def _plot(path: Path, title: str) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        return notice(f"{path.name} cannot be read: {error.strerror}.", "problem")
    if len(data) > MAX_PLOT_BYTES:
        return notice(f"{path.name} has {len(data):,} bytes; {MAX_PLOT_BYTES:,} are shown at most.", "problem")
    return f'<section class="report"><h2>{title}</h2><img src="{png_url(data)}" alt="Plot: {title}"></section>'


def _table(path: Path, title: str) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = itertools.islice(csv.reader(file), MAX_ROWS + 2)
        columns = list(zip(head, *rows, strict=True))
    except OSError as error:
        return notice(f"{path.name} cannot be read: {error.strerror}.", "problem")
    except (ValueError, csv.Error):  # no line at all, lines of different lengths, another encoding, a NUL
        return notice(f"{path.name} is no table.", "problem")
    # What is the same in every row, such as the machine, is said once.
    varied = [column for column in columns if len(rows) < 2 or len(set(column[1:])) > 1]
    fixed = [f"{_name(column)} {_text(column[1])}" for column in columns if column not in varied and column[1]]
    said = f"<p>In every row: {', '.join(fixed)}.</p>" if fixed else ""
    heads = "".join(f'<th scope="col">{_name(column)}</th>' for column in varied)
    body = "".join(
        f"<tr>{''.join(f'<td>{_text(column[place])}</td>' for column in varied)}</tr>"
        for place in range(1, min(len(rows), MAX_ROWS) + 1)
    )
    more = f"<p>The first {MAX_ROWS} rows; all are in {escape(path.name)}.</p>" if len(rows) > MAX_ROWS else ""
    table = (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{title}"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{more}"
    )
    if len(rows) > MAX_OPEN_ROWS:
        table = f"<details><summary>{min(len(rows), MAX_ROWS)} rows</summary>{table}</details>"
    return f'<section class="report"><h2>{title}</h2>{said}{table}</section>'


def _name(column: tuple[str, ...]) -> str:
    return escape(column[0].replace("_", " "))


def _text(value: str) -> str:
    """A number with no more digits than anybody reads; anything else as it is."""
    return f"{float(value):.5g}" if re.fullmatch(r"-?\d*\.\d+(e-?\d+)?", value) else escape(value)
