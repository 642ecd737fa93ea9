"""Sessions that are kept open."""

from __future__ import annotations

import statistics
import threading
from typing import Any

import numpy as np
import pytest

from zoo_demo.answer import answer
from zoo_demo.models import Choice, drawable_models
from zoo_demo.sessions import RECENT, SessionCache

pytestmark = pytest.mark.usefixtures("models_home")

LENET, LIGHT = "lenet5.mnist", "lenet5.light"


def choose(model: str = LENET, runtime: str = "litert", precision: str = "fp32") -> Choice:
    return drawable_models().choose({"model": model, "runtime": runtime, "precision": precision})


def test_median_is_that_of_the_last_fifty(drawings: dict[str, Any]) -> None:
    sessions = SessionCache()
    found = [answer(drawings["3"], choose(), sessions) for _ in range(RECENT + 10)]
    latencies = [each.latency_ms for each in found]
    assert found[0].median_ms == latencies[0]
    assert found[2].median_ms == statistics.median(latencies[:3])
    assert found[-1].median_ms == statistics.median(latencies[-RECENT:])
    other = answer(drawings["3"], choose(runtime="onnxruntime"), sessions)
    assert other.median_ms == other.latency_ms  # each has its own


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
