"""The gate between a model and its export: what passes, what does not, and that NaN never does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from zoo.evaluation.parity import Parity, measure_parity
from zoo.exporting.gates import gate_for

BASE = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]], np.float32)


def failures(parity: Parity) -> list[str]:
    """What the gate of fp32 says."""
    return gate_for("fp32").failures(parity, None)


def shifted(row: int, column: int, by: float) -> np.ndarray:
    """The base with one probability changed."""
    changed = BASE.copy()
    changed[row, column] += by
    return changed


def test_equal_answers_pass() -> None:
    parity = measure_parity(BASE, BASE.copy())
    assert failures(parity) == []
    assert parity.to_dict() == {
        "images": 3,
        "max_difference": 0.0,
        "mean_difference": 0.0,
        "agreement": 1.0,
        "flipped": [],
        "largest_flipped_gap": 0.0,
    }


@pytest.mark.parametrize("difference", [9e-5, -9e-5])
def test_small_differences_pass(difference: float) -> None:
    parity = measure_parity(BASE, shifted(0, 1, difference))
    assert failures(parity) == []
    assert parity.max_difference == pytest.approx(9e-5, rel=1e-3)
    assert parity.mean_difference == pytest.approx(1e-5, rel=1e-3)


@pytest.mark.parametrize("difference", [1.1e-4, -1.1e-4, 0.5])
def test_larger_differences_fail(difference: float) -> None:
    (reason,) = failures(measure_parity(BASE, shifted(0, 1, difference)))
    assert "a probability differs by" in reason
    assert "allowed is 1e-04" in reason


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", ["all", "one"])
def test_what_is_no_number_fails(value: float, place: str) -> None:
    candidate = np.full_like(BASE, value) if place == "all" else BASE.copy()
    candidate[0, 2] = value
    assert failures(measure_parity(BASE, candidate))


def test_a_flip_between_equals_passes_and_any_other_fails() -> None:
    reference = np.array([[0.50002, 0.49998, 0.0], [0.6, 0.3, 0.1]], np.float32)
    tie = np.array([[0.49998, 0.50002, 0.0], [0.6, 0.3, 0.1]], np.float32)
    parity = measure_parity(reference, tie)
    assert parity.flipped == [0]
    assert parity.agreement == 0.5
    assert parity.largest_flipped_gap == pytest.approx(4e-5, rel=1e-2)
    assert failures(parity) == []
    real = np.array([[0.50002, 0.49998, 0.0], [0.3, 0.6, 0.1]], np.float32)
    reasons = failures(measure_parity(reference, real))
    assert any("1 of 2 answers differ" in reason and "gap of 3.00e-01" in reason for reason in reasons)


def test_other_shapes_are_no_parity() -> None:
    with pytest.raises(ValueError, match=r"\(3, 3\) and \(3, 2\)"):
        measure_parity(BASE, BASE[:, :2])
    with pytest.raises(ValueError, match=r"shapes"):
        measure_parity(BASE, BASE[:1])  # would broadcast


@given(st.integers(0, 2**32), st.integers(1, 50), st.integers(2, 12), st.sampled_from([0.0, 1e-6, 1e-4, 1e-2]))
def test_every_figure_by_its_definition(seed: int, count: int, classes: int, noise: float) -> None:
    random = np.random.default_rng(seed)
    reference = softmax(random.normal(size=(count, classes)).astype(np.float32), axis=1)
    candidate = (reference + noise * random.normal(size=reference.shape)).astype(np.float32)
    parity = measure_parity(reference, candidate)
    flipped = [row for row in range(count) if reference[row].argmax() != candidate[row].argmax()]
    gaps = [sorted(reference[row].tolist())[-1] - sorted(reference[row].tolist())[-2] for row in flipped]
    assert parity.images == count
    assert parity.flipped == flipped
    assert parity.agreement == pytest.approx(1 - len(flipped) / count)
    assert parity.max_difference == pytest.approx(max(abs(reference.astype(float) - candidate).ravel()))
    assert parity.largest_flipped_gap == pytest.approx(max(gaps, default=0), abs=1e-7)
    passes = parity.max_difference <= 1e-4 and all(gap <= 1e-4 for gap in gaps)
    assert (failures(parity) == []) == passes
