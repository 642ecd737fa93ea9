"""What people see while a benchmark runs: a table that is drawn again in place; plain lines where it is no terminal."""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from zoo.errors import MissingExtraError

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["Report", "TimeLeft", "shown_progress"]

Row = Mapping[str, Any]
Report = Callable[[Row, int, int, float], None]
"""Is given the row of what was measured, how many rounds of all are done, how many there are, and the seconds left."""

FURNITURE = 8  # lines of the screen that are not for rows


class TimeLeft:
    """Tells how long the rest takes: as long as it took on the same runtime so far.

    `runtimes` holds that of every round that will be measured.
    """

    def __init__(self, runtimes: Sequence[str]) -> None:
        self._waiting = Counter(runtimes)
        self._seconds: dict[str, list[float]] = {}

    def note(self, runtime: str, seconds: float) -> float:
        """Note how long a round took; the seconds that the others will take."""
        self._waiting[runtime] -= 1
        self._seconds.setdefault(runtime, []).append(seconds)
        everything = [one for found in self._seconds.values() for one in found]
        return sum(
            number * statistics.mean(self._seconds.get(name, everything)) for name, number in self._waiting.items()
        )


def shown_progress(quiet: bool) -> AbstractContextManager[Report]:
    """Progress as it fits where standard error goes."""
    if quiet:
        return nullcontext(lambda *told: None)
    return _table() if sys.stderr.isatty() else nullcontext(_line)


def _line(row: Row, done: int, total: int, left: float) -> None:
    shown = row["reason"] if row["status"] != "ok" else "" if row["p50_ms"] is None else f"p50 {row['p50_ms']:.4f} ms"
    click.echo(
        f"{done:>4}/{total}  {duration(left):>7} left  {row['model']:<28} {_runtime(row):<12} "
        f"{row['precision']:<8} {row['status']:<8} {shown}".rstrip(),
        err=True,
    )


def _runtime(row: Row) -> str:
    runtime: str = row["runtime"]
    return runtime if row["threads"] == 1 else f"{runtime} x{row['threads']}"


@contextmanager
def _table() -> Iterator[Report]:
    """A table of the cells that were measured last, drawn again in place, over a bar with the time that is left."""
    try:
        from rich.console import Console, Group
        from rich.live import Live
        from rich.progress_bar import ProgressBar
        from rich.table import Table
    except ModuleNotFoundError as error:
        raise MissingExtraError("rich", "benchmark", "Measuring") from error

    console = Console(stderr=True, highlight=False)
    rows: dict[tuple[str, ...], tuple[str, ...]] = {}
    done, total, end = 0, 0, 0.0

    def draw() -> RenderableType:
        table = Table(box=None, pad_edge=False)
        for number, header in enumerate(("model", "runtime", "precision", *FIGURES)):
            table.add_column(header, justify="right" if number > 2 else "left", no_wrap=True)
        for row in list(rows.values())[-max(1, console.height - FURNITURE) :]:
            table.add_row(*row)
        left = f"{done}/{total}  {duration(max(0.0, end - time.monotonic()))} left" if done else "measuring ..."
        return Group(table, "", ProgressBar(total or 1, done, width=40), left)

    def report(row: Row, now_done: int, now_total: int, left: float) -> None:
        nonlocal done, total, end
        done, total, end = now_done, now_total, time.monotonic() + left
        figures = ["" if row[key] is None else format(row[key], form) for key, form in FIGURES.values()]
        if row["status"] != "ok":
            figures[0] = row["status"]
        cell = row["model"], _runtime(row), row["format"], row["precision"]
        rows.pop(cell, None)  # what was measured last comes last
        rows[cell] = (row["model"], _runtime(row), row["precision"], *figures)
        live.refresh()

    with Live(console=console, get_renderable=draw, refresh_per_second=1, transient=True) as live:
        yield report


# As many as fit into 80 columns; the table at the end has all.
FIGURES = {
    "p50 ms": ("p50_ms", ".4f"),
    "images/s": ("images_per_second", ",.0f"),
    "accuracy": ("accuracy", ".2%"),
}


def duration(seconds: float) -> str:
    """Seconds as people say them.

    >>> duration(59), duration(150)
    ('59 s', '2 min')
    """
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds / 60:.0f} min"
