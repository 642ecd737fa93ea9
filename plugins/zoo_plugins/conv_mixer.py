"""ConvMixer: patches all the way down, mixed across the image by depthwise and across channels by 1x1 convolutions.

As in the paper: a patch embedding, then blocks of a residual depthwise convolution with a large kernel and a 1x1
convolution, activation and BatchNorm after each, at one resolution throughout. Instead of GELU before BatchNorm: ReLU
after it, so that converters fold the BatchNorm into the convolution.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zoo import Architecture
from zoo_plugins.blocks import conv_norm, depthwise_norm
from zoo_plugins.recipes import BASE_RECIPE

if TYPE_CHECKING:
    import keras

__all__ = ["CONV_MIXER"]

SIZE = 96  # channels
DEPTH = 6
KERNEL = 5
PATCH = 4


def build(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Six mixing blocks on patches of 4 x 4; shapes in the comments are for 28 x 28 x 1."""
    import keras
    from keras import layers

    image = keras.Input(input_shape, name="image")
    x = conv_norm(image, SIZE, PATCH, PATCH)  # (n, 7, 7, 96)
    for _ in range(DEPTH):
        x = layers.Add()([x, depthwise_norm(x, KERNEL)])  # across the image
        x = conv_norm(x, SIZE, 1)  # across channels
    x = layers.GlobalAveragePooling2D()(x)  # (n, 96)
    return keras.Model(image, layers.Dense(num_classes)(x))  # (n, classes): logits


CONV_MIXER = Architecture(
    name="conv_mixer",
    build=build,
    summary="ConvMixer: depthwise and 1x1 convolutions on 4 x 4 patches",
    reference="Trockman and Kolter 2022, https://arxiv.org/abs/2201.09792",
    license="Apache-2.0",
    recipes={"mnist": replace(BASE_RECIPE, epochs=40)},
)
