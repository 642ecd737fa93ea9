"""Every built-in architecture keeps the contract: shapes, logits, plain Keras, learning, and every format in parity."""

from __future__ import annotations

import numpy as np
import pytest

import zoo
from zoo.testing import Check, architecture_checks

IN_FULL = ("lenet5", "mlp", "softmax_regression")  # the others are trained and exported by .ci/run
BUILT_IN = zoo.list_architectures()
NEEDS_LARGE_IMAGES = (
    "fast_convnet",
    "frontier_1k",
    "keras_convnet",
    "lenet5",
)  # unpadded convolutions use small ones up


def is_slow(check: Check) -> bool:
    """Whether a check trains or exports a network that takes its time."""
    return check.subject not in IN_FULL and (check.slow or check.name == "learns")


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(check, id=str(check), marks=[pytest.mark.slow] if is_slow(check) else [])
        for name in BUILT_IN
        for check in architecture_checks(name)
    ],
)
def test_contract(check: Check) -> None:
    check()


@pytest.mark.parametrize("name", [name for name in BUILT_IN if name not in NEEDS_LARGE_IMAGES])
def test_small_images_will_do(name: str) -> None:
    model = zoo.get_architecture(name).build((8, 8, 1), 10)
    assert np.isfinite(model(np.ones((2, 8, 8, 1), np.float32), training=False)).all()
