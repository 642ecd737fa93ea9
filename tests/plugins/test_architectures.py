"""Every built-in architecture keeps the contract: shapes, logits, plain Keras, learning, and every format in parity."""

from __future__ import annotations

import numpy as np
import pytest

import zoo
from zoo.testing import Check, architecture_checks

IN_FULL = ("lenet5", "mlp", "softmax_regression")  # the others are trained and exported by .ci/run
BUILT_IN = zoo.list_architectures()
NEEDS_LARGE_IMAGES = ("frontier_1k", "keras_convnet", "lenet5")  # unpadded convolutions use up a small one


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


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name == "row_gru" else []) for name in BUILT_IN]
)  # unrolled and run eagerly, the recurrent network takes ten seconds
def test_the_loss_falls_within_a_few_steps(name: str, digits: zoo.Dataset) -> None:
    import keras

    keras.utils.set_random_seed(0)
    model = zoo.get_architecture(name).build((28, 28, 1), 10)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(2e-3), loss, run_eagerly=True)  # twenty steps are not worth a graph
    images, labels = digits.train.scaled()[:64], digits.train.labels[:64]
    losses = model.fit(images, labels, batch_size=64, epochs=20, shuffle=False, verbose=0).history["loss"]
    assert losses[-1] < 0.9 * losses[0]
