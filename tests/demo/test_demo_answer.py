"""From strokes to answers, by the functions that the page calls."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image, ImageDraw

import zoo
from zoo.canvas import BlankImageError
from zoo.errors import ImageError
from zoo_demo.answer import answer
from zoo_demo.drawing import MAX_DIGITS, MAX_PIXELS
from zoo_demo.models import Choice, drawable_models
from zoo_demo.sessions import SessionCache

pytestmark = pytest.mark.usefixtures("models_home")


def choose(model: str = "lenet5.mnist", runtime: str = "litert", precision: str = "fp32") -> Choice:
    return drawable_models().choose({"model": model, "runtime": runtime, "precision": precision})


def picture(strokes: Any, size: tuple[int, int] = (600, 600), scale: float = 1, kind: str = "PNG") -> dict[str, str]:
    """Strokes drawn dark on light, as a page sends a picture of them."""
    image = Image.new("L", size, 235)
    for stroke in strokes:
        ImageDraw.Draw(image).line([(x * scale, y * scale) for x, y in stroke], fill=30, width=round(18 * scale))
    data = io.BytesIO()
    image.save(data, kind)
    return {"picture": f"data:image/{kind.lower()};base64,{base64.b64encode(data.getvalue()).decode()}"}


@pytest.mark.parametrize("runtime", ["litert", "onnxruntime"])
def test_reads_what_people_draw(drawings: dict[str, Any], runtime: str) -> None:
    sessions = SessionCache()
    for label, strokes in drawings.items():
        found = answer(strokes, choose(runtime=runtime), sessions)
        assert found.label == label
        (reading,) = found.readings
        assert list(reading.probabilities) == zoo.get_pack("lenet5.mnist").classes
        assert sum(reading.probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert reading.image.shape == (28, 28, 1)
        assert found.latency_ms > 0
        assert (found.choice.pack.id, found.choice.runtime) == ("lenet5.mnist", runtime)


def test_reads_pictures_too(drawings: dict[str, Any]) -> None:
    sessions = SessionCache()
    for label in "0234":
        for kind in ("PNG", "JPEG"):
            assert answer(picture(drawings[label], kind=kind), choose(), sessions).label == label


@pytest.mark.parametrize("nothing", [[], [[]], picture([])])
def test_nothing_drawn_is_never_a_guess(nothing: object) -> None:
    with pytest.raises(BlankImageError):
        answer(nothing, choose(), SessionCache())


@pytest.mark.parametrize(
    "strokes",
    [
        pytest.param(None, id="none"),
        pytest.param(7, id="number"),
        pytest.param("strokes", id="text"),
        pytest.param({"path": "/etc/passwd"}, id="object"),
        pytest.param([[1, 2]], id="flat"),
        pytest.param([[[1, 2, 3]]], id="three coordinates"),
        pytest.param([[["left", "up"]]], id="words"),
        pytest.param([[[1, None]]], id="hole"),
        pytest.param([[[1, float("inf")]]], id="infinite"),
        pytest.param([[[1, float("nan")]]], id="not a number"),
        pytest.param([[[1, 10**400]]], id="huge"),
        pytest.param([[[0, 0]]] * 1001, id="strokes"),
        pytest.param([[[0, 0]] * 100_001], id="points"),
        pytest.param([[[100 * i, 0], [100 * i, 90]] for i in range(MAX_DIGITS + 1)], id="digits"),
        pytest.param({"picture": "/etc/passwd"}, id="path"),
        pytest.param({"picture": "file:///etc/passwd"}, id="file address"),
        pytest.param({"picture": "https://example.org/7.png"}, id="address"),
        pytest.param({"picture": {"path": "/etc/passwd"}}, id="file object"),
        pytest.param({"picture": "data:image/png;base64,####"}, id="base64"),
        pytest.param({"picture": "data:image/png;base64,iVBORw0KGgo="}, id="cut off"),
        pytest.param({"picture": "data:image/svg+xml;base64,PHN2Zy8+"}, id="format"),
        pytest.param(picture([], size=(MAX_PIXELS // 1000, 1001)), id="pixels"),
    ],
)
def test_what_is_no_drawing_is_refused(strokes: object) -> None:
    with pytest.raises(ImageError) as refusal:
        answer(strokes, choose(), SessionCache())
    assert not isinstance(refusal.value, BlankImageError)
