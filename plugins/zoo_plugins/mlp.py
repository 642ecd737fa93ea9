"""A multilayer perceptron with two hidden layers and dropout."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zoo import Architecture
from zoo_plugins.recipes import SIMPLE_RECIPE

if TYPE_CHECKING:
    import keras

__all__ = ["MLP"]


def build(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Dense 256, dense 128, each with ReLU and dropout."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(input_shape, name="image"),
            layers.Flatten(),
            layers.Dense(256, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(num_classes),  # (n, classes): logits
        ]
    )


MLP = Architecture(
    name="mlp",
    build=build,
    summary="Multilayer perceptron, 256 and 128 hidden units, dropout",
    reference="Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html",
    license="Apache-2.0",
    recipes={"mnist": replace(SIMPLE_RECIPE, epochs=30)},
)
