"""The verb ``zoo benchmark``. Every ``zoo`` command imports this file, so it imports nothing heavy at its top."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from zoo_benchmarks.measure.protocol import FULL, QUICK, SCENARIOS, Protocol

__all__ = ["benchmark"]

OLD_SPELLINGS = {("--compare",): "compare", ("--scenario", "drawn"): "drawn", ("--scenario=drawn",): "drawn"}
FIGURES = ("p50_ms", "images_per_second", "load_ms", "peak_rss_mb", "size_bytes", "accuracy")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
quiet_option = click.option("--quiet", is_flag=True, help="Print results only, no progress.")


class BenchmarkGroup(click.Group):
    """Runs ``run`` where no other command is named, and knows how the others were spelt at first."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command in front of its arguments."""
        for old, name in OLD_SPELLINGS.items():
            for start in range(len(args)):
                if tuple(args[start : start + len(old)]) == old:
                    spelling = f"'zoo benchmark {' '.join(old)}' is now 'zoo benchmark {name}'"
                    click.echo(f"{spelling}; the old spelling goes with the next version.", err=True)
                    return super().parse_args(ctx, [name, *args[:start], *args[start + len(old) :]])
        if not args or args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group(cls=BenchmarkGroup)
def benchmark() -> None:
    """Measure models on runtimes, and tell what changed from one run to another.

    'zoo benchmark MODEL...' is short for 'zoo benchmark run MODEL...'.
    """


