"""What the commands ``python -m studies.NAME`` have in common."""

from __future__ import annotations

import argparse
import contextlib
import csv
import fcntl
import os
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import zoo
import zoo_benchmarks
from zoo.errors import UnknownNameError, ZooError
from zoo_benchmarks.measure.cell_process import timed_block
from zoo_benchmarks.report.table import write_csv

__all__ = ["RESULTS", "ZOO", "find_recipe", "interleaved_medians", "parser", "plain_errors", "positive", "put_rows"]

RESULTS = Path(zoo_benchmarks.__file__).parent / "results"
"""The committed tables and plots."""
ZOO = [sys.executable, "-c", "from zoo.cli import main; raise SystemExit(main())"]
"""The command ``zoo``, as a process of this interpreter."""

BLOCKS, CALLS = 200, 50


def parser(text: str | None) -> argparse.ArgumentParser:
    """A parser whose help is the docstring of its command."""
    return argparse.ArgumentParser(
        prog=f"python -m studies.{Path(sys.argv[0]).stem}",
        description=text,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


@contextlib.contextmanager
def plain_errors() -> Iterator[None]:
    """End the process with an error's text where a traceback would help nobody: a wrong name, a full disk."""
    try:
        yield
    except (ZooError, OSError) as error:
        sys.exit(f"Error: {error}")
    except KeyboardInterrupt:
        sys.exit("Interrupted.")


def positive(text: str) -> int:
    """A number of things to be done, as the ``type`` of an argument: at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; give a whole number of at least 1")
    return int(text)


def find_recipe(model: str) -> tuple[zoo.Architecture, str]:
    """The architecture and the tag of ``lenet5.mnist``; without a tag, of the architecture's default one.

    Raises `UnknownNameError` when the architecture does not exist, or has no recipe of that tag.
    """
    name, _, tag = model.partition(".")
    architecture = zoo.get_architecture(name)
    tag = tag or architecture.default_tag
    if tag not in architecture.recipes:
        raise UnknownNameError(f"tag of {name}", tag, architecture.recipes)
    return architecture, tag


def interleaved_medians(calls: Sequence[tuple[Callable[[Any], object], Any]]) -> list[float]:
    """Median microseconds of each call, which is given with its argument.

    Short blocks take turns, so that a machine's drift hits all alike. A tenth of them is warm-up, and does not count.
    """
    times: list[list[int]] = [[] for _ in calls]
    for _ in range(BLOCKS):
        for (call, argument), found in zip(calls, times, strict=True):
            found += timed_block(call, argument, CALLS)
    warm = BLOCKS * CALLS // 10
    return [statistics.median(found[warm:]) / 1000 for found in times]


def put_rows(
    path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]], *, key: Sequence[str]
) -> list[dict[str, str]]:
    """Put rows into a table, in the place of all with the same `key`; the table as it is then.

    Rows that differ only in the last column of the key stand together, in its order; otherwise rows stay where they
    are, and new ones come last. Several commands may write at the same time, and the file is whole or as it was.

    Raises `ZooError` when the table has other columns; it stays as it was.
    """
    new = [{name: "" if row[name] is None else str(row[name]) for name in columns} for row in rows]

    def about(row: Mapping[str, str]) -> tuple[str, ...]:
        return tuple(row[name] for name in key)

    with _locked(path.parent):
        old: list[dict[str, str]] = []
        if path.exists():
            with path.open(newline="", encoding="utf-8") as file:
                reader = csv.DictReader(file)
                if tuple(reader.fieldnames or columns) != tuple(columns):
                    raise ZooError(
                        f"{str(path)!r} has the columns {reader.fieldnames}; a table of these rows has {columns}."
                    )
                old = list(reader)
        replaced = set(map(about, new))
        table = [row for row in old if about(row) not in replaced] + new
        places = {group: place for place, group in enumerate(dict.fromkeys(about(row)[:-1] for row in [*old, *new]))}
        table.sort(key=lambda row: (places[about(row)[:-1]], _natural(about(row)[-1])))
        write_csv(path, columns, table)
    return table


def _natural(text: str) -> tuple[int, str]:
    """Numbers by their size, before other text."""
    return (int(text), "") if text.isdecimal() else (sys.maxsize, text)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep others who lock the folder waiting; the lock ends with the process that holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
