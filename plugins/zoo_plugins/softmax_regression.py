"""Multinomial logistic regression: the floor that every other model stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo import Architecture, Recipe

if TYPE_CHECKING:
    import keras

__all__ = ["SOFTMAX_REGRESSION"]


def build(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """One dense layer on the flattened image."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(input_shape, name="image"),
            layers.Flatten(),
            layers.Dense(num_classes),  # (n, classes): logits
        ]
    )


SOFTMAX_REGRESSION = Architecture(
    name="softmax_regression",
    build=build,
    summary="Multinomial logistic regression on the pixels",
    reference="Cox 1958, https://doi.org/10.1111/j.2517-6161.1958.tb00292.x",
    license="Apache-2.0",
    recipes={"mnist": Recipe(epochs=15, batch_size=128, learning_rate=2e-3)},
)
