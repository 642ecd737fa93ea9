"""From strokes to answers, by the functions that the page calls."""

from __future__ import annotations

import base64
import io
import shutil
import statistics
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import change_manifest
from PIL import Image, ImageDraw

import zoo
from zoo.canvas import BlankImageError
from zoo.errors import ImageError, UnknownNameError, ZooError
from zoo_demo.answer import answer
from zoo_demo.drawing import MAX_DIGITS, MAX_PIXELS
from zoo_demo.models import Choice, drawable_models, pairs
from zoo_demo.sessions import RECENT, SessionCache

pytestmark = pytest.mark.usefixtures("models_home")


LENET, LIGHT = "lenet5.mnist", "lenet5.light"


def choose(model: str = LENET, runtime: str = "litert", precision: str = "fp32") -> Choice:
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
        assert list(reading.probabilities) == zoo.get_pack(LENET).classes
        assert sum(reading.probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert reading.image.shape == (28, 28, 1)
        assert found.latency_ms > 0
        assert (found.choice.pack.id, found.choice.runtime) == (LENET, runtime)


def test_reads_pictures_too(drawings: dict[str, Any]) -> None:
    sessions = SessionCache()
    for label in "0234":
        for kind in ("PNG", "JPEG"):
            assert answer(picture(drawings[label], kind=kind), choose(), sessions).label == label


def test_median_is_that_of_the_last_fifty(drawings: dict[str, Any]) -> None:
    sessions = SessionCache()
    found = [answer(drawings["3"], choose(), sessions) for _ in range(RECENT + 10)]
    latencies = [each.latency_ms for each in found]
    assert found[0].median_ms == latencies[0]
    assert found[2].median_ms == statistics.median(latencies[:3])
    assert found[-1].median_ms == statistics.median(latencies[-RECENT:])
    other = answer(drawings["3"], choose(runtime="onnxruntime"), sessions)
    assert other.median_ms == other.latency_ms  # each has its own


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


def test_only_pairs_that_exist(drawings: dict[str, Any]) -> None:
    models = drawable_models()
    light = pairs(models.packs[LIGHT])
    assert list(light) == ["litert", "keras"]
    assert list(light["litert"]) == ["fp32", "fp16"]
    assert light["litert"]["fp16"] < light["litert"]["fp32"]
    assert list(pairs(models.packs[LENET])["litert"]) == ["fp32"]
    for choice, text in (
        ({"model": LIGHT, "runtime": "onnxruntime"}, "onnxruntime"),
        ({"model": LIGHT, "runtime": "litrt"}, "Did you mean 'litert'"),
        ({"model": LENET, "runtime": "litert", "precision": "fp16"}, "fp16"),
        ({"model": "lenet6.mnist"}, "Did you mean 'lenet5.mnist'"),
    ):
        with pytest.raises(UnknownNameError, match=text):
            models.choose(choice)
    with pytest.raises(ZooError, match="Received: list"):
        models.choose([LIGHT, "litert"])
    assert models.choose({}) == Choice(models.packs[models.default], "litert", "fp32")
    half = answer(drawings["3"], choose(LIGHT, "litert", "fp16"), SessionCache())
    full = answer(drawings["3"], choose(LIGHT, "litert", "fp32"), SessionCache())
    assert half.label == full.label == "3"
    assert half.readings[0].probabilities != full.readings[0].probabilities


def test_cache_keeps_the_last_used() -> None:
    image = np.zeros((1, 28, 28, 1), np.float32)
    sessions = SessionCache(limit=2)
    lite, onnx, light = choose(), choose(runtime="onnxruntime"), choose(LIGHT)
    for choice in (lite, onnx, lite, light):
        sessions.run(choice, image)
    assert len(sessions) == 2
    assert sessions.is_open(lite)
    assert sessions.is_open(light)
    assert not sessions.is_open(onnx)
    assert not sessions.is_open(choose(LIGHT, precision="fp16"))


def test_many_threads_share_one_session(drawings: dict[str, Any]) -> None:
    sessions = SessionCache()
    choice = choose()
    alone = {label: answer(strokes, choice, sessions).weakest.probabilities for label, strokes in drawings.items()}
    together: dict[str, dict[str, float]] = {}

    def draw(label: str) -> None:
        for _ in range(50):
            together[label] = answer(drawings[label], choice, sessions).weakest.probabilities

    threads = [threading.Thread(target=draw, args=(label,)) for label in drawings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone
    assert len(sessions) == 1


def test_models_that_can_be_drawn_at(models_home: Path) -> None:
    models = drawable_models()
    assert models.default == next(iter(models.packs))
    assert models.packs[models.default].tag == "canvas"  # although lenet5.light claims to be the most accurate
    assert "lenet5.mnist" in models.packs
    shutil.copytree(models_home / "packs" / LIGHT, models_home / "packs" / "lenet5.canvas")
    try:
        change_manifest(models_home / "packs" / "lenet5.canvas", lambda m: m.update(id="lenet5.canvas", tag="canvas"))
        assert drawable_models().default == "lenet5.canvas"  # the most accurate of those that learned from drawings
    finally:
        shutil.rmtree(models_home / "packs" / "lenet5.canvas")
    assert drawable_models("lenet5.mnist").default == "lenet5.mnist"
    assert drawable_models(str(models_home / "packs" / "lenet5.mnist")).default == "lenet5.mnist"
    with pytest.raises(UnknownNameError, match="Did you mean"):
        drawable_models("lenet5.mnis")
