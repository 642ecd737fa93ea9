"""The verb that classifies pictures."""

from __future__ import annotations

import csv
import glob
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from zoo.cli.options import json_option, precision_option, quiet_option, runtime_option, threads_option
from zoo.cli.output import percent, print_json, print_table
from zoo.errors import ImageError

__all__ = ["predict"]

PROGRESS_FROM = 20  # pictures


@click.command()
@click.argument("model")
@click.argument("images", nargs=-1, required=True)
@runtime_option
@precision_option
@threads_option
@click.option("--raw", is_flag=True, help="Only resize; do not find, scale and centre the ink.")
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
    as_csv: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Classify pictures: files, folders or patterns such as 'scans/*.png'.

    A picture that cannot be read, or on which nothing is drawn, is named, the others are answered, and the exit code is
    1. Where a model can tell that a picture probably shows none of its classes, it is "not sure this is a digit".
    """
    from zoo.packs.rejection import NOT_SURE
    from zoo.prediction import predict

    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude each other.")
    paths = _expand(images)
    answers = predict(model, paths, runtime=runtime, precision=precision, threads=threads, raw=raw)
    if len(paths) >= PROGRESS_FROM and not quiet:
        with click.progressbar(answers, length=len(paths), label="Predicting", file=sys.stderr) as bar:
            predictions = list(bar)
    else:
        predictions = list(answers)
    rows = [{key: value for key, value in asdict(item).items() if value is not None} for item in predictions]
    if as_json:
        print_json(rows)
    elif as_csv:
        _print_csv(rows)
    else:
        table = [
            (
                item.path,
                NOT_SURE if item.rejected else item.label,
                percent(item.probability or 0.0),
                f"{item.latency_ms:.3f}",
            )
            for item in predictions
            if item.error is None
        ]
        if table:
            print_table(("image", "label", "probability", "latency ms"), table, right=(2, 3))
    failed = [item for item in predictions if item.error is not None]
    for item in failed:
        error = item.error or ""
        click.echo(f"Error: {error if item.path in error else f'{item.path}: {error}'}", err=True)
    if failed:
        raise click.exceptions.Exit(1)


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


def _print_csv(rows: list[dict[str, Any]]) -> None:
    """One line per picture, with a column for each class."""
    classes = next((list(row["probabilities"]) for row in rows if "probabilities" in row), [])
    columns = ["path", "label", "probability", "latency_ms", *(f"probability_{name}" for name in classes)]
    columns += ["error", "rejected"]
    writer = csv.DictWriter(sys.stdout, fieldnames=columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        probabilities = row.pop("probabilities", {})
        writer.writerow({**row, **{f"probability_{name}": value for name, value in probabilities.items()}})
