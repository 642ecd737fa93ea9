"""Accuracy over seeds: mean and standard deviation, never the best.

``python -m studies.seeds lenet5.mnist --seeds 5`` trains what is not trained yet (an interrupted run goes on)
and writes a row to ``results/seeds.csv`` as soon as a run ends.
"""

from __future__ import annotations

import argparse
import csv
import fcntl
import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import zoo
from studies.common import RESULTS, plain_errors, positive
from zoo.errors import ZooError
from zoo.training.runs import over_seeds

__all__ = ["COLUMNS", "TABLE", "train_seeds", "write_rows"]

TABLE = RESULTS / "seeds.csv"
COLUMNS = ("model", "seed", "accuracy", "negative_log_likelihood", "expected_calibration_error", "images", "parameters")


def train_seeds(models: Sequence[str], seeds: int, jobs: int | None = None, path: Path = TABLE) -> list[zoo.RunResult]:
    """Train models with the seeds 0, 1, ... and write what each gives on the test images as it comes.

    Parameters
    ----------
    models : sequence of str
        ``"lenet5.mnist"``.
    seeds, jobs : int
        As for `zoo train`.
    path : pathlib.Path
        The table.
    """

    def write(result: zoo.RunResult) -> None:
        if result.error is None:
            write_rows([result.to_dict()], path)

    return zoo.train_many(models, seeds=range(seeds), jobs=jobs, progress=True, on_result=write)


def write_rows(rows: Iterable[Mapping[str, object]], path: Path = TABLE, columns: Sequence[str] = COLUMNS) -> None:
    """Put rows into a table, in the place of older ones of the same model and seed.

    Parameters
    ----------
    rows : iterable of mapping
        With the keys of `columns`, others are left out.
    path : pathlib.Path
    columns : sequence of str
        Those up to ``"seed"`` say what a row is about.

    Raises
    ------
    ZooError
        When the table has other columns; it stays as it was.
    """
    about = columns[: columns.index("seed")]

    def key(row: Mapping[str, object]) -> tuple[tuple[str, ...], int]:
        return tuple(str(row[name]) for name in about), int(str(row["seed"]))

    path.touch()
    with path.open("r+", newline="", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # another command may be writing its rows
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or columns) != tuple(columns):
            raise ZooError(f"{str(path)!r} has the columns {reader.fieldnames}; a table of these rows has {columns}.")
        table = {key(row): dict(row) for row in reader}
        for row in rows:
            table[key(row)] = {name: str(row[name]) for name in columns}
        order = list(dict.fromkeys(own for own, _ in table))
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(table[key] for key in sorted(table, key=lambda key: (order.index(key[0]), key[1])))
        file.seek(0)  # not before all of it is there
        file.write(text.getvalue())
        file.truncate()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--seeds", type=positive, default=5)
    parser.add_argument("--jobs", type=positive)
    arguments = parser.parse_args()
    with plain_errors():
        found = train_seeds(arguments.models, arguments.seeds, arguments.jobs)
    for row in over_seeds(found):
        spread = "of one seed" if row["seeds"] == 1 else f"+- {row['accuracy_sd']:.3%} (SD) over {row['seeds']} seeds"
        print(f"{row['model']}: {row['accuracy_mean']:.3%} {spread}")
    failed = [f"{run.model} seed {run.seed}: {run.error}" for run in found if run.error is not None]
    sys.exit("\n".join(failed) or None)
