"""The figures: against scikit-learn, textbook formulas and cases that are worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics

from zoo.evaluation.calibration import fit_temperature
from zoo.evaluation.evaluate import Evaluation, evaluate_probabilities
from zoo.evaluation.metrics import expected_calibration_error, softmax, wilson_interval
from zoo.evaluation.parity import compare

CLASSES = ("a", "b", "c", "d")

logits = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 60), st.just(len(CLASSES))),
    elements=st.floats(-20, 20, width=32),
)


def judge(probabilities: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]) -> Evaluation:
    return evaluate_probabilities(
        probabilities, labels, CLASSES, dataset="d", format="keras", precision="fp32", runtime="keras", seconds=1.0
    )


@given(logits, st.integers(0, 2**32 - 1))
def test_every_figure_is_scikit_learns(scores: npt.NDArray[np.float32], seed: int) -> None:
    labels = np.random.default_rng(seed).integers(0, len(CLASSES), len(scores))
    probabilities = softmax(scores)
    found = judge(probabilities, labels)
    answers = probabilities.argmax(axis=1)
    report = metrics.classification_report(
        labels, answers, labels=range(len(CLASSES)), target_names=CLASSES, output_dict=True, zero_division=0
    )
    assert found.accuracy == pytest.approx(metrics.accuracy_score(labels, answers))
    for name in CLASSES:
        expected = report[name]
        assert found.per_class[name] == pytest.approx(
            {
                "precision": expected["precision"],
                "recall": expected["recall"],
                "f1": expected["f1-score"],
                "images": expected["support"],
            }
        )
    for kind, ours in (("macro avg", found.macro), ("weighted avg", found.weighted)):
        assert ours["f1"] == pytest.approx(report[kind]["f1-score"])
        assert ours["precision"] == pytest.approx(report[kind]["precision"])
        assert ours["recall"] == pytest.approx(report[kind]["recall"])
    assert np.array(found.confusion_matrix).sum() == found.images == len(labels)
    assert np.trace(found.confusion_matrix) == round(found.accuracy * found.images)
    assert 0 <= found.accuracy_low <= found.accuracy <= found.accuracy_high <= 1
    assert math.isfinite(found.negative_log_likelihood)


def test_the_confusion_matrix_has_truth_in_its_rows() -> None:
    found = judge(np.eye(4, dtype=np.float32)[[1, 1, 2]], np.array([0, 1, 2]))
    assert found.confusion_matrix == [[0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_the_interval_is_wilsons(total: int, share: float) -> None:
    correct = round(share * total)
    z = 1.959963984540054
    centre = (correct + z * z / 2) / (total + z * z)
    half = z / (total + z * z) * math.sqrt(correct * (total - correct) / total + z * z / 4)
    assert wilson_interval(correct, total) == pytest.approx((centre - half, centre + half), abs=1e-9)


def test_calibration_error_of_worked_cases() -> None:
    sure = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert expected_calibration_error(sure, np.array([0, 0])) == 0
    assert expected_calibration_error(sure, np.array([0, 1])) == 0.5
    # One bin with confidence 0.9 and two of four right, one with confidence 0.6 and all right.
    mixed = np.array([[0.9, 0.1]] * 4 + [[0.6, 0.4]] * 4)
    labels = np.array([0, 0, 1, 1, 0, 0, 0, 0])
    assert expected_calibration_error(mixed, labels) == pytest.approx((0.4 * 4 + 0.4 * 4) / 8)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_the_temperature_of_known_labels_is_found(temperature: float) -> None:
    random = np.random.default_rng(0)
    scores = random.normal(scale=3, size=(40_000, 4)).astype(np.float32)
    chances = softmax(scores, temperature)
    labels = (chances.cumsum(axis=1) < random.random((len(chances), 1))).sum(axis=1).clip(0, 3)
    assert fit_temperature(scores, labels) == pytest.approx(temperature, rel=0.05)


@given(logits, st.floats(0.05, 20))
def test_a_temperature_changes_no_answer(scores: npt.NDArray[np.float32], temperature: float) -> None:
    probabilities = softmax(scores, temperature)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    top = np.take_along_axis(probabilities, scores.argmax(axis=1)[:, None], axis=1)[:, 0]
    assert (top == probabilities.max(axis=1)).all()


def test_parity_counts_flips_and_their_gaps() -> None:
    reference = np.array([[0.6, 0.4], [0.50002, 0.49998], [0.1, 0.9]], np.float32)
    same = compare(reference, reference)
    assert (same.max_difference, same.agreement, same.flipped, same.failures()) == (0, 1, [], [])

    tie = compare(reference, np.array([[0.6, 0.4], [0.49999, 0.50001], [0.1, 0.9]], np.float32))
    assert tie.flipped == [1]
    assert tie.largest_flipped_gap == pytest.approx(4e-5, rel=0.05)
    assert tie.failures() == []  # a flip between two that were as good as equal is none

    wrong = compare(reference, np.array([[0.4, 0.6], [0.50002, 0.49998], [0.1, 0.9]], np.float32))
    assert wrong.flipped == [0]
    assert len(wrong.failures()) == 2


def test_parity_never_passes_what_is_not_a_number() -> None:
    reference = np.array([[0.6, 0.4]], np.float32)
    assert compare(reference, np.full_like(reference, np.nan)).failures()
    with pytest.raises(ValueError, match="shapes"):
        compare(reference, np.zeros((1, 3), np.float32))
