"""What the page is answered when somebody draws or chooses."""

from __future__ import annotations

import base64
import io
import threading
from pathlib import Path
from typing import Any

import pytest
from demo_html import Outline
from helpers import change_manifest, flip_byte
from PIL import Image

import zoo
from zoo.errors import ZooError

pytest.importorskip("gradio")

import gradio as gr
from gradio import Request

from zoo_demo.handlers import Handlers
from zoo_demo.models import DrawableModels, drawable_models

pytestmark = pytest.mark.usefixtures("models_home")

LITERT = {"model": "lenet5.mnist", "runtime": "litert", "precision": "fp32"}


@pytest.fixture
def handlers(models: DrawableModels) -> Handlers:
    return Handlers(models)


def test_answer_is_readable_without_eyes(handlers: Handlers, drawings: dict[str, Any]) -> None:
    page = Outline(handlers.respond(drawings["7"], LITERT))
    assert page.state == "answer"
    rows = [attributes for tag, attributes in page.tags if tag == "th"]
    assert rows == [{"scope": "row"}] * 10
    image = next(attributes for tag, attributes in page.tags if tag == "img")
    assert str(image["src"]).startswith("data:image/png;base64,")
    assert "28 by 28" in str(image["alt"])
    status = [attributes for tag, attributes in page.tags if attributes.get("role") == "status"]
    assert len(status) == 1
    assert "lenet5.mnist on litert, fp32" in page.text
    assert "almost certain" in page.text
    assert "Median of the last 50" in page.text


def test_what_is_probably_no_digit_is_not_answered(lenet_copy: Path, drawings: dict[str, Any]) -> None:
    scribble = [[[0, 0], [90, 80], [10, 90], [80, 5], [45, 95], [50, 0], [5, 50], [95, 45]]]
    change_manifest(lenet_copy, lambda manifest: manifest.update(rejection={"threshold": 0.95}))
    handlers = Handlers(drawable_models(str(lenet_copy)))
    page = Outline(handlers.respond(scribble, LITERT))
    assert page.state == "unsure"
    assert "Not sure this is a digit; the nearest is" in page.text
    assert ("tr", {"class": "best"}) not in page.tags  # nothing has won
    assert Outline(handlers.respond(drawings["7"], LITERT)).state == "answer"
    right = [[[200 + x, y] for x, y in stroke] for stroke in scribble]
    both = [[[(x - 150) / 2, (y - 150) / 2] for x, y in stroke] for stroke in drawings["7"]] + right
    html = handlers.respond(both, LITERT)
    assert Outline(html).state == "unsure"
    # The digit that was read is still said, and it is said which one was not.
    assert 'role="status">7?: not sure that there is a digit in place 2; the nearest is ' in html
    assert "Probabilities in place 2, which is perhaps no digit" in html


def test_blank_pad_prompts(handlers: Handlers) -> None:
    page = Outline(handlers.respond([], LITERT))
    assert page.state == "prompt"
    assert "Nothing drawn yet" in page.text
    assert "%" not in page.text


def test_an_empty_picture_is_called_a_picture(handlers: Handlers) -> None:
    data = io.BytesIO()
    Image.new("L", (90, 60), 240).save(data, "PNG")
    picture = {"picture": f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"}
    page = Outline(handlers.respond(picture, LITERT))
    assert page.state == "prompt"
    assert "Nothing was found in the picture" in page.text
    assert "Nothing drawn yet" not in page.text
    for view in (handlers.compare, handlers.explain):
        assert "Nothing was found in the picture" in next(view(picture, LITERT, Request(session_hash="a")))


@pytest.mark.parametrize(
    ("strokes", "choice", "text"),
    [
        ([[[1, "?"]]], LITERT, "Stroke 0"),
        (None, LITERT, "A drawing is a list of strokes"),
        ([[[1, 1]]], {"model": "lenet6.mnist"}, "Did you mean 'lenet5.mnist'"),
        ([[[1, 1]]], None, "A choice is an object"),
        ([[[1, 1]]], {"model": {"id": "lenet5.mnist"}}, "Unknown model"),
        ([[[1, 1]]], {"runtime": ["litert"]}, "Unknown runtime"),
        ([[[1, 1]]], {"runtime": "litrt"}, "Did you mean 'litert'"),
        ([[[1, 1]]], {"precision": "fp64"}, "Unknown precision"),
        ([[[1, 1]]], {"model": "lenet5.light", "runtime": "onnxruntime"}, "zoo export"),
    ],
)
def test_problems_are_said_in_the_page(handlers: Handlers, strokes: Any, choice: Any, text: str) -> None:
    page = Outline(handlers.respond(strokes, choice))
    assert page.state == "problem"
    assert text in page.text
    assert len(handlers.sessions) == 0
    handlers.announce(strokes, choice)


def test_changed_model_file_is_said_in_the_page(lenet_copy: Path, drawings: dict[str, Any]) -> None:
    flip_byte(lenet_copy / "model_fp32.tflite", 5000)
    handlers = Handlers(drawable_models(str(lenet_copy)))
    page = Outline(handlers.respond(drawings["3"], LITERT))
    assert page.state == "problem"
    assert "It was not opened" in page.text
    assert not handlers.sessions.is_open(handlers.models.choose({}))


def test_labels_of_a_strangers_pack_are_text(lenet_copy: Path, drawings: dict[str, Any]) -> None:
    label = "<img src=x onerror=alert(1)>${alert(2)}{{alert}}`"
    change_manifest(lenet_copy, lambda manifest: manifest.update(classes=[label, *"123456789"]))
    handlers = Handlers(drawable_models(str(lenet_copy)))
    page = Outline(handlers.respond(drawings["0"], LITERT))
    assert [tag for tag, _ in page.tags].count("img") == 1
    assert label in page.text


def test_a_comparison_ends_as_soon_as_the_same_browser_asks_for_another(
    models: DrawableModels, drawings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while a model is being opened, which may take half a minute."""
    may_open = threading.Event()

    def load(pack: zoo.Pack, runtime: str, **options: Any) -> zoo.Session:
        if runtime == "keras":
            may_open.wait(60)
            raise ZooError("Keras is not opened here.")
        return real_load(pack, runtime, **options)

    real_load = zoo.load
    monkeypatch.setattr(zoo, "load", load)
    handlers = Handlers(models)
    here, elsewhere = gr.Request(session_hash="here"), gr.Request(session_hash="elsewhere")
    light = {"model": "lenet5.light", "runtime": "litert", "precision": "fp32"}
    try:
        old, other = (handlers.compare(drawings["7"], light, browser) for browser in (here, elsewhere))
        for states in (old, other):
            assert any("All 2 answer 7; 1 to come" in state for state in states)  # which is the one of Keras
        new = handlers.compare(drawings["2"], light, here)
        assert "data-request" in next(new)
        assert [state for state in old if state != gr.skip()] == []
        assert any("All 2 answer 2; 1 to come" in state for state in new)
    finally:
        may_open.set()
    for states, answered in ((new, "All 2 answer 2"), (other, "All 2 answer 7")):
        *_, last = states
        assert answered in last
        assert "Keras is not opened here." in last
