"""``zoo benchmark --scenario drawn``: the table for people, and the file with every condition."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from zoo.cli.output import percent, print_json, print_table
from zoo.files import whole_file
from zoo.packs.store import user_packs
from zoo_benchmarks.cells import chosen_packs
from zoo_benchmarks.drawn import ALL_MODELS, COLUMNS, measure_drawn

__all__ = ["drawn"]

RESULTS = "drawn.csv"


def drawn(models: Sequence[str], quick: bool, output: Path | None, as_json: bool, quiet: bool) -> None:
    """Measure, write ``drawn.csv`` and print.

    Parameters
    ----------
    models : sequence of str
        As ``zoo benchmark`` takes them.
    quick : bool
        See `measure_drawn`.
    output : pathlib.Path or None
        A folder; by default ``$ZOO_HOME/benchmarks/drawn``, for quick figures ``drawn-quick``.
    as_json, quiet : bool
    """
    folder = output or user_packs().parent / "benchmarks" / ("drawn-quick" if quick else "drawn")

    def report(text: str) -> None:
        if not quiet:
            click.echo(text, err=True)

    rows = measure_drawn(chosen_packs(models), quick, report)
    with whole_file(folder / RESULTS) as draft, draft.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    if as_json:
        print_json(rows)
        return
    _print(rows)
    if quick:
        click.echo("quick: few digits, for a first look only")
    click.echo(str(folder / RESULTS))


def _print(rows: Sequence[dict[str, Any]]) -> None:
    """A row per model and source: the mean over all widths of the brush, and what each factor costs at worst."""
    measured = []
    refused = []
    for model in dict.fromkeys(row["model"] for row in rows if row["model"] != ALL_MODELS):
        own = [row for row in rows if row["model"] == model]
        for source in ("strokes", "pixels"):
            factors = {
                factor: [row["accuracy"] for row in own if row["source"] == source and row["factor"] == factor]
                for factor in ("brush", "place", "scale", "rotation")
            }
            mean = percent(statistics.fmean(factors["brush"]))
            spans = (f"{100 * (max(values) - min(values)):.2f}" for values in factors.values())
            measured.append((model, own[0]["writers"], source, f"{own[0]['images']:,}", mean, *spans))
        if own[0]["refused"] is not None:
            usual = {
                row["source"]: row["refused"] for row in own if (row["factor"], row["value"]) == ("place", "middle")
            }
            shares = {(row["value"], row["source"]): row["refused"] for row in own if row["factor"] == "no digit"}
            refused += [(model, "digits", source, percent(share)) for source, share in usual.items()]
            refused += [(model, what, source, percent(share)) for (what, source), share in shares.items()]
    refused += [
        (ALL_MODELS, f"blank: {row['value']}", row["source"], percent(row["refused"]))
        for row in rows
        if row["factor"] == "blank"
    ]
    headers = ("model", "writers", "from", "digits", "accuracy, mean of brushes")
    points = tuple(f"{factor}: best - worst" for factor in ("brush", "place", "scale", "rotation"))
    print_table((*headers, *points), measured, right=tuple(range(3, 9)))
    click.echo()
    print_table(("model", "shown", "from", "refused"), refused, right=(3,))
