"""Corrections: kept only by those who agree, whole, and such that they can be trained on."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import run_zoo

pytest.importorskip("gradio")

import zoo
from zoo.canvas import from_strokes
from zoo.errors import ZooError
from zoo_demo import corrections as module
from zoo_demo.corrections import Corrections

CLASSES = list("0123456789")


@pytest.fixture
def kept(tmp_path: Path) -> Corrections:
    return Corrections(tmp_path / "corrections", CLASSES)


@pytest.mark.parametrize(
    "correction",
    [None, {}, {"label": "7"}, {"label": "7", "agreed": False}, {"label": "7", "agreed": "yes"}, "7", ["7", True]],
)
def test_nothing_is_written_unasked(kept: Corrections, drawings: dict[str, Any], correction: object) -> None:
    assert "Nothing was saved" in kept.correct(drawings["1"], correction)
    assert not kept.folder.exists()


@pytest.mark.parametrize("label", ["../../evil", "10", "", "/etc/passwd", None, ["7"]])
def test_only_classes_are_labels(kept: Corrections, drawings: dict[str, Any], label: object) -> None:
    assert "is no class" in kept.correct(drawings["1"], {"label": label, "agreed": True})
    assert not kept.folder.exists()


def test_drawing_is_kept_as_the_network_saw_it(kept: Corrections, drawings: dict[str, Any]) -> None:
    from zoo.canvas import open_image, raw_image

    assert "Saved as 7" in kept.correct(drawings["1"], {"label": "7", "agreed": True})
    (path,) = kept.folder.glob("*/*.png")
    assert path.parent.name == "7"
    assert abs(raw_image(open_image(path), (28, 28, 1)) - from_strokes(drawings["1"])).max() <= 0.5 / 255 + 1e-6
    assert sorted(folder.name for folder in kept.folder.iterdir()) == CLASSES
    kept.correct(drawings["1"], {"label": "1", "agreed": True})  # a slip of the finger is put right
    (path,) = kept.folder.glob("*/*.png")
    assert path.parent.name == "1"
    assert len(kept) == 1


def test_what_is_not_one_digit_is_not_kept(kept: Corrections, drawings: dict[str, Any]) -> None:
    agreed = {"label": "7", "agreed": True}
    two = [*drawings["1"], *[[[x + 500, y] for x, y in stroke] for stroke in drawings["7"]]]
    assert "2 digits" in kept.correct(two, agreed)
    assert "nothing is drawn" in kept.correct([], agreed)
    assert "A drawing is a list" in kept.correct({"path": "/etc/passwd"}, agreed)
    assert not kept.folder.exists()


def test_full_or_unwritable_folder(
    kept: Corrections, drawings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_CORRECTIONS", 1)
    kept.keep(from_strokes(drawings["1"]), "1")
    with pytest.raises(ZooError, match="full"):
        kept.keep(from_strokes(drawings["2"]), "2")
    assert len(kept) == 1
    file = kept.folder.parent / "file"
    file.write_text("in the way")
    with pytest.raises(ZooError, match="was not saved"):
        Corrections(file, CLASSES).keep(from_strokes(drawings["1"]), "1")
    assert file.read_text() == "in the way"


def test_a_write_that_fails_leaves_nothing(
    kept: Corrections, drawings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert "No space left" in kept.correct(drawings["1"], {"label": "1", "agreed": True})
    assert [path for path in kept.folder.rglob("*") if stat.S_ISREG(os.lstat(path).st_mode)] == []


@pytest.mark.slow
def test_corrections_train_a_model(kept: Corrections, drawings: dict[str, Any], zoo_home: Path) -> None:
    """By the command that the page and the documentation name; the drawings differ by how they are slanted."""
    for label, strokes in drawings.items():
        for slant in np.linspace(-0.3, 0.3, 12):
            leaning = [[[x + slant * (y - 250), y] for x, y in stroke] for stroke in strokes]
            assert "Saved" in kept.correct(leaning, {"label": label, "agreed": True})
    assert len(kept) == 120
    recipe = kept.folder.parent / "recipe.json"
    pack = zoo.get_pack("softmax_regression.mnist")
    recipe.write_text(json.dumps({**pack.manifest["recipe"], "epochs": 20, "batch_size": 16}))
    command = ("train", "softmax_regression", "--dataset", f"folder:{kept.folder}", "--recipe", recipe)
    result = run_zoo(*command, "--output", kept.folder.parent / "trained", ZOO_HOME=str(zoo_home))
    assert result.returncode == 0, result.stderr
    trained = zoo.Pack(kept.folder.parent / "trained")
    assert trained.classes == CLASSES
    assert trained.accuracy > 0.5
