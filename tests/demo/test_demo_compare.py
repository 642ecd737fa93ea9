"""The comparison of runtimes, precisions and models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from demo_html import Tables, examples
from helpers import change_manifest, flip_byte, tree

import zoo
from zoo.canvas import from_strokes

pytest.importorskip("gradio")

from zoo_demo.models import DrawableModels, drawable_models, pairs
from zoo_demo.sessions import SessionCache
from zoo_demo.views.compare import compare
from zoo_demo.views.explain import explain

pytestmark = pytest.mark.usefixtures("models_home")

LITERT = {"model": "lenet5.mnist", "runtime": "litert", "precision": "fp32"}


@pytest.mark.slow
def test_comparison_holds_every_pair_and_every_model(models: DrawableModels, drawings: dict[str, Any]) -> None:
    states = list(compare(drawings["3"], LITERT, models, SessionCache()))
    assert len(states) > 2  # it fills while one looks
    assert "to come" in states[1]
    runtimes, architectures = Tables(states[-1]).tables
    offered = pairs(models.find("lenet5.mnist"))
    assert [row[:2] for row in runtimes[1:]] == [[name, each] for name, sizes in offered.items() for each in sizes]
    assert {row[2] for row in runtimes[1:]} == {"3"}
    differences = {row[0]: row[5] for row in runtimes[1:]}
    assert differences.pop("keras") == "the reference"
    assert all(value == "none" or float(value) < 1e-4 for value in differences.values())
    assert [row[0] for row in architectures[1:]] == list(models.packs)
    assert {row[1] for row in architectures[1:]} == {"3"}
    assert "differs" not in states[-1].replace('class=""', "")
    # What differs from Keras was computed, not copied: the same by hand.
    image = from_strokes(drawings["3"])[np.newaxis]
    here = {name: zoo.load("lenet5.mnist", name).run(image) for name in ("keras", "litert")}
    largest = float(abs(here["keras"] - here["litert"]).max())
    assert float(differences["litert"].replace("none", "0")) == pytest.approx(largest, rel=0.06)


def test_disagreements_stand_out(models: DrawableModels) -> None:
    hard = next(
        each
        for group in examples()["groups"]
        for each in group["drawings"]
        if each["note"] == "A 0 that crosses itself"
    )
    light = {"model": "lenet5.light", "runtime": "litert", "precision": "fp32"}
    states = compare(hard["strokes"], light, models, SessionCache())
    found = next(state for state in states if "1 of 2 disagrees with 8; 1 to come" in state)  # before Keras is opened
    answers = [row[2].split()[0] for row in Tables(found).tables[0][1:]]
    assert answers == ["8", "0", "…"]  # fp32, the other network in the place of fp16, and Keras
    assert '<span class="mark">differs</span>' in found


def test_what_is_probably_no_digit_is_no_answer_anywhere(lenet_copy: Path, drawings: dict[str, Any]) -> None:
    change_manifest(lenet_copy, lambda manifest: manifest.update(rejection={"threshold": 1.0}))
    unsure = drawable_models(str(lenet_copy))
    states = compare(drawings["8"], LITERT, unsure, SessionCache())
    found = next(state for state in states if "It answers “not sure this is a digit”; " in state)
    others = Tables(found).tables[1][1:]
    assert {row[1] for row in others} == {"?", "8 differs"}  # from the chosen model
    assert "disagree with “not sure this is a digit”" in found
    assert "Not sure this is a digit, nearest to 8" in explain(drawings["8"], LITERT, unsure, SessionCache())


def test_what_has_no_file_yet_is_not_made_unasked(light_copy: Path, drawings: dict[str, Any]) -> None:
    pack = tree(light_copy)
    states = compare(drawings["3"], LITERT, drawable_models(str(light_copy)), SessionCache())
    found = next(state for state in states if "It answers 3; 1 to come" in state)  # which is the one of Keras
    absent = [row for row in Tables(found).tables[0] if "not made yet" in row[-1]]
    assert [row[0] for row in absent] == ["onnxruntime", "tensorflow", "openvino"]
    assert {row[2] for row in absent} == {"–"}
    assert tree(light_copy) == pack


@pytest.mark.slow
def test_numbers_are_compared_as_a_whole(models: DrawableModels, drawings: dict[str, Any]) -> None:
    number = next(each for each in examples()["groups"][2]["drawings"] if each["label"] == "42")
    *_, last = compare(number["strokes"], LITERT, models, SessionCache())
    assert {row[2] for row in Tables(last).tables[0][1:]} == {"42"}


@pytest.mark.slow
def test_a_file_that_cannot_be_opened_stops_no_other(lenet_copy: Path, drawings: dict[str, Any]) -> None:
    flip_byte(lenet_copy / "model_fp32.tflite", 5000)
    *_, last = compare(drawings["3"], LITERT, drawable_models(str(lenet_copy)), SessionCache())
    assert "It was not opened" in last
    rows = {row[0]: row for row in Tables(last).tables[0][1:]}
    assert rows["litert"][2] == "…"
    assert rows["onnxruntime"][2] == "3"


@pytest.mark.parametrize("view", [lambda *args: list(compare(*args))[-1], explain])
@pytest.mark.parametrize(
    ("drawing", "choice", "text"),
    [
        ([], LITERT, "Nothing drawn yet"),
        ({"path": "/etc/passwd"}, LITERT, "A drawing is a list of strokes"),
        ([[[1, 1]]], {"model": "lenet6.mnist"}, "Unknown model"),
        ([[[1, 1]]], "lenet5.mnist", "A choice is an object"),
    ],
)
def test_nonsense_is_explained(models: DrawableModels, view: Any, drawing: Any, choice: Any, text: str) -> None:
    assert text in view(drawing, choice, models, SessionCache())
