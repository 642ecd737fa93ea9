"""How results are printed, tables for people and JSON for programs, and the options that several verbs share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import click

__all__ = [
    "gate_option",
    "json_option",
    "parity_data_option",
    "percent",
    "precision_option",
    "print_json",
    "print_json_stream",
    "print_table",
    "quiet_option",
    "runtime_option",
    "threads_option",
]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
quiet_option = click.option("--quiet", is_flag=True, help="Print results only, no progress.")
precision_option = click.option("--precision", default="fp32", show_default=True, help="Precision of the file.")

runtime_option = click.option(
    "--runtime",
    help="What runs the model: NAME, or NAME:PROVIDER for an execution provider; by default the lightest that is "
    "installed.",
)

threads_option = click.option("--threads", type=click.IntRange(1), help="Threads of one inference.")

gate_option = click.option(
    "--gate",
    "limits",
    multiple=True,
    metavar="NAME=VALUE",
    help="Another limit than the precision's own: max_difference, largest_flipped_gap, min_agreement, "
    "max_accuracy_drop. From 0 to 1; 'none' lifts it. May be given more than once.",
)

parity_data_option = click.option(
    "--parity-data", metavar="DATASET", help="Compare on another data set than the model's own, such as digits."
)


def print_json(data: object) -> None:
    """Print JSON to standard output."""
    click.echo(json.dumps(data, indent=2))


def print_json_stream(items: Iterable[object]) -> None:
    """Print a JSON array, an item a line, each as soon as it is there."""
    before = "["
    for item in items:
        click.echo(f"{before}\n  {json.dumps(item)}", nl=False)
        before = ","
    click.echo("[]" if before == "[" else "\n]")


def print_table(
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: Sequence[int] = (),
    widths: Sequence[int] | None = None,
) -> None:
    """Print aligned columns, those at the positions `right` to the right; None is an empty cell.

    With `widths`, the least width of each column, rows are printed as they come; otherwise all are looked at first.
    Written here because a table library takes a third of the time that ``zoo list`` may take.
    """
    cells: Iterable[list[str]] = ([("" if value is None else str(value)) for value in row] for row in rows)
    if widths is None:
        cells = list(cells)
        widths = [max((len(row[column]) for row in cells), default=0) for column in range(len(headers))]
    widths = [max(len(header), width) for header, width in zip(headers, widths, strict=True)]

    def line(row: Iterable[str]) -> str:
        aligned = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        return "  ".join(aligned).rstrip()

    click.echo(line(headers))
    click.echo("  ".join("-" * width for width in widths))
    for row in cells:
        click.echo(line(row))


def percent(share: float) -> str:
    """0.9912 as ``99.12 %``."""
    return f"{share * 100:.2f} %"
