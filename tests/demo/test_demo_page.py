"""The page without a browser: what it is made of, what its handlers say, what requests it takes."""

from __future__ import annotations

import base64
import io
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from helpers import change_manifest, flip_byte, run_python
from PIL import Image

pytest.importorskip("gradio")
from fastapi.testclient import TestClient
from gradio import Request

from zoo_demo.app import build_app, choice_fields
from zoo_demo.handlers import Handlers
from zoo_demo.models import drawable_models
from zoo_demo.serving import mount
from zoo_demo.serving.limits import MAX_BODY_BYTES
from zoo_demo.views import component

pytestmark = pytest.mark.usefixtures("models_home")


LITERT = {"model": "lenet5.mnist", "runtime": "litert", "precision": "fp32"}


class Outline(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def state(self) -> str | None:
        return self.tags[0][1]["data-state"]


@pytest.fixture
def handlers() -> Handlers:
    return Handlers(drawable_models("lenet5.mnist"))


@pytest.mark.slow
def test_gradio_and_tensorflow_stay_away_until_they_are_needed(demo_home: Path) -> None:
    result = run_python(
        """
        import sys
        import zoo_demo
        heavy = {"gradio", "tensorflow", "keras", "numpy", "click"}
        assert not heavy & set(sys.modules), heavy & set(sys.modules)

        import os
        from zoo_demo.models import drawable_models
        from zoo_demo.app import build_app
        from zoo_demo.serving import mount
        mount(build_app(drawable_models("lenet5.mnist")))

        from zoo_demo.handlers import Handlers
        handlers = Handlers(drawable_models("lenet5.mnist"))
        for runtime in ("litert", "onnxruntime"):
            assert 'data-state="answer"' in handlers.respond([[[1, 1], [1, 9]]], {"runtime": runtime})
        heavy = {"tensorflow", "keras"}
        assert not heavy & set(sys.modules), heavy & set(sys.modules)
        assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
        assert os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] == "1"
        """,
        ZOO_HOME=str(demo_home),
    )
    assert result.returncode == 0, result.stderr


def test_gradio_writes_nothing_into_the_package() -> None:
    import zoo_demo

    build_app(drawable_models())
    folder = Path(zoo_demo.__file__).parent
    assert list(folder.rglob("*.pyi")) == []


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


def test_fields_offer_every_model_in_groups(handlers: Handlers) -> None:
    page = Outline(component("choice", {}, **choice_fields(handlers.models)).html_template)
    groups = [attributes["label"] for tag, attributes in page.tags if tag == "optgroup"]
    assert "lenet5: LeNet-5 with ReLU and max pooling" in groups
    options = {str(attributes["value"]): attributes for tag, attributes in page.tags if tag == "option"}
    assert set(options) == set(handlers.models.packs)
    assert "selected" in options["lenet5.mnist"]
    assert json.loads(str(options["lenet5.light"]["data-files"]))["litert"].keys() == {"fp32", "fp16"}
    assert "lenet5.light · 99.99 % · " in page.text


def test_what_is_put_into_a_component_is_no_template() -> None:
    html = component("correction", {}, classes=["<${x}{{y}}`>"]).html_template
    assert ">&lt;&#36;&#123;x&#125;&#123;&#123;y&#125;&#125;&#96;&gt;</button>" in html


def test_requests_are_limited_and_answers_guarded() -> None:
    with TestClient(mount(build_app(drawable_models()))) as client:
        page = client.get("/")
        assert page.status_code == 200
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"
        join = "/gradio_api/queue/join"
        assert client.post(join, content=b" " * (MAX_BODY_BYTES + 1)).status_code == 413
        assert client.post(join, content=iter([b"of unknown length"])).status_code == 411
        assert client.post(join, content=b"{}").status_code == 422
        assert client.post(join, content=b"[" * 50_000 + b"]" * 50_000).status_code in (400, 422)
        assert client.get("/docs").status_code == 404
        assert client.get("/favicon.ico").content.startswith(b"\x89PNG")
