"""Accuracy over seeds: mean and standard deviation, never the best.

``python -m studies.seeds lenet5.mnist --seeds 5`` trains what is not trained yet (an interrupted run goes on)
and writes a row to ``results/seeds.csv`` as soon as a run ends.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import zoo
from studies.common import RESULTS, parser, plain_errors, positive, put_rows

__all__ = ["COLUMNS", "TABLE", "train_seeds", "write_rows"]

TABLE = RESULTS / "seeds.csv"
COLUMNS = (
    "model", "seed", "dataset", "accuracy", "negative_log_likelihood", "expected_calibration_error", "images",
    "parameters",
)  # fmt: skip


def train_seeds(models: Sequence[str], seeds: int, jobs: int | None = None, path: Path = TABLE) -> list[zoo.RunResult]:
    """Train models with the seeds 0, 1, ... and write what each gives on the test images as it comes."""

    def write(result: zoo.RunResult) -> None:
        if result.folder is not None:
            dataset = zoo.get_pack(result.folder).manifest["dataset"]["name"]
            write_rows([{**result.to_dict(), "dataset": dataset}], path)

    return zoo.train_many(models, seeds=range(seeds), jobs=jobs, progress=True, on_result=write)


def write_rows(rows: Iterable[Mapping[str, object]], path: Path = TABLE) -> None:
    """Put rows into the table, in the place of older ones of the same model and seed."""
    put_rows(path, COLUMNS, rows, key=("model", "seed"))


def main() -> None:
    """Run the command."""
    command = parser(__doc__)
    command.add_argument("models", nargs="+")
    command.add_argument("--seeds", type=positive, default=5)
    command.add_argument("--jobs", type=positive)
    arguments = command.parse_args()
    found = train_seeds(arguments.models, arguments.seeds, arguments.jobs)
    for row in zoo.over_seeds(found):
        spread = "of one seed" if row["seeds"] == 1 else f"+- {row['accuracy_sd']:.3%} (SD) over {row['seeds']} seeds"
        print(f"{row['model']}: {row['accuracy_mean']:.3%} {spread}")
    failed = [f"{run.model} seed {run.seed}: {run.error}" for run in found if run.error is not None]
    sys.exit("\n".join(failed) or None)


if __name__ == "__main__":
    with plain_errors():
        main()
