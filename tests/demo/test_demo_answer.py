"""From strokes to answers, by the functions that the page calls."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo
from zoo.canvas import BlankImageError
from zoo.errors import ImageError, UnknownNameError
from zoo_demo.answer import answer
from zoo_demo.models import drawable_models
from zoo_demo.sessions import SessionCache

pytestmark = pytest.mark.usefixtures("models_home")


@pytest.fixture
def pack() -> zoo.Pack:
    return zoo.get_pack("lenet5.mnist")


@pytest.mark.parametrize("runtime", ["litert", "onnxruntime"])
def test_reads_what_people_draw(drawings: dict[str, Any], pack: zoo.Pack, runtime: str) -> None:
    sessions = SessionCache()
    for label, strokes in drawings.items():
        found = answer(strokes, pack, runtime, sessions)
        assert found.label == label
        assert list(found.probabilities) == pack.classes
        assert sum(found.probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert found.image.shape == (28, 28, 1)
        assert found.latency_ms > 0
        assert (found.model, found.runtime) == ("lenet5.mnist", runtime)


@pytest.mark.parametrize("nothing", [[], [[]]])
def test_nothing_drawn_is_never_a_guess(nothing: object, pack: zoo.Pack) -> None:
    with pytest.raises(BlankImageError):
        answer(nothing, pack, "litert", SessionCache())


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
    ],
)
def test_what_is_no_drawing_is_refused(strokes: object, pack: zoo.Pack) -> None:
    with pytest.raises(ImageError):
        answer(strokes, pack, "litert", SessionCache())


def test_runtime_without_a_file(drawings: dict[str, Any]) -> None:
    sessions = SessionCache()
    with pytest.raises(UnknownNameError, match="onnxruntime"):
        answer(drawings["3"], zoo.get_pack("lenet5.light"), "onnxruntime", sessions)
    with pytest.raises(UnknownNameError, match="litrt"):
        answer(drawings["3"], zoo.get_pack("lenet5.light"), "litrt", sessions)


def test_cache_keeps_the_last_used(pack: zoo.Pack) -> None:
    image = np.zeros((1, 28, 28, 1), np.float32)
    light = zoo.get_pack("lenet5.light")
    sessions = SessionCache(limit=2)
    sessions.run(pack, "litert", image)
    sessions.run(pack, "onnxruntime", image)
    sessions.run(pack, "litert", image)
    sessions.run(light, "litert", image)
    assert len(sessions) == 2
    assert sessions.is_open(pack, "litert")
    assert sessions.is_open(light, "litert")
    assert not sessions.is_open(pack, "onnxruntime")


def test_many_threads_share_one_session(drawings: dict[str, Any], pack: zoo.Pack) -> None:
    sessions = SessionCache()
    alone = {label: answer(strokes, pack, "litert", sessions).probabilities for label, strokes in drawings.items()}
    together: dict[str, dict[str, float]] = {}

    def draw(label: str) -> None:
        for _ in range(50):
            together[label] = answer(drawings[label], pack, "litert", sessions).probabilities

    threads = [threading.Thread(target=draw, args=(label,)) for label in drawings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone
    assert len(sessions) == 1


def test_models_that_can_be_drawn_at(models_home: Path) -> None:
    models = drawable_models()
    assert models.default == next(iter(models.packs)) == "lenet5.light"  # it claims to be the most accurate
    assert "lenet5.mnist" in models.packs
    assert drawable_models("lenet5.mnist").default == "lenet5.mnist"
    assert drawable_models(str(models_home / "packs" / "lenet5.mnist")).default == "lenet5.mnist"
    with pytest.raises(UnknownNameError, match="Did you mean"):
        drawable_models("lenet5.mnis")
