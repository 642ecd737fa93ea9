"""MobileNet: each 3x3 convolution is split into one per channel and a 1x1 across channels, an eighth of the work.

As in the paper: a full convolution, then depthwise separable ones with BatchNorm and ReLU after both halves, strides
instead of pooling, global average pooling, one dense layer. Instead of thirteen separable layers with up to 1,024
channels for 224 x 224 photographs: six with up to 192 for 28 x 28.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo import Architecture
from zoo_plugins.blocks import conv_norm, depthwise_norm
from zoo_plugins.recipes import BASE_RECIPE

if TYPE_CHECKING:
    import keras

__all__ = ["MOBILENET"]


def build(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """One convolution and six separable ones; shapes in the comments are for 28 x 28 x 1."""
    import keras
    from keras import layers

    image = keras.Input(input_shape, name="image")
    x = conv_norm(image, 24, 3, strides=2)  # (n, 14, 14, 24)
    for filters, strides in ((32, 1), (64, 2), (96, 1), (96, 1), (128, 2), (192, 1)):
        x = depthwise_norm(x, 3, strides)
        x = conv_norm(x, filters, 1)  # (n, 14, 14, 32), (n, 7, 7, 64), ... (n, 4, 4, 192)
    x = layers.GlobalAveragePooling2D()(x)  # (n, 192)
    return keras.Model(image, layers.Dense(num_classes)(x))  # (n, classes): logits


MOBILENET = Architecture(
    name="mobilenet",
    build=build,
    summary="MobileNet: depthwise separable convolutions",
    reference="Howard et al. 2017, https://arxiv.org/abs/1704.04861",
    license="Apache-2.0",
    recipes={"mnist": BASE_RECIPE},
)
