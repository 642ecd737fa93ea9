"""A recurrent network that reads the image row by row, as a line of text, in both directions.

Two layers of bidirectional gated recurrent units: the first turns each row into a vector that knows the rows above and
below, the second keeps what it knows at the last row and at the first. The loops over the rows are unrolled: TFLite
takes a rolled loop for one batch size only, and ONNX Runtime is slower with it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zoo import Architecture
from zoo_plugins.recipes import BASE_RECIPE

if TYPE_CHECKING:
    import keras

__all__ = ["ROW_GRU"]

UNITS = 64  # of each direction


def build(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Two bidirectional GRU layers over the rows; shapes in the comments are for 28 x 28 x 1."""
    import keras
    from keras import layers

    height, width, channels = input_shape
    image = keras.Input(input_shape, name="image")
    x = layers.Reshape((height, width * channels))(image)  # (n, 28, 28)
    x = layers.Bidirectional(layers.GRU(UNITS, return_sequences=True, unroll=True))(x)  # (n, 28, 128)
    x = layers.Bidirectional(layers.GRU(UNITS, unroll=True))(x)  # (n, 128)
    x = layers.Dropout(0.2)(x)
    return keras.Model(image, layers.Dense(num_classes)(x))  # (n, classes): logits


ROW_GRU = Architecture(
    name="row_gru",
    build=build,
    summary="Two bidirectional GRU layers that read the image row by row",
    reference="Cho et al. 2014, https://arxiv.org/abs/1406.1078",
    license="Apache-2.0",
    recipes={"mnist": replace(BASE_RECIPE, epochs=40)},
)
