"""Distillation: a student learns what a trained model answers, which is computed once and kept."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from helpers import change_manifest, same_weights

import zoo
from zoo.contract.recipe import Teacher
from zoo.errors import PackError, TrainingError, UnknownNameError


def recipe(teacher: Path | str, epochs: int = 3, views: int = 2) -> zoo.Recipe:
    """A short training with two variants of every image, used in turns."""
    return zoo.Recipe(
        dataset="digits",
        epochs=epochs,
        batch_size=64,
        augmentation=zoo.Augmentation(shift=0.05),
        teacher=Teacher(models=(str(teacher),), temperature=2.0, views=views),
    )


def train(output: Path, recipe: zoo.Recipe) -> Path:
    """A student."""
    return zoo.train("softmax_regression", dataset="digits", recipe=recipe, output=output).folder


def test_a_student_learns_what_its_teacher_answers(
    trained: Path, tmp_path: Path, zoo_home: Path, digits: zoo.Dataset
) -> None:
    first = train(tmp_path / "first", recipe(trained))
    answers = sorted((zoo_home / "teachers").rglob("*.npy"))
    assert [path.name for path in answers] == ["0.npy", "1.npy"]  # a file per variant
    assert len({path.parent for path in answers}) == 1
    for path in answers:
        values = np.load(path)
        assert values.shape == (len(digits.train), 10)
        assert values.astype(np.float64).sum(axis=1) == pytest.approx(1, abs=0.01)
    times = [path.stat().st_mtime_ns for path in answers]
    second = train(tmp_path / "second", recipe(trained))
    assert [path.stat().st_mtime_ns for path in answers] == times  # read, not computed again
    assert same_weights(first, second)
    alone = train(tmp_path / "alone", dataclasses.replace(recipe(trained), teacher=None))
    assert not same_weights(first, alone)
    assert zoo.Recipe.from_dict(json.loads((first / "pack.json").read_text())["recipe"]) == recipe(trained)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x93NUMPY\x01\x00"])
def test_damaged_answers_are_computed_again(trained: Path, tmp_path: Path, zoo_home: Path, content: bytes) -> None:
    first = train(tmp_path / "first", recipe(trained, epochs=1))
    (path,) = (zoo_home / "teachers").rglob("*.npy")
    whole = path.read_bytes()
    path.write_bytes(content)
    assert same_weights(first, train(tmp_path / "second", recipe(trained, epochs=1)))
    assert path.read_bytes() == whole


def test_teachers_that_cannot_teach_are_refused(trained_copy: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown model 'lenet5.mnits'. Did you mean 'lenet5.mnist'"):
        train(tmp_path / "pack", recipe("lenet5.mnits"))
    change_manifest(trained_copy, lambda manifest: manifest.update(classes=list("abcdefghij")))
    with pytest.raises(TrainingError, match=r"knows the classes a b c .*it cannot teach digits"):
        train(tmp_path / "pack", recipe(trained_copy))
    assert not (tmp_path / "pack").exists()


def test_another_teacher_of_the_same_name_starts_anew(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(row: dict[str, float]) -> None:
        raise KeyboardInterrupt

    teacher, student = tmp_path / "teacher", tmp_path / "student"
    shutil.copytree(trained, teacher)
    with pytest.raises(KeyboardInterrupt):
        zoo.train("softmax_regression", dataset="digits", recipe=recipe(teacher), output=student, on_epoch=stop)
    shutil.rmtree(teacher)
    other = zoo.Recipe(dataset="digits", epochs=1)
    zoo.train("softmax_regression", dataset="digits", recipe=other, output=teacher)
    zoo.train("softmax_regression", dataset="digits", recipe=recipe(teacher), output=student, progress=True)
    assert "Resuming" not in capsys.readouterr().err
    kept = {"dataset": "digits", "recipe": recipe(teacher), "output": student, "keep_finished": True}
    assert zoo.train("softmax_regression", **kept).folder == student  # type: ignore[arg-type]
    shutil.rmtree(teacher)
    shutil.copytree(trained, teacher)
    with pytest.raises(PackError, match=r"trained otherwise \(teacher\)"):
        zoo.train("softmax_regression", **kept)  # type: ignore[arg-type]
