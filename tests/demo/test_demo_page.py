"""The page without a browser: what it is made of, and what it imports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from demo_html import Outline, examples
from helpers import run_python

import zoo
from zoo.canvas import from_strokes, split_strokes

pytest.importorskip("gradio")

from zoo_demo.app import build_app, choice_fields
from zoo_demo.models import DrawableModels, drawable_models
from zoo_demo.views import component

pytestmark = pytest.mark.usefixtures("models_home")

LITERT = {"model": "lenet5.mnist", "runtime": "litert", "precision": "fp32"}


@pytest.mark.slow
def test_gradio_and_tensorflow_stay_away_until_they_are_needed(demo_home: Path) -> None:
    result = run_python(
        """
        import sys
        import zoo_demo
        heavy = {"gradio", "tensorflow", "keras", "numpy", "click"}
        assert not heavy & set(sys.modules), heavy & set(sys.modules)

        import os
        from zoo_demo.models import DrawableModels, drawable_models
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


def test_fields_offer_every_model_in_groups(models: DrawableModels) -> None:
    page = Outline(component("choice", {}, **choice_fields(models)).html_template)
    groups = [attributes["label"] for tag, attributes in page.tags if tag == "optgroup"]
    assert "lenet5: LeNet-5 with ReLU and max pooling" in groups
    options = {str(attributes["value"]): attributes for tag, attributes in page.tags if tag == "option"}
    assert set(options) == set(models.packs)
    assert "selected" in options["lenet5.mnist"]
    assert json.loads(str(options["lenet5.light"]["data-files"]))["litert"].keys() == {"fp32", "fp16"}
    assert "lenet5.light · 99.99 % · " in page.text


def test_what_is_put_into_a_component_is_no_template() -> None:
    html = component("correction", {}, classes=["<${x}{{y}}`>"]).html_template
    assert ">&lt;&#36;&#123;x&#125;&#123;&#123;y&#125;&#125;&#96;&gt;</button>" in html


def test_gallery_is_real_and_says_so() -> None:
    data = examples()
    assert "UCI Machine Learning Repository" in data["source"]
    assert data["license"] == "CC BY 4.0"
    html = component("gallery", "", **data).html_template
    assert data["license"] in html
    drawings = [each for group in data["groups"] for each in group["drawings"]]
    assert html.count("<button") == len(drawings)
    easy, hard, numbers = (group["drawings"] for group in data["groups"])
    assert [each["label"] for each in easy] == list("0123456789")
    for each in drawings:
        assert len(split_strokes(each["strokes"])) == len(each["label"])
    session = zoo.load("lenet5.mnist", "litert")

    def read(each: dict[str, Any]) -> str:
        images = np.stack([from_strokes(digit) for digit in split_strokes(each["strokes"])])
        return "".join(map(str, session.run(images).argmax(axis=1)))

    assert [read(each) for each in (*easy, *numbers)] == [each["label"] for each in (*easy, *numbers)]
    assert sum(read(each) != each["label"] for each in hard) > len(hard) / 2  # hard they are
