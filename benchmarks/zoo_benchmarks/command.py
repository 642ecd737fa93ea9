"""The verb ``zoo benchmark``. Every ``zoo`` command imports this file, so it imports nothing heavy at its top."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo.cli.options import json_option, quiet_option
from zoo.cli.output import print_json, print_table
from zoo_benchmarks.protocol import FULL, QUICK, SCENARIOS

if TYPE_CHECKING:
    from zoo_benchmarks.cells import Cell

__all__ = ["benchmark"]


@click.command()
@click.argument("models", nargs=-1, metavar="[MODELS]...")
@click.option("--runtime", "runtimes", multiple=True, help="May be given more than once. Default: all.")
@click.option("--precision", "precisions", multiple=True, help="May be given more than once. Default: all.")
@click.option(
    "--threads",
    type=click.IntRange(1),
    multiple=True,
    help="Of one inference; may be given more than once.  [default: 1]",
)
@click.option(
    "--scenario",
    "scenarios",
    type=click.Choice(SCENARIOS),
    multiple=True,
    help="What is measured; may be given more than once. Default: all.",
)
@click.option("--quick", is_flag=True, help="Few and short repeats, for a first look; results are labelled so.")
@click.option(
    "--output", type=click.Path(path_type=Path), help="Folder of the run; by default in $ZOO_HOME/benchmarks."
)
@click.option("--overwrite", is_flag=True, help="Measure anew what the folder holds.")
@json_option
@quiet_option
def benchmark(
    models: tuple[str, ...],
    runtimes: tuple[str, ...],
    precisions: tuple[str, ...],
    threads: tuple[int, ...],
    scenarios: tuple[str, ...],
    quick: bool,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Measure models on runtimes: latency, throughput, start, memory, size, accuracy.

    MODELS are ids, architectures, folders or patterns such as 'lenet*'; by default all bundled ones. Each cell of
    models x runtimes x precisions is measured in processes of its own, in turns with the others. A cell that fails
    stops no other; its reason is in the table, and the exit code is 1. When the command is interrupted, the same
    command goes on.
    """
    from zoo_benchmarks.cells import plan_cells
    from zoo_benchmarks.runner import RESULTS, Run, default_output

    protocol = QUICK if quick else FULL
    cells = plan_cells(models, runtimes, precisions, threads or (1,))
    folder = output or default_output(protocol)
    chosen = [scenario for scenario in SCENARIOS if scenario in scenarios] or list(SCENARIOS)
    run = Run(folder, cells, protocol, chosen, overwrite=overwrite)
    start = time.monotonic()

    def report(cell: Cell, row: dict[str, Any], done: int, total: int) -> None:
        if quiet:
            return
        left = (time.monotonic() - start) / done * (total - done)
        shown = (
            row["reason"] if row["status"] != "ok" else "" if row["p50_ms"] is None else f"p50 {row['p50_ms']:.4f} ms"
        )
        click.echo(
            f"{done:>4}/{total}  {_duration(left):>7} left  {cell.pack.id:<28} {cell.runtime:<12} {cell.precision:<8} "
            f"{row['status']:<8} {shown}".rstrip(),
            err=True,
        )

    rows = run.measure(report)
    if as_json:
        print_json(rows)
    else:
        _print(rows, folder / RESULTS, quick)
    if any(row["status"] == "failed" and cell.artifact for row, cell in zip(rows, cells, strict=True)):
        raise click.exceptions.Exit(1)


def _print(rows: list[dict[str, Any]], path: Path, quick: bool) -> None:
    """The table for people, what failed, and where all of it is."""
    measured = [row for row in rows if row["status"] == "ok"]
    headers = ("model", "runtime", "precision", "threads", "p50 ms", "images/s", "MB", "bytes", "accuracy", "overhead")
    print_table(
        headers,
        [
            (
                row["model"],
                row["runtime"],
                row["precision"],
                row["threads"],
                _number(row["p50_ms"], ".4f"),
                _number(row["images_per_second"], ",.0f"),
                _number(row["peak_rss_mb"], ".1f"),
                _number(row["size_bytes"], ","),
                _number(row["accuracy"], ".2%"),
                _number(row["overhead_ratio"], ".3f"),
            )
            for row in measured
        ],
        right=tuple(range(3, 10)),
    )
    failed = [row for row in rows if row["status"] == "failed"]
    for row in failed:
        click.echo(f"Failed: {row['model']} {row['runtime']} {row['precision']}: {row['reason']}", err=True)
    counts = f"{len(measured)} cells ok, {len(failed)} failed, {len(rows) - len(measured) - len(failed)} unsupported"
    label = "; quick: few and short repeats, for a first look only" if quick else ""
    click.echo(f"{counts}{label}\n{path}")


def _number(value: Any, form: str) -> str | None:
    return None if value is None else format(value, form)


def _duration(seconds: float) -> str:
    """Seconds as people say them.

    >>> _duration(59), _duration(150)
    ('59 s', '2 min')
    """
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds / 60:.0f} min"