@benchmark.command()
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
    "--provider",
    "providers",
    multiple=True,
    metavar="NAME",
    help="Execution provider of ONNX Runtime, such as CUDAExecutionProvider, which is then measured alone; may be "
    "given more than once.  [default: CPUExecutionProvider]",
)
@click.option(
    "--scenario",
    "scenarios",
    type=click.Choice(SCENARIOS),
    multiple=True,
    help="What is measured; may be given more than once. Default: all.",
)
@click.option("--quick", is_flag=True, help="One short round, for a first look; results are labelled so.")
@click.option(
    "--rounds",
    type=click.IntRange(1),
    help="Over all cells: 5 or more, with --quick 1 or more. Times are compared from 2 rounds on.  [default: 5, or 1]",
)
@click.option(
    "--output", type=click.Path(path_type=Path), help="Folder of the run; by default in $ZOO_HOME/benchmarks."
)
@click.option(
    "--overwrite",
    is_flag=True,
    help="Measure the cells anew that are asked for; a run by another protocol, on another machine or with other "
    "versions is removed.",
)
@json_option
@quiet_option
def run(
    models: tuple[str, ...],
    runtimes: tuple[str, ...],
    precisions: tuple[str, ...],
    threads: tuple[int, ...],
    providers: tuple[str, ...],
    scenarios: tuple[str, ...],
    quick: bool,
    rounds: int | None,
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Measure models on runtimes: latency, throughput, start, memory, size, accuracy.

    MODELS are ids, architectures, folders or patterns such as 'lenet*'; by default all bundled ones. Each cell of
    models x runtimes x precisions is measured in processes of its own, in turns with the others. A file that a model
    lacks is exported for it, into a cache. A cell that fails while it is measured stops no other; its reason is told
    below the table, and the exit code is 1, as when no cell is ok. When the command is interrupted, the same command
    goes on. The folder then holds results.csv and report.html.
    """
    from zoo_benchmarks.measure.plan import plan_measurements
    from zoo_benchmarks.measure.runner import RESULTS, Run, default_output
    from zoo_benchmarks.report.page import write_report
    from zoo_benchmarks.report.progress import shown_progress
    from zoo_benchmarks.report.summary import unsteady
    from zoo_benchmarks.report.table import half_ranges, read_cells

    def tell(text: str) -> None:
        if not quiet:
            click.echo(text, err=True)

    protocol = _protocol(quick, rounds)
    folder = output or default_output(protocol)
    chosen = [scenario for scenario in SCENARIOS if scenario in scenarios] or SCENARIOS
    the_run = Run(folder, protocol, chosen, overwrite=overwrite)  # before the exports, which may take long
    planned = plan_measurements(models, runtimes, precisions, threads or (1,), providers, tell=tell)
    with shown_progress(quiet) as report:
        rows = the_run.measure(planned, report)
    cells = read_cells(folder)
    page = write_report(folder, cells)
    if note := unsteady(cells.values()):
        tell(note)
    if as_json:
        _print_json(rows)
    else:
        _print_rows(rows, [half_ranges(cells[one.name]) for one in planned], quick)
        click.echo(f"{folder / RESULTS}\n{page}")
    broken = any(row["status"] == "failed" and one.artifact for row, one in zip(rows, planned, strict=True))
    if broken or not any(row["status"] == "ok" for row in rows):
        raise click.exceptions.Exit(1)


@benchmark.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--reference", metavar="CELL", help="Take figures relative to this cell's.")
@json_option
def compare(old: Path, new: Path, reference: str | None, as_json: bool) -> None:
    """Tell what got better or worse from one run's folder to another's.

    The exit code is 1 when something got worse beyond the noise, or a cell is not ok any more.
    """
    from zoo.cli.output import print_table
    from zoo_benchmarks.report.comparison import VERDICTS, compare_runs, unlike

    changes = compare_runs(old, new, reference)
    for text in unlike(old, new):
        click.echo(text, err=True)
    counts = {verdict: sum(change.verdict == verdict for change in changes) for verdict in VERDICTS}
    if as_json:
        _print_json([asdict(change) for change in changes])
    else:
        shown = [
            (
                change.cell,
                change.figure,
                _number(change.old, ".4g"),
                _number(change.new, ".4g"),
                _number(change.ratio, ".3f"),
                None if change.ratio_low is None else f"{change.ratio_low:.3f} to {change.ratio_high:.3f}",
                change.verdict,
            )
            for change in changes
            if change.verdict in ("better", "worse", "lost")
        ]
        if shown:
            headers = ("cell", "figure", "old", "new", "ratio", "95 % interval", "verdict")
            print_table(headers, shown, right=(2, 3, 4))
        click.echo(", ".join(f"{number} {verdict}" for verdict, number in counts.items()))
    if counts["worse"] or counts["lost"]:
        raise click.exceptions.Exit(1)


@benchmark.command()
@click.argument("models", nargs=-1, metavar="[MODELS]...")
@click.option("--quick", is_flag=True, help="Few digits, for a first look; results are labelled so.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Folder of the tables; by default in $ZOO_HOME/benchmarks. What it holds of other models stays.",
)
@json_option
@quiet_option
def drawn(models: tuple[str, ...], quick: bool, output: Path | None, as_json: bool, quiet: bool) -> None:
    """Measure accuracy on digits that people drew with a pen, and what is refused.

    MODELS are as for 'zoo benchmark run', each on its lightest runtime, at fp32, and always anew. The folder then holds
    drawn.csv and by_model.csv.
    """
    from zoo_benchmarks.drawn.command import RESULTS, measure_into, print_drawn

    folder, rows, summary = measure_into(models, quick, output, quiet)
    if as_json:
        _print_json(rows)
        return
    print_drawn(rows, summary)
    if quick:
        click.echo("quick: few digits, for a first look only")
    click.echo(str(folder / RESULTS))


def _protocol(quick: bool, rounds: int | None) -> Protocol:
    protocol = QUICK if quick else FULL
    if rounds is None:
        return protocol
    if rounds < protocol.repeats:
        raise click.UsageError(
            f"--rounds is {rounds}; figures that are worth keeping take {FULL.repeats} or more. Fewer need --quick."
        )
    return replace(protocol, repeats=rounds)


def _print_json(data: object) -> None:
    click.echo(json.dumps(data, indent=2))


def _print_rows(rows: Sequence[Mapping[str, Any]], spreads: Sequence[Mapping[str, float]], quick: bool) -> None:
    """The table for people, what failed, and what it says."""
    from zoo.cli.output import print_table
    from zoo_benchmarks.report.summary import answers, on, with_spread

    headers = ("model", "runtime", "precision", "threads", "p50 ms", "images/s", "MB", "bytes", "accuracy", "overhead",
               "status")  # fmt: skip
    print_table(
        headers,
        [
            (
                row["model"],
                row["runtime"],
                row["precision"],
                row["threads"],
                with_spread(row["p50_ms"], spread.get("p50_ms"), ".4f"),
                with_spread(row["images_per_second"], spread.get("images_per_second"), ",.0f"),
                _number(row["peak_rss_mb"], ".1f"),
                _number(row["size_bytes"], ","),
                with_spread(row["accuracy"], spread.get("accuracy"), ".2%"),
                _number(row["overhead_ratio"], ".3f"),
                row["status"],
            )
            for row, spread in zip(rows, spreads, strict=True)
            if any(row[figure] is not None for figure in FIGURES)  # some may have failed, and others not
        ],
        right=tuple(range(3, 10)),
    )
    failed = [row for row in rows if row["status"] == "failed"]
    for row in failed:
        click.echo(f"Failed: {row['model']} {on(row)}: {row['reason']}", err=True)
    unsupported: dict[str, list[str]] = {}
    for row in rows:
        if row["status"] == "unsupported":
            unsupported.setdefault(f"{on(row)}: {row['reason']}", []).append(row["model"])
    for what, models in unsupported.items():
        who = models[0] if len(models) == 1 else f"{len(models)} models"
        click.echo(f"Unsupported: {who} {what}", err=True)
    fine, without = (sum(row["status"] == status for row in rows) for status in ("ok", "unsupported"))
    counts = f"{fine} {'cell' if fine == 1 else 'cells'} ok, {len(failed)} failed, {without} unsupported"
    click.echo(f"{counts}{'; quick: short rounds, for a first look only' if quick else ''}")
    for question, answer in answers(rows):
        click.echo(f"{question}: {answer}")


def _number(value: float | None, form: str) -> str | None:
    return None if value is None else format(value, form)
