"""The questions that people bring to a table of results, answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["answers"]

FAST_AT, SMALL_AT = 0.995, 0.993  # accuracy
WITHIN_MS = 0.05

Row = Mapping[str, Any]


def answers(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Questions with their answers.

    Parameters
    ----------
    rows : sequence of mapping
        Of the table; only cells that are ok count.

    Returns
    -------
    list of (question, answer)
        Without the questions whose figures were not measured.
    """
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
    return f"{row['model']} {row['runtime']} {row['precision']}: {', '.join(parts)}"
