"""``zoo benchmark --scenario drawn``: the tables for people, and the file with every condition."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from zoo.cli.output import percent, print_json, print_table
from zoo.errors import ZooError
from zoo.files import check_output, whole_file
from zoo.home import user_packs
from zoo_benchmarks.drawn.measure import COLUMNS, NO_DIGIT, SPANS, SUMMARY_COLUMNS, measure_drawn, summarise
from zoo_benchmarks.measure.cells import chosen_packs
from zoo_benchmarks.measure.protocol import FULL, QUICK

__all__ = ["drawn"]

RESULTS = "drawn.csv"
SUMMARY = "by_model.csv"
FROM_TEXT = {"images": int, **dict.fromkeys(("accuracy", "accuracy_low", "accuracy_high", "refused"), float)}


def drawn(models: Sequence[str], quick: bool, output: Path | None, as_json: bool, quiet: bool) -> None:
    """Measure, write ``drawn.csv`` and what it comes to, ``by_model.csv``, and print what the folder holds.

    Parameters
    ----------
    models : sequence of str
        As ``zoo benchmark`` takes them.
    quick : bool
        See `measure_drawn`.
    output : pathlib.Path or None
        A folder; by default ``$ZOO_HOME/benchmarks/drawn``, for quick figures ``drawn-quick``. What it holds of other
        models stays.
    as_json, quiet : bool
    """
    folder = output or user_packs().parent / "benchmarks" / ("drawn-quick" if quick else "drawn")
    earlier = _earlier(folder, (QUICK if quick else FULL).name)

    def report(text: str) -> None:
        if not quiet:
            click.echo(text, err=True)

    rows = measure_drawn(chosen_packs(models), quick, report, earlier)
    summary = summarise(rows)
    _write(folder / RESULTS, COLUMNS, rows)
    _write(folder / SUMMARY, SUMMARY_COLUMNS, summary)
    if as_json:
        print_json(rows)
        return
    _print(rows, summary)
    if quick:
        click.echo("quick: few digits, for a first look only")
    click.echo(str(folder / RESULTS))


def _earlier(folder: Path, protocol: str) -> list[dict[str, Any]]:
    """The rows of an earlier run by the same protocol; refuses a folder with something else."""
    rows: list[dict[str, Any]] = []
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


def _write(path: Path, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    with whole_file(path) as draft, draft.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _print(rows: Sequence[dict[str, Any]], summary: Sequence[dict[str, Any]]) -> None:
    """How well each model reads, what each factor costs it in points, and what is refused."""
    measured = []
    refused = []
    for row in summary:
        spans = (f"{100 * row[f'{factor}_span']:.2f}" for factor in SPANS)
        who = (row["model"], row["writers"], row["source"])
        measured.append((*who, f"{row['images']:,}", percent(row["accuracy"]), *spans))
        shares = [row[column] for column in SUMMARY_COLUMNS if column.startswith("refused_")]
        if row["refused_digits"] is not None:
            refused.append((row["model"], row["source"], *(None if each is None else percent(each) for each in shares)))
    headers = ("model", "writers", "from", "digits", "accuracy, mean of brushes")
    points = tuple(f"{factor}: best - worst" for factor in SPANS)
    print_table((*headers, *points), measured, right=tuple(range(3, 9)))
    click.echo()
    if refused:
        kinds = ("digits", *NO_DIGIT)
        print_table(("refused by", "from", *kinds), refused, right=tuple(range(2, 2 + len(kinds))))
        click.echo()
    blank = [(row["value"], row["source"], percent(row["refused"])) for row in rows if row["factor"] == "blank"]
    print_table(("blank canvas", "from", "recognised"), blank, right=(2,))
