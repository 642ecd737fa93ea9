"""Two models on the same images: counts that agree with each one's own evaluation, and a sheet of the mistakes."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from helpers import assert_one_message, change_manifest, run_zoo
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import zoo
from zoo.evaluation.comparison import mcnemar

WEAKER = "softmax_regression.mnist"  # on digits of another origin


def test_counts_agree_with_the_evaluations(exported: Path, tmp_path: Path) -> None:
    result = zoo.compare(exported, WEAKER, dataset="digits", runtime="litert")
    a, b = (zoo.evaluate(model, dataset="digits", runtime="litert", output=tmp_path) for model in (exported, WEAKER))
    assert (result.model_a, result.model_b) == ("lenet5.digits", WEAKER)
    assert (result.dataset, result.split, result.runtime_a) == ("digits", "test", "litert")
    test = result.test
    assert test.images == a.images == 360
    assert (test.accuracy_a, test.accuracy_b) == (a.accuracy, b.accuracy)
    assert test.both_right + test.only_a_right == round(a.accuracy * 360)
    assert test.both_right + test.only_b_right == round(b.accuracy * 360)
    assert test.difference == pytest.approx(a.accuracy - b.accuracy)
    assert test.difference_low <= test.difference <= test.difference_high
    same = zoo.compare(exported, exported).test
    assert (same.p_value, same.difference, same.only_a_right, same.only_b_right) == (1.0, 0.0, 0, 0)


def test_the_command(exported: Path) -> None:
    words = ("evaluate", "--compare", exported, WEAKER, "--dataset", "digits", "--runtime", "litert")
    shown, data = run_zoo(*words), run_zoo(*words, "--json")
    assert shown.returncode == data.returncode == 0, shown.stderr + data.stderr
    expected = zoo.compare(exported, WEAKER, dataset="digits", runtime="litert")
    assert json.loads(data.stdout) == expected.to_dict()
    assert f"McNemar's exact test: p = {expected.test.p_value:.3g}" in shown.stdout
    for count in (expected.test.both_right, expected.test.only_b_right):
        assert str(count) in shown.stdout


def test_models_that_cannot_be_compared(exported: Path, pack_copy: Path) -> None:
    change_manifest(pack_copy, lambda manifest: manifest["dataset"].update(name="scans"))
    with pytest.raises(zoo.ZooError, match=r"was trained on digits, .* on scans; name the images .*--dataset"):
        zoo.compare(exported, pack_copy)
    assert zoo.compare(exported, pack_copy, dataset="digits").test.p_value == 1.0
    assert_one_message(run_zoo("evaluate", "--compare", exported), "takes two models, not 1", code=2)
    assert_one_message(run_zoo("evaluate", exported, exported), "or two with --compare", code=2)
    assert_one_message(run_zoo("evaluate", "--compare", exported, exported, "--errors"), "only prints", code=2)


def test_errors_are_drawn(tmp_path: Path) -> None:
    result = run_zoo("evaluate", WEAKER, "--dataset", "digits", "--errors", "--output", tmp_path / "out", "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["images"] == 360
    sheet = tmp_path / "out" / f"{WEAKER}-errors.png"
    assert str(sheet) in result.stderr
    with Image.open(sheet) as picture:
        assert picture.width > 1000
    with pytest.raises(zoo.ZooError, match=r"errors.png' is a file; give another --output"):
        zoo.evaluate(WEAKER, dataset="digits", output=tmp_path / "again", errors=sheet / "below.png")


# -- McNemar's test says what its definition says, and its interval covers what it promises -------------------------


def answers(both: int, only_a: int, only_b: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    """Whether A and B are right, for given numbers of images."""
    a = [True] * both + [True] * only_a + [False] * only_b + [False] * neither
    b = [True] * both + [False] * only_a + [True] * only_b + [False] * neither
    return np.array(a), np.array(b)


def test_a_case_worked_by_hand() -> None:
    result = mcnemar(*answers(90, 8, 1, 1))
    # 9 throws of a fair coin: at least 8 of a kind, on either side: 2 * (9 + 1) / 2**9.
    assert result.p_value == pytest.approx(20 / 512)
    assert (result.both_right, result.only_a_right, result.only_b_right, result.both_wrong) == (90, 8, 1, 1)
    assert (result.accuracy_a, result.accuracy_b) == (0.98, 0.91)
    assert result.difference == pytest.approx(0.07)
    # Bonett and Price: (9 - 2) / 102 +- 1.96 * sqrt((9/102 + 2/102 - (7/102)**2) / 102)
    half = 1.959964 * math.sqrt((11 / 102 - (7 / 102) ** 2) / 102)
    assert result.difference_low == pytest.approx(7 / 102 - half, abs=1e-6)
    assert result.difference_high == pytest.approx(7 / 102 + half, abs=1e-6)


@given(*[st.integers(0, 40)] * 4)
def test_counts_symmetry_and_the_exact_p_value(both: int, only_a: int, only_b: int, neither: int) -> None:
    if not both + only_a + only_b + neither:
        return
    a, b = answers(both, only_a, only_b, neither)
    forth, back = mcnemar(a, b), mcnemar(b, a)
    assert forth.both_right + forth.only_a_right + forth.only_b_right + forth.both_wrong == forth.images == len(a)
    assert forth.p_value == back.p_value
    assert forth.difference == -back.difference
    assert forth.difference_low == pytest.approx(-back.difference_high)
    assert -1 <= forth.difference_low <= forth.difference_high <= 1
    told = only_a + only_b
    tail = sum(math.comb(told, wins) for wins in range(min(only_a, only_b) + 1)) / 2**told
    assert forth.p_value == pytest.approx(min(1.0, 2 * tail))


def test_the_interval_holds_its_level_where_few_images_tell() -> None:
    random = np.random.default_rng(0)
    shares = {"both": 0.99, "a": 0.004, "b": 0.002, "neither": 0.004}
    covered = 0
    for _ in range(1000):
        result = mcnemar(*answers(*random.multinomial(2000, list(shares.values()))))
        covered += result.difference_low <= shares["a"] - shares["b"] <= result.difference_high
    assert 0.93 <= covered / 1000 <= 0.99


def test_answers_that_do_not_belong_together_are_refused() -> None:
    for a, b in (([True], [True, False]), ([], []), ([[True]], [[True]])):
        with pytest.raises(zoo.ZooError, match=r"one for each of the same images"):
            mcnemar(a, b)
