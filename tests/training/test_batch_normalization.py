"""The fused kernel of batch normalisation computes what Keras's layer computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zoo.training.optimizer import fuse_batch_normalization


def trained(fuse: bool, **options: Any) -> list[np.ndarray]:
    """Weights after some steps, and the answers, of a network with and without the kernel."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(3)
    network = keras.Sequential(
        [
            keras.Input((12, 12, 2)),
            layers.Conv2D(5, 3, use_bias=False),
            layers.BatchNormalization(momentum=0.8, epsilon=1e-2, **options),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(6),
            layers.BatchNormalization(),  # of vectors: stays as it is
            layers.Dense(3),
        ]
    )
    if fuse:
        fuse_batch_normalization(network)
        assert [type(layer).__name__ for layer in network.layers if "BatchNorm" in type(layer).__name__] == [
            "FusedBatchNormalization",
            "BatchNormalization",
        ]
    network.compile(keras.optimizers.SGD(0.05), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    random = np.random.default_rng(0)
    images = random.random((96, 12, 12, 2), dtype=np.float32)
    network.fit(images, random.integers(0, 3, 96), batch_size=16, epochs=2, shuffle=False, verbose=0)
    return [*network.get_weights(), network.predict(images, verbose=0)]


@pytest.mark.parametrize("options", [{}, {"scale": False}, {"center": False}], ids=str)
def test_weights_statistics_and_answers_are_the_same(options: dict[str, bool]) -> None:
    for fused, plain in zip(trained(True, **options), trained(False, **options), strict=True):
        np.testing.assert_allclose(fused, plain, rtol=1e-3, atol=1e-5)
