"""What the network saw, and where it looked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from demo_html import Tables, examples

pytest.importorskip("gradio")

from zoo_demo.models import DrawableModels
from zoo_demo.sessions import SessionCache
from zoo_demo.views.explain import explain, occlusion

pytestmark = pytest.mark.usefixtures("models_home")

LITERT = {"model": "lenet5.mnist", "runtime": "litert", "precision": "fp32"}


def test_occlusion_finds_what_the_answer_rests_on() -> None:
    """Of a model that looks at one place only, and knows what speaks for it and what against."""

    def run(images: np.ndarray) -> np.ndarray:
        good, bad = images[:, 3:6, 3:6].mean(axis=(1, 2, 3)), images[:, 20:23, 20:23].mean(axis=(1, 2, 3))
        share = 1 / (1 + np.exp(-(4 * good - 4 * bad)))
        return np.stack([1 - share, share], axis=1)

    image = np.ones((28, 28, 1), np.float32)
    lost = occlusion(run, image, target=1)
    assert lost.shape == (28, 28)
    assert lost[3:6, 3:6].min() > 0.1
    assert lost[20:23, 20:23].max() < -0.1
    assert abs(lost[12:14, :]).max() == 0
    assert image.all()  # which was not touched


@pytest.mark.parametrize("runtime", ["litert", "onnxruntime"])
def test_explanation_shows_both_images_of_every_digit(
    models: DrawableModels, drawings: dict[str, Any], runtime: str
) -> None:
    page = Tables(explain(drawings["7"], {**LITERT, "runtime": runtime}, models, SessionCache()))
    assert len(page.sources) == 2
    assert all(source.startswith("data:image/png") for source in page.sources)
    assert page.sources[0] != page.sources[1]
    assert any(text.startswith("Most that speaks for 7 is at the ") for text in page.texts)
    number = examples()["groups"][2]["drawings"][0]
    assert len(Tables(explain(number["strokes"], LITERT, models, SessionCache())).sources) == 2 * len(number["label"])
