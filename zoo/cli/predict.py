"""The verb that classifies pictures."""

from __future__ import annotations

import contextlib
import csv
import glob
import itertools
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo.cli.output import (
    json_option,
    percent,
    precision_option,
    print_json_stream,
    print_table,
    quiet_option,
    runtime_option,
    threads_option,
)
from zoo.contract.pack import Pack
from zoo.errors import ImageError
from zoo.packs.store import get_pack

if TYPE_CHECKING:
    from zoo.predict import Prediction

__all__ = ["predict"]

PROGRESS_FROM = 20  # pictures


@click.command()
@click.argument("model")
@click.argument("images", nargs=-1, required=True)
@runtime_option
@precision_option
@threads_option
@click.option("--raw", is_flag=True, help="Only resize; do not find, scale and centre the ink.")
@click.option("--jobs", type=click.IntRange(1), default=1, metavar="N", help="Processes that share the work.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
@quiet_option
def predict(
    model: str,
    images: tuple[str, ...],
    runtime: str | None,
    precision: str,
    threads: int | None,
    raw: bool,
    jobs: int,
    as_csv: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Classify pictures: files, folders or patterns such as 'scans/*.png'.

    Answers are printed as they come. A picture that cannot be read, or on which nothing is drawn, is named at the end,
    the others are answered, and the exit code is 1. Where a model can tell that a picture probably shows none of its
    classes, it is "not sure this is a digit".
    """
    from zoo.predict import predict

    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude each other.")
    paths = _expand(images)
    pack = get_pack(model)
    answers: Iterator[Prediction] = predict(
        pack, paths, runtime=runtime, precision=precision, threads=threads, raw=raw, jobs=jobs
    )
    with contextlib.ExitStack() as stack:
        # On a terminal the answers themselves are the progress.
        if len(paths) >= PROGRESS_FROM and not quiet and not sys.stdout.isatty():
            bar = click.progressbar(answers, length=len(paths), label="Predicting", file=sys.stderr)
            answers = iter(stack.enter_context(bar))
        failed: list[Prediction] = []
        if as_json:
            print_json_stream(map(_row, _noting(answers, failed)))
        elif as_csv:
            _print_csv(map(_row, _noting(answers, failed)), pack.classes)
        else:
            _print_answers(_noting(answers, failed), paths, pack)
    for item in failed:
        error = item.error or ""
        click.echo(f"Error: {error if item.path in error else f'{item.path}: {error}'}", err=True)
    if failed:
        raise click.exceptions.Exit(1)


def _noting(answers: Iterable[Prediction], failed: list[Prediction]) -> Iterator[Prediction]:
    """The same answers; those that are none are noted on the way."""
    for item in answers:
        if item.error is not None:
            failed.append(item)
        yield item


def _row(item: Prediction) -> dict[str, Any]:
    return {key: value for key, value in asdict(item).items() if value is not None}


def _print_answers(answers: Iterator[Prediction], paths: list[str], pack: Pack) -> None:
    """A table whose rows come one by one; nothing where no picture was answered."""
    from zoo.contract.pack import NOT_SURE

    rows = (
        (
            item.path,
            NOT_SURE if item.rejected else item.label,
            percent(item.probability or 0.0),
            f"{item.latency_ms:.3f}",
        )
        for item in answers
        if item.error is None
    )
    first = next(rows, None)
    if first is not None:
        labels = [*pack.classes, NOT_SURE] if pack.rejection else pack.classes
        widths = (max(map(len, paths)), max(map(len, labels)), 0, 0)
        headers = ("image", "label", "probability", "latency ms")
        print_table(headers, itertools.chain([first], rows), right=(2, 3), widths=widths)


def _expand(images: tuple[str, ...]) -> list[str]:
    """Files as they are named; the pictures in a folder; the files that match a pattern."""
    from zoo.canvas import EXTENSIONS

    def files() -> Iterator[str]:
        for name in images:
            path = Path(name)
            if path.is_dir():
                found = sorted(str(file) for file in path.rglob("*") if file.suffix.lower() in EXTENSIONS)
                if not found:
                    raise ImageError(f"The folder {name!r} holds no pictures ({' '.join(sorted(EXTENSIONS))}).")
                yield from found
            elif path.exists() or not glob.has_magic(name):
                yield name
            else:
                matches = sorted(glob.glob(name, recursive=True))  # noqa: PTH207 - absolute patterns, too
                if not matches:
                    raise ImageError(f"No file matches {name!r}.")
                yield from matches

    return list(files())


def _print_csv(rows: Iterable[dict[str, Any]], classes: list[str]) -> None:
    """One line per picture, with a column for each class."""
    columns = ["path", "label", "probability", "latency_ms", *(f"probability_{name}" for name in classes)]
    columns += ["error", "rejected"]
    writer = csv.DictWriter(sys.stdout, fieldnames=columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        probabilities = row.pop("probabilities", {})
        writer.writerow({**row, **{f"probability_{name}": value for name, value in probabilities.items()}})
