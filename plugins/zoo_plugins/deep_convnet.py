"""Chris Deotte's convolutional network, which many a Kaggle entry started from: deep, plain, BatchNorm everywhere.

As in his "25 Million Images! [0.99757] MNIST": twice two 3x3 convolutions and one 5x5 with stride 2 instead of pooling,
with 32 and then 64 channels, a 4x4 convolution that sees all that is left, and dropout of 0.4 after each stage. Instead
of BatchNorm after the ReLU: before it, so that converters fold it into the convolution, which then needs no bias
(326,826 parameters instead of 327,242). Images too small for unpadded convolutions get padded ones.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zoo import Architecture
from zoo_plugins.blocks import conv_norm
from zoo_plugins.recipes import BASE_RECIPE

if TYPE_CHECKING:
    import keras

__all__ = ["DEEP_CONVNET"]

SMALLEST_UNPADDED = 25  # pixels; a smaller image is used up before the last convolution


def build(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Seven convolutions and one dense layer; shapes in the comments are for 28 x 28 x 1."""
    import keras
    from keras import layers

    padding = "valid" if min(input_shape[:2]) >= SMALLEST_UNPADDED else "same"
    image = keras.Input(input_shape, name="image")
    x = image
    for filters in (32, 64):
        x = conv_norm(x, filters, 3, padding=padding)  # (n, 26, 26, 32), (n, 10, 10, 64)
        x = conv_norm(x, filters, 3, padding=padding)  # (n, 24, 24, 32), (n, 8, 8, 64)
        x = conv_norm(x, filters, 5, strides=2)  # (n, 12, 12, 32), (n, 4, 4, 64)
        x = layers.Dropout(0.4)(x)
    x = conv_norm(x, 128, 4, padding=padding)  # (n, 1, 1, 128)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.4)(x)
    return keras.Model(image, layers.Dense(num_classes)(x))  # (n, classes): logits


DEEP_CONVNET = Architecture(
    name="deep_convnet",
    build=build,
    summary="Seven plain convolutions with BatchNorm and dropout, after C. Deotte",
    reference="C. Deotte 2018, https://www.kaggle.com/code/cdeotte/25-million-images-0-99757-mnist",
    license="Apache-2.0",
    recipes={"mnist": replace(BASE_RECIPE, weight_decay=0.01)},
)
