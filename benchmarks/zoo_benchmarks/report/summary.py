"""The questions that people bring to a table of results, answered."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from zoo_benchmarks.report.table import over_rounds

__all__ = ["answers", "on", "unsteady", "with_spread"]

FAST_AT, SMALL_AT = 0.995, 0.993  # accuracy
WITHIN_MS = 0.05
MOST_CHANGE = 1.2  # of the reference, from cell to cell

Row = Mapping[str, Any]


def answers(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Questions with their answers, from the rows that are ok; without those whose figures were not measured."""
    measured = [row for row in rows if row["status"] == "ok" and row["accuracy"] is not None]
    timed = [row for row in measured if row["p50_ms"] is not None]
    sized = [row for row in measured if row["size_bytes"] is not None]
    found = []
    for question, candidates, fits, key in (
        (f"fastest at >= {FAST_AT:.1%}", timed, lambda row: row["accuracy"] >= FAST_AT, lambda row: row["p50_ms"]),
        (
            f"smallest at >= {SMALL_AT:.1%}",
            sized,
            lambda row: row["accuracy"] >= SMALL_AT,
            lambda row: row["size_bytes"],
        ),
        (
            f"best accuracy under {WITHIN_MS * 1000:.0f} us",
            timed,
            lambda row: row["p50_ms"] < WITHIN_MS,
            lambda row: (-row["accuracy"], row["p50_ms"]),
        ),
    ):
        if candidates:
            found.append((question, _best(candidates, fits, key)))
    return found


def unsteady(cells: Iterable[Row]) -> str | None:
    """A warning, if the machine changed its speed during a run, so that its cells cannot simply be compared.

    The reference, which has its turns in the process of every cell, tells; the name of a processor does not change when
    others share it, or when a run goes on elsewhere.
    """
    known = (over_rounds(cell, "single", "reference_p50_ms") for cell in cells)
    medians = [statistics.median(found) * 1000 for found in known if found]
    if not medians or max(medians) <= MOST_CHANGE * min(medians):
        return None
    return (
        f"The machine changed its speed: the same reference took {min(medians):.1f} us beside some cells and "
        f"{max(medians):.1f} us beside others. Compare with care, or measure all anew with --overwrite."
    )


def _best(rows: Sequence[Row], fits: Callable[[Row], bool], key: Callable[[Row], Any]) -> str:
    fitting = [row for row in rows if fits(row)]
    if not fitting:
        return "none of these cells"
    row = min(fitting, key=key)
    half = (row["accuracy_high"] - row["accuracy_low"]) / 2
    parts = [f"{row['accuracy']:.2%} +- {half:.2%}"]
    if row["p50_ms"] is not None:
        parts.append(f"{row['p50_ms'] * 1000:.1f} us")
    if row["size_bytes"] is not None:
        parts.append(f"{row['size_bytes']:,} bytes")
    return f"{row['model']} {on(row)}: {', '.join(parts)}"


def with_spread(value: float | None, spread: float | None, form: str) -> str:
    """A figure as people read it, with its spread where that is known; empty for None.

    >>> with_spread(0.0127, 0.0002, ".4f"), with_spread(0.0127, None, ".4f"), with_spread(None, None, ".4f")
    ('0.0127 +- 0.0002', '0.0127', '')
    """
    if value is None:
        return ""
    return format(value, form) if spread is None else f"{value:{form}} +- {spread:{form}}"


def on(row: Row) -> str:
    """Where a model was measured, in words: runtime and precision, and threads where they are several."""
    threads = "" if row["threads"] == 1 else f", {row['threads']} threads"
    return f"{row['runtime']} {row['precision']}{threads}"
