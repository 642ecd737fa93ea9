"""The page without a browser: what it is made of, what its handlers say, what requests it takes."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from helpers import flip_byte, run_python

pytest.importorskip("gradio")
from fastapi.testclient import TestClient

from zoo_demo.answer import Answer
from zoo_demo.app import build_app
from zoo_demo.desk import Desk
from zoo_demo.limits import MAX_BODY_BYTES
from zoo_demo.models import drawable_models, model_label
from zoo_demo.panel import render_answer
from zoo_demo.server import mount

pytestmark = pytest.mark.usefixtures("models_home")


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
def desk() -> Desk:
    return Desk(drawable_models("lenet5.mnist"))


def test_gradio_and_tensorflow_stay_away_until_they_are_needed(demo_home: Path) -> None:
    result = run_python(
        """
        import sys
        import zoo_demo, zoo_demo.command
        heavy = {"gradio", "tensorflow", "keras", "numpy"}
        assert not heavy & set(sys.modules), heavy & set(sys.modules)

        import os
        from zoo_demo.models import drawable_models
        from zoo_demo.app import build_app
        from zoo_demo.server import mount
        mount(build_app(drawable_models("lenet5.mnist")))

        from zoo_demo.desk import Desk
        desk = Desk(drawable_models("lenet5.mnist"))
        for runtime in ("litert", "onnxruntime"):
            assert 'data-state="answer"' in desk.respond([[[1, 1], [1, 9]]], "lenet5.mnist", runtime)
        heavy = {"tensorflow", "keras"}
        assert not heavy & set(sys.modules), heavy & set(sys.modules)
        assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
        """,
        ZOO_HOME=str(demo_home),
    )
    assert result.returncode == 0, result.stderr


def test_gradio_writes_nothing_into_the_package() -> None:
    import zoo_demo

    build_app(drawable_models())
    folder = Path(zoo_demo.__file__).parent
    assert list(folder.rglob("*.pyi")) == []


def test_answer_is_readable_without_eyes(desk: Desk, drawings: dict[str, Any]) -> None:
    page = Outline(desk.respond(drawings["7"], "lenet5.mnist", "litert"))
    assert page.state == "answer"
    rows = [attributes for tag, attributes in page.tags if tag == "th"]
    assert rows == [{"scope": "row"}] * 10
    image = next(attributes for tag, attributes in page.tags if tag == "img")
    assert str(image["src"]).startswith("data:image/png;base64,")
    assert "28 by 28" in str(image["alt"])
    status = [attributes for tag, attributes in page.tags if attributes.get("role") == "status"]
    assert len(status) == 1
    assert "for this inference, lenet5.mnist on litert" in page.text


def test_blank_pad_prompts(desk: Desk) -> None:
    page = Outline(desk.respond([], "lenet5.mnist", "litert"))
    assert page.state == "prompt"
    assert "Draw a digit" in page.text
    assert "%" not in page.text


@pytest.mark.parametrize(
    ("strokes", "model", "runtime", "text"),
    [
        ([[[1, "?"]]], "lenet5.mnist", "litert", "Stroke 0"),
        (None, "lenet5.mnist", "litert", "Strokes must be"),
        ([[[1, 1]]], "lenet6.mnist", "litert", "Did you mean 'lenet5.mnist'"),
        ([[[1, 1]]], None, "litert", "Unknown model"),
        ([[[1, 1]]], {"id": "lenet5.mnist"}, "litert", "Unknown model"),
        ([[[1, 1]]], "lenet5.mnist", ["litert"], "Unknown runtime"),
        ([[[1, 1]]], "lenet5.mnist", "litrt", "Did you mean 'litert'"),
        ([[[1, 1]]], "lenet5.light", "onnxruntime", "zoo export"),
    ],
)
def test_problems_are_said_in_the_page(desk: Desk, strokes: Any, model: Any, runtime: Any, text: str) -> None:
    page = Outline(desk.respond(strokes, model, runtime))
    assert page.state == "problem"
    assert text in page.text
    assert len(desk.sessions) == 0
    desk.announce(strokes, model, runtime)
    desk.offer_runtimes(model, runtime)


def test_changed_model_file_is_said_in_the_page(lenet_copy: Path, drawings: dict[str, Any]) -> None:
    flip_byte(lenet_copy / "model_fp32.tflite", 5000)
    desk = Desk(drawable_models(str(lenet_copy)))
    page = Outline(desk.respond(drawings["3"], desk.models.default, "litert"))
    assert page.state == "problem"
    assert "It was not opened" in page.text
    assert not desk.sessions.is_open(desk.models.find(desk.models.default), "litert")


def test_labels_of_a_strangers_pack_are_text(desk: Desk, drawings: dict[str, Any]) -> None:
    label = "<img src=x onerror=alert(1)>${alert(2)}{{alert}}`"
    import numpy as np

    probabilities = {label: 0.9, "b": 0.1}
    page = Outline(
        render_answer(Answer(label, probabilities, np.zeros((28, 28, 1), np.float32), 0.1, "<b>model</b>", "litert"))
    )
    assert [tag for tag, _ in page.tags].count("img") == 1
    assert "b" not in [tag for tag, _ in page.tags]
    assert label in page.text


def test_choices_follow_the_model(desk: Desk) -> None:
    assert desk.offer_runtimes("lenet5.mnist", "onnxruntime").value == "onnxruntime"
    light = desk.offer_runtimes("lenet5.light", "onnxruntime")
    assert light.value == "litert"
    assert "onnxruntime" not in dict(light.choices)
    label = model_label(desk.models.find("lenet5.light"))
    assert label.startswith("lenet5.light · 99.99 % · ")
    assert label.endswith(" kB")


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
