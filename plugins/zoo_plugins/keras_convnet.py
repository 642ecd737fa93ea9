"""The network of Keras's own MNIST example: the baseline that everybody knows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zoo import Architecture
from zoo_plugins.recipes import SIMPLE_RECIPE

if TYPE_CHECKING:
    import keras

__all__ = ["KERAS_CONVNET"]


def build(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Two convolutions with pooling, dropout, one dense layer; shapes in the comments are for 28 x 28 x 1."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(input_shape, name="image"),
            layers.Conv2D(32, 3, activation="relu"),  # (n, 26, 26, 32)
            layers.MaxPooling2D(),  # (n, 13, 13, 32)
            layers.Conv2D(64, 3, activation="relu"),  # (n, 11, 11, 64)
            layers.MaxPooling2D(),  # (n, 5, 5, 64)
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(num_classes),  # (n, classes): logits
        ]
    )


KERAS_CONVNET = Architecture(
    name="keras_convnet",
    build=build,
    summary="The layers of Keras's MNIST example",
    reference="F. Chollet, https://keras.io/examples/vision/mnist_convnet/",
    license="Apache-2.0",
    recipes={"mnist": replace(SIMPLE_RECIPE, epochs=15)},
)
