"""Two models on the same images: counts that agree with each one's own evaluation, and a sheet of the mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers import assert_one_message, change_manifest, run_zoo
from PIL import Image

import zoo


@pytest.fixture(scope="module")
def weaker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A softmax regression on the digits."""
    folder = tmp_path_factory.mktemp("weaker") / "softmax_regression.digits"
    return zoo.train("softmax_regression", dataset="digits", epochs=15, output=folder).folder


def test_counts_agree_with_the_evaluations(exported: Path, weaker: Path, tmp_path: Path) -> None:
    result = zoo.compare(exported, weaker, runtime="keras")
    a, b = (zoo.evaluate(path, runtime="keras", output=tmp_path) for path in (exported, weaker))
    assert (result.model_a, result.model_b) == ("lenet5.digits", "softmax_regression.digits")
    assert (result.dataset, result.split, result.runtime_a) == ("digits", "test", "keras")
    test = result.test
    assert test.images == a.images == 360
    assert (test.accuracy_a, test.accuracy_b) == (a.accuracy, b.accuracy)
    assert test.both_right + test.only_a_right == round(a.accuracy * 360)
    assert test.both_right + test.only_b_right == round(b.accuracy * 360)
    assert test.difference == pytest.approx(a.accuracy - b.accuracy)
    assert test.difference_low <= test.difference <= test.difference_high
    same = zoo.compare(exported, exported).test
    assert (same.p_value, same.difference, same.only_a_right, same.only_b_right) == (1.0, 0.0, 0, 0)


def test_the_command(exported: Path, weaker: Path) -> None:
    words = ("evaluate", "--compare", exported, weaker, "--runtime", "keras")
    shown, data = run_zoo(*words), run_zoo(*words, "--json")
    assert shown.returncode == data.returncode == 0, shown.stderr + data.stderr
    expected = zoo.compare(exported, weaker, runtime="keras")
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


def test_errors_are_drawn(weaker: Path, tmp_path: Path) -> None:
    result = run_zoo("evaluate", weaker, "--errors", "--output", tmp_path / "out", "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["images"] == 360
    sheet = tmp_path / "out" / "softmax_regression.digits-errors.png"
    assert str(sheet) in result.stderr
    with Image.open(sheet) as picture:
        assert picture.width > 1000
    with pytest.raises(zoo.ZooError, match=r"errors.png' is a file; give another --output"):
        zoo.evaluate(weaker, output=tmp_path / "again", errors=sheet / "below.png")
