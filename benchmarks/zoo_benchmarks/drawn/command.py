"""What ``zoo benchmark drawn`` reads, writes and prints."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

import zoo
from zoo.cli.output import print_table
from zoo.errors import ZooError
from zoo.files import check_output
from zoo_benchmarks.drawn.measure import COLUMNS, NO_DIGIT, SPANS, SUMMARY_COLUMNS, measure_drawn, summarise
from zoo_benchmarks.measure.plan import chosen_packs
from zoo_benchmarks.measure.protocol import FULL, QUICK
from zoo_benchmarks.report.table import write_csv

__all__ = ["RESULTS", "measure_into", "print_drawn"]

Rows = list[dict[str, Any]]

RESULTS = "drawn.csv"
SUMMARY = "by_model.csv"
FROM_TEXT = {"images": int, **dict.fromkeys(("accuracy", "accuracy_low", "accuracy_high", "refused"), float)}


def measure_into(models: Sequence[str], quick: bool, output: Path | None, quiet: bool) -> tuple[Path, Rows, Rows]:
    """Measure, and write ``drawn.csv`` and what it comes to; the folder, and what it holds, with other models' rows."""
    folder = output or zoo.home() / "benchmarks" / ("drawn-quick" if quick else "drawn")
    earlier = _earlier(folder, (QUICK if quick else FULL).name)

    def tell(text: str) -> None:
        if not quiet:
            click.echo(text, err=True)

    rows = measure_drawn(chosen_packs(models), quick, tell, earlier)
    summary = summarise(rows)
    write_csv(folder / RESULTS, COLUMNS, rows)
    write_csv(folder / SUMMARY, SUMMARY_COLUMNS, summary)
    return folder, rows, summary


def _earlier(folder: Path, protocol: str) -> Rows:
    """The rows of an earlier run by the same protocol; refuses a folder with something else."""
    rows: Rows = []
    if (folder / RESULTS).is_file():
        with (folder / RESULTS).open(newline="", encoding="utf-8", errors="replace") as file:
            rows = list(csv.DictReader(file))
    protocols = {str(row["protocol"]) for row in rows if row.get("protocol")}
    if not protocols:
        check_output(folder)
        return []
    if protocols != {protocol}:
        other = min(protocols - {protocol})
        raise ZooError(f"{str(folder)!r} holds a run by the protocol {other!r}; give another --output.")
    try:
        return [{name: FROM_TEXT.get(name, str)(row[name]) if row[name] else None for name in COLUMNS} for row in rows]
    except (KeyError, ValueError) as error:
        raise ZooError(
            f"{str(folder / RESULTS)!r} is damaged ({error}); remove it, or give another --output."
        ) from error


def print_drawn(rows: Rows, summary: Rows) -> None:
    """How well each model reads, what each factor costs it in points, and what is refused."""
    measured = []
    refused = []
    for row in summary:
        spans = (f"{100 * row[f'{factor}_span']:.2f}" for factor in SPANS)
        who = (row["model"], row["writers"], row["source"])
        measured.append((*who, f"{row['images']:,}", _percent(row["accuracy"]), *spans))
        if row["refused_digits"] is not None:
            shares = [row[column] for column in SUMMARY_COLUMNS if column.startswith("refused_")]
            refused.append((row["model"], row["source"], *map(_percent, shares)))
    headers = ("model", "writers", "from", "digits", "accuracy, mean of brushes")
    points = tuple(f"{factor}: best - worst" for factor in SPANS)
    print_table((*headers, *points), measured, right=tuple(range(3, 9)))
    click.echo()
    if refused:
        kinds = ("digits", *NO_DIGIT)
        print_table(("refused by", "from", *kinds), refused, right=tuple(range(2, 2 + len(kinds))))
        click.echo()
    blank = [(row["value"], row["source"], _percent(row["refused"])) for row in rows if row["factor"] == "blank"]
    print_table(("blank canvas", "from", "recognised"), blank, right=(2,))


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.2f} %"
