"""The table over seeds holds what its command wrote, and the accuracy that the README promises."""

from __future__ import annotations

import csv
import statistics

from zoo_benchmarks.seeds import COLUMNS, RESULTS, write_rows


def test_lenet5_reaches_its_bar_on_average() -> None:
    with RESULTS.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["model"] == "lenet5.mnist"]
    assert {int(row["seed"]) for row in rows} == set(range(5))
    assert statistics.mean(float(row["accuracy"]) for row in rows) >= 0.992


def test_new_rows_replace_those_of_the_same_model(tmp_path) -> None:  # type: ignore[no-untyped-def]
    def row(model: str, accuracy: float) -> dict[str, object]:
        return {**dict.fromkeys(COLUMNS, 0), "model": model, "accuracy": accuracy}

    path = tmp_path / "seeds.csv"
    write_rows([row("a.mnist", 0.1), row("a.mnist", 0.2)], path)
    write_rows([row("b.mnist", 0.3)], path)
    write_rows([row("a.mnist", 0.4)], path)
    with path.open(newline="") as file:
        assert [(r["model"], r["accuracy"]) for r in csv.DictReader(file)] == [("b.mnist", "0.3"), ("a.mnist", "0.4")]
