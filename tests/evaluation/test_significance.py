"""McNemar's test says what its definition says, and its interval covers what it promises."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zoo
from zoo.evaluation.comparison import mcnemar


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
