"""``python -m studies.bulk_prediction``: both figures, as the command prints them."""

from __future__ import annotations

import pytest
from benchmarking import run_study


def figures(text: str) -> dict[str, float]:
    """The numbers before the word "bar", by the first word of their line."""
    lines = [line.split() for line in text.splitlines() if "bar" in line]
    return {words[0]: float(words[words.index("bar") - 1].rstrip("%")) for words in lines}


@pytest.mark.slow
def test_both_figures_are_measured() -> None:
    short = ("--images", "50", "--repeats", "1", "--jobs", "2", "--model", "softmax_regression.mnist")
    result = run_study("bulk_prediction", *short)
    assert result.stderr == ""
    found = figures(result.stdout)
    assert found.keys() == {"ratio", "growth"}
    assert 0.05 < found["ratio"] < 3
    assert -20 < found["growth"] < 50


@pytest.mark.measure
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_bulk_prediction_holds_its_bars(jobs: str) -> None:
    result = run_study("bulk_prediction", "--jobs", jobs)
    assert result.returncode == 0, result.stdout + result.stderr
