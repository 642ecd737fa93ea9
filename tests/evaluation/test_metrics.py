"""Every figure of an evaluation, against another way to compute it."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from scipy.special import softmax

import zoo
from zoo.evaluation.evaluate import write_evaluation
from zoo.evaluation.metrics import (
    classification_metrics,
    expected_calibration_error,
    fit_temperature,
    wilson_interval,
)

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]


@st.composite
def answers(draw: st.DrawFn) -> tuple[Floats, Integers]:
    """Random probabilities and labels; some classes may be absent among both."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    classes, count = draw(st.integers(2, 12)), draw(st.integers(1, 200))
    labels = random.integers(0, draw(st.integers(1, classes)), count)
    logits = random.normal(size=(count, classes)) * draw(st.sampled_from([0.0, 0.1, 1.0, 10.0, 100.0]))
    logits[np.arange(count), labels] += draw(st.sampled_from([0.0, 1.0, 20.0]))
    return softmax(logits.astype(np.float32), axis=1), labels


def evaluated(probabilities: Floats, labels: Integers) -> zoo.Evaluation:
    """The evaluation of some answers."""
    classes = [f"class {number}" for number in range(probabilities.shape[1])]
    return zoo.Evaluation(
        dataset="made",
        split="test",
        format="onnx",
        precision="fp32",
        runtime="any",
        seconds=1.2346,
        **classification_metrics(probabilities, labels, classes),
    )


@given(answers())
def test_every_metric_by_its_definition(given: tuple[Floats, Integers]) -> None:
    probabilities, labels = given
    result = evaluated(probabilities, labels)
    count, classes = probabilities.shape
    answered = np.array([row.tolist().index(max(row.tolist())) for row in probabilities])
    matrix = np.zeros((classes, classes), int)
    for truth, answer in zip(labels, answered, strict=True):
        matrix[truth, answer] += 1
    assert result.confusion_matrix == matrix.tolist()
    assert result.images == count
    assert result.accuracy == np.trace(matrix) / count
    scores = []
    for number, (name, values) in enumerate(result.per_class.items()):
        assert name == f"class {number}"
        true, said, right = matrix[number].sum(), matrix[:, number].sum(), matrix[number, number]
        precision, recall = right / said if said else 0, right / true if true else 0
        f1 = 2 * precision * recall / (precision + recall) if right else 0
        assert values == pytest.approx({"precision": precision, "recall": recall, "f1": f1, "images": true})
        scores.append((precision, recall, f1))
    macro = np.mean(scores, axis=0)
    weighted = np.average(scores, axis=0, weights=matrix.sum(axis=1))
    for averages, expected in ((result.macro, macro), (result.weighted, weighted)):
        assert averages == pytest.approx(dict(zip(("precision", "recall", "f1"), expected, strict=True)))
    exact = probabilities.astype(float) / probabilities.astype(float).sum(axis=1, keepdims=True)
    own = np.clip(exact[np.arange(count), labels], np.finfo(float).eps, 1)  # scikit-learn never takes log(0)
    assert result.negative_log_likelihood == pytest.approx(-np.log(own).mean(), rel=1e-6, abs=1e-9)


@given(answers())
def test_every_metric_as_scikit_learn_has_it(given: tuple[Floats, Integers]) -> None:
    from sklearn import metrics

    probabilities, labels = given
    result = evaluated(probabilities, labels)
    names = list(result.per_class)
    report = metrics.classification_report(
        labels,
        probabilities.argmax(axis=1),
        labels=range(len(names)),
        target_names=names,
        output_dict=True,
        zero_division=0,
    )
    for name, values in [*result.per_class.items(), ("macro avg", result.macro), ("weighted avg", result.weighted)]:
        assert values["f1"] == pytest.approx(report[name]["f1-score"])
        assert values["precision"] == pytest.approx(report[name]["precision"])
        assert values["recall"] == pytest.approx(report[name]["recall"])


