"""Accuracy over seeds: mean and standard deviation, never the best.

``python -m zoo_benchmarks.seeds lenet5.mnist --seeds 5`` trains what is not trained yet (an interrupted run goes on)
and writes one row per seed to ``results/seeds.csv``.
"""

from __future__ import annotations

import argparse
import csv
import statistics
from pathlib import Path

import zoo
from zoo.packs.pack import MANIFEST
from zoo.packs.store import pack_folder

__all__ = ["COLUMNS", "RESULTS", "train_seeds", "write_rows"]

RESULTS = Path(__file__).parent / "results" / "seeds.csv"
COLUMNS = ("model", "seed", "accuracy", "negative_log_likelihood", "expected_calibration_error", "images", "parameters")


def train_seeds(model: str, seeds: int) -> list[dict[str, object]]:
    """Train a model with the seeds 0, 1, ... and collect what each gave on the test images.

    Parameters
    ----------
    model : str
        ``"lenet5.mnist"``.
    seeds : int

    Returns
    -------
    list of dict
        One row per seed, with the keys of `COLUMNS`.
    """
    rows = []
    for seed in range(seeds):
        folder = pack_folder(model, seed)
        pack = zoo.Pack(folder) if (folder / MANIFEST).exists() else zoo.train(model, seed=seed, progress=True)
        values = {**pack.manifest["metrics"], "model": pack.id, "seed": seed, "parameters": pack.parameters}
        rows.append({column: values[column] for column in COLUMNS})
    return rows


def write_rows(rows: list[dict[str, object]], path: Path = RESULTS) -> None:
    """Put rows into the table, in the place of older ones of the same models."""
    models = {row["model"] for row in rows}
    kept: list[dict[str, object]] = []
    if path.exists():
        with path.open(newline="") as file:
            kept = [row for row in csv.DictReader(file) if row["model"] not in models]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows([*kept, *rows])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    found = train_seeds(arguments.model, arguments.seeds)
    write_rows(found)
    accuracies = [float(str(row["accuracy"])) for row in found]
    spread = statistics.stdev(accuracies) if len(accuracies) > 1 else float("nan")
    print(
        f"{arguments.model}: {statistics.mean(accuracies):.3%} +- {spread:.3%} (SD) over {len(found)} seeds: "
        f"{', '.join(f'{accuracy:.2%}' for accuracy in accuracies)}"
    )
