"""How results are printed: tables for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

__all__ = ["percent", "print_json", "print_table"]


def print_json(data: object) -> None:
    """Print JSON to standard output."""
    click.echo(json.dumps(data, indent=2))


def print_table(headers: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[int] = ()) -> None:
    """Print aligned columns.

    Written here because a table library takes a third of the time that ``zoo list`` may take.

    Parameters
    ----------
    headers : sequence of str
    rows : sequence of sequences
        None is an empty cell.
    right : sequence of int
        Positions of the columns that are aligned to the right.
    """
    cells = [list(headers), *([("" if value is None else str(value)) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headers))]
    for number, row in enumerate(cells):
        aligned = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(aligned).rstrip())
        if number == 0:
            click.echo("  ".join("-" * width for width in widths))


def percent(share: float) -> str:
    """0.9912 as ``99.12 %``."""
    return f"{share * 100:.2f} %"
