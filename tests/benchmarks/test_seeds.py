"""The table over seeds holds what its command wrote, and the accuracy that the README promises."""

from __future__ import annotations

import csv
import shutil
import statistics
from pathlib import Path

import pytest

import zoo
from studies.seeds import COLUMNS, TABLE, train_seeds, write_rows


def test_lenet5_reaches_its_bar_on_average() -> None:
    with TABLE.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["model"] == "lenet5.mnist"]
    assert {int(row["seed"]) for row in rows} == set(range(5))
    assert statistics.mean(float(row["accuracy"]) for row in rows) >= 0.992


def test_new_rows_replace_those_of_the_same_model_and_seed(tmp_path: Path) -> None:
    def row(model: str, seed: int, accuracy: float) -> dict[str, object]:
        return {**dict.fromkeys(COLUMNS, 0), "model": model, "seed": seed, "accuracy": accuracy}

    path = tmp_path / "seeds.csv"
    write_rows([row("a.mnist", 1, 0.1), row("a.mnist", 2, 0.2)], path)
    write_rows([row("b.mnist", 0, 0.3)], path)
    write_rows([row("a.mnist", 1, 0.4)], path)
    write_rows([row("a.mnist", 0, 0.5)], path)
    with path.open(newline="") as file:
        rows = [(row["model"], row["seed"], row["accuracy"]) for row in csv.DictReader(file)]
    assert rows == [
        ("a.mnist", "0", "0.5"),
        ("a.mnist", "1", "0.4"),
        ("a.mnist", "2", "0.2"),
        ("b.mnist", "0", "0.3"),
    ]


@pytest.mark.mnist
def test_finished_packs_are_taken_and_other_rows_stay(zoo_home: Path, tmp_path: Path) -> None:
    bundled = zoo.get_pack("softmax_regression.mnist")
    shutil.copytree(bundled.folder, zoo_home / "packs" / bundled.id)
    path = tmp_path / "seeds.csv"
    row = {**dict.fromkeys(COLUMNS, 0), "model": bundled.id}
    write_rows([{**row, "seed": 0}, {**row, "seed": 7}, {**row, "model": "other.mnist", "seed": 7}], path)
    (result,) = train_seeds([bundled.id], 1, path=path)
    assert (result.status, result.error) == ("kept", None)
    with path.open(newline="") as file:
        rows = [(row["model"], row["seed"], float(row["accuracy"])) for row in csv.DictReader(file)]
    assert rows == [(bundled.id, "0", bundled.accuracy), (bundled.id, "7", 0.0), ("other.mnist", "7", 0.0)]
