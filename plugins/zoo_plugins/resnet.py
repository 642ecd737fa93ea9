"""A residual network: what a block adds to its input is learned, so depth costs no trainability.

The layout is that of the paper's networks for CIFAR-10 with one block per stage: a convolution, three stages of two 3x3
convolutions with a shortcut around them, global average pooling, one dense layer. Instead of starting on the full image
with 16 channels: a 5x5 convolution with stride 2 and 24, so that an image costs 6 million multiply-adds. Where the
shape changes, the shortcut is a 1x1 convolution (the paper's option B).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoo import Architecture
from zoo_plugins.blocks import conv_norm
from zoo_plugins.recipes import BASE_RECIPE

if TYPE_CHECKING:
    import keras

__all__ = ["RESNET8"]


def residual(x: Any, filters: int, strides: int) -> Any:
    """Two 3x3 convolutions, and a shortcut around them: (n, h, w, c) to (n, h / strides, w / strides, filters)."""
    from keras import layers

    y = conv_norm(x, filters, 3, strides)
    y = conv_norm(y, filters, 3, activation=None)
    if strides > 1 or x.shape[-1] != filters:
        x = conv_norm(x, filters, 1, strides, activation=None)
    return layers.Activation("relu")(layers.Add()([x, y]))


def build(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """A strided convolution and three residual blocks; shapes in the comments are for 28 x 28 x 1."""
    import keras
    from keras import layers

    image = keras.Input(input_shape, name="image")
    x = conv_norm(image, 24, 5, strides=2)  # (n, 14, 14, 24)
    x = residual(x, 24, strides=1)  # (n, 14, 14, 24)
    x = residual(x, 48, strides=2)  # (n, 7, 7, 48)
    x = residual(x, 96, strides=2)  # (n, 4, 4, 96)
    x = layers.GlobalAveragePooling2D()(x)  # (n, 96)
    return keras.Model(image, layers.Dense(num_classes)(x))  # (n, classes): logits


RESNET8 = Architecture(
    name="resnet8",
    build=build,
    summary="Residual network with 8 layers",
    reference="He et al. 2015, https://arxiv.org/abs/1512.03385",
    license="Apache-2.0",
    recipes={"mnist": BASE_RECIPE},
)
