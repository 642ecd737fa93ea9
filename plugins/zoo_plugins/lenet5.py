"""LeNet-5, the network that read cheques, with today's activation and pooling.

As in the paper: convolutions 6@5x5 (padded) and 16@5x5, each followed by 2x2 pooling, then dense layers of 120, 84
and one unit per class. Instead of the paper's scaled tanh, trainable average pooling, partial connection table and
radial basis outputs: ReLU, max pooling, full connections and a linear layer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zoo import Architecture, Recipe
from zoo_plugins.recipes import MEDIUM, SIMPLE_RECIPE

if TYPE_CHECKING:
    import keras

__all__ = ["LENET5"]


def build(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Two convolutions with pooling and three dense layers; shapes in the comments are for 28 x 28 x 1."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(input_shape, name="image"),
            layers.Conv2D(6, 5, padding="same", activation="relu"),  # (n, 28, 28, 6)
            layers.MaxPooling2D(),  # (n, 14, 14, 6)
            layers.Conv2D(16, 5, activation="relu"),  # (n, 10, 10, 16)
            layers.MaxPooling2D(),  # (n, 5, 5, 16)
            layers.Flatten(),
            layers.Dense(120, activation="relu"),
            layers.Dense(84, activation="relu"),
            layers.Dense(num_classes),  # (n, classes): logits
        ]
    )


LENET5 = Architecture(
    name="lenet5",
    build=build,
    summary="LeNet-5 with ReLU and max pooling",
    reference="LeCun et al. 1998, http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf",
    license="Apache-2.0",
    recipes={
        "mnist": replace(SIMPLE_RECIPE, epochs=20),
        "canvas": Recipe(
            dataset="canvas",
            init="lenet5.mnist",
            epochs=30,
            batch_size=128,
            learning_rate=1e-3,
            augmentation=MEDIUM,
            plain_epochs=1,
            ema=0.999,
        ),
    },
)