@given(st.integers(1, 100_000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_the_interval_is_wilsons(given: tuple[int, int]) -> None:
    correct, total = given
    low, high = wilson_interval(correct, total)
    z, share = 1.959963984540054, correct / total
    centre = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    assert (low, high) == pytest.approx((max(centre - half, 0), min(centre + half, 1)), abs=1e-12)
    assert 0 <= low <= share <= high <= 1


def test_the_interval_of_known_figures() -> None:
    assert wilson_interval(9_900, 10_000) == pytest.approx((0.987855, 0.991769), abs=2e-6)
    low, high = wilson_interval(10, 10)
    assert high == 1
    assert low == pytest.approx(0.722, abs=1e-3)


def binary(confidence: float, correct: int, wrong: int) -> tuple[Floats, Integers]:
    """Answers of one confidence, of which some are right."""
    probabilities = np.tile(np.array([confidence, 1 - confidence], np.float32), (correct + wrong, 1))
    return probabilities, np.array([0] * correct + [1] * wrong)


@pytest.mark.parametrize(
    ("confidence", "correct", "wrong", "error"),
    [(1.0, 10, 0, 0.0), (1.0, 0, 10, 1.0), (1.0, 9, 1, 0.1), (0.75, 75, 25, 0.0), (0.75, 100, 0, 0.25)],
)
def test_calibration_error_of_constructed_answers(confidence: float, correct: int, wrong: int, error: float) -> None:
    assert expected_calibration_error(*binary(confidence, correct, wrong)) == pytest.approx(error, abs=1e-6)


def test_gaps_of_different_bins_do_not_cancel() -> None:
    over, under = binary(0.9, 50, 50), binary(0.6, 100, 0)
    joined = (np.concatenate([over[0], under[0]]), np.concatenate([over[1], under[1]]))
    assert expected_calibration_error(*joined) == pytest.approx(0.5 * 0.4 + 0.5 * 0.4, abs=1e-6)


@given(answers())
def test_calibration_error_by_its_definition(given: tuple[Floats, Integers]) -> None:
    probabilities, labels = given
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins: dict[int, list[tuple[float, bool]]] = {}
    for share, hit in zip(confidence, right, strict=True):
        bins.setdefault(min(int(share * np.float32(15)), 14), []).append((float(share), bool(hit)))
    expected = sum(
        abs(np.mean([hit for _, hit in members]) - np.mean([share for share, _ in members])) * len(members)
        for members in bins.values()
    ) / len(labels)
    error = expected_calibration_error(probabilities, labels)
    assert error == pytest.approx(expected, abs=1e-6)
    assert 0 <= error <= 1


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.0, 5.0])
def test_a_known_temperature_is_found(temperature: float) -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=(20_000, 10)).astype(np.float32) * 3
    probabilities = softmax(logits / np.float32(temperature), axis=1)
    labels = (probabilities.cumsum(axis=1) > random.uniform(size=(len(logits), 1))).argmax(axis=1)
    assert fit_temperature(logits, labels) == pytest.approx(temperature, rel=0.03)


def test_temperature_stays_within_bounds() -> None:
    logits = np.eye(10, dtype=np.float32)[np.arange(100) % 10]
    right, wrong = np.arange(100) % 10, (np.arange(100) + 1) % 10
    assert 0.05 <= fit_temperature(logits, right) < 0.06  # never unsure: as sharp as allowed
    assert 19 < fit_temperature(logits, wrong) <= 20
    assert np.isfinite(fit_temperature(np.zeros((5, 10), np.float32), np.zeros(5, int)))


# -- what is written ----------------------------------------------------------------------------------------------


def test_the_keys_are_documented(trained: Path) -> None:
    (entry,) = json.loads((trained / "evaluation.json").read_text())
    section = (zoo.Evaluation.__doc__ or "").split("----------\n")[1]
    documented = [
        name.strip()
        for line in re.findall(r"^    (\w[\w, ]*) : ", section, flags=re.MULTILINE)
        for name in line.split(",")
    ]
    assert sorted(documented) == sorted(entry)
    assert entry == zoo.Evaluation(**entry).to_dict()
    assert set(entry["per_class"]) == set("0123456789")
    assert set(entry["per_class"]["0"]) == {"precision", "recall", "f1", "images"}
    assert set(entry["macro"]) == set(entry["weighted"]) == {"precision", "recall", "f1"}


def test_one_entry_per_cell_and_a_picture_each(tmp_path: Path) -> None:
    probabilities = softmax(np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32), axis=1)
    labels = np.arange(50) % 3
    first = evaluated(probabilities, labels)

    def entries() -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads((tmp_path / "evaluation.json").read_text())
        return found

    write_evaluation(first, tmp_path)
    write_evaluation(first, tmp_path)
    assert len(entries()) == 1
    other = zoo.Evaluation(**{**first.to_dict(), "runtime": "other", "dataset": "folder:a b"})
    write_evaluation(other, tmp_path)
    write_evaluation(zoo.Evaluation(**{**first.to_dict(), "seconds": 9.0}), tmp_path)
    assert [entry["runtime"] for entry in entries()] == ["any", "other"]
    assert entries()[0]["seconds"] == 9
    pictures = sorted(path.name for path in tmp_path.glob("*.png"))
    assert pictures == ["confusion_matrix-folder-a b-test-onnx-fp32-other.png", "confusion_matrix.png"]


@pytest.mark.parametrize("content", ["", "{", '{"a": 1}', "[1]", '[{"dataset": "made"}]'])
def test_a_damaged_evaluation_file_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "evaluation.json").write_text(content)
    probabilities = softmax(np.eye(3, dtype=np.float32), axis=1)
    with pytest.raises(zoo.ZooError, match=r"evaluation\.json"):
        write_evaluation(evaluated(probabilities, np.arange(3)), tmp_path)
    assert (tmp_path / "evaluation.json").read_text() == content


@pytest.mark.parametrize("classes", [2, 10, 40])
def test_the_confusion_matrix_is_a_picture(tmp_path: Path, classes: int) -> None:
    probabilities = softmax(np.random.default_rng(0).normal(size=(500, classes)).astype(np.float32), axis=1)
    write_evaluation(evaluated(probabilities, np.arange(500) % classes), tmp_path)
    data = (tmp_path / "confusion_matrix.png").read_bytes()
    Image.open(io.BytesIO(data)).verify()
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "PNG"
        assert min(picture.size) >= 400
        assert len(picture.convert("RGB").getcolors(1_000_000) or []) > 20  # something is drawn
