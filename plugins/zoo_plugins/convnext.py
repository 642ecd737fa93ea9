"""ConvNeXt: a convolutional network rebuilt with what made vision transformers good.

As in the paper: a patchifying stem, blocks of a depthwise 7x7 convolution, layer normalisation and two dense layers
with GELU and a shortcut around all, normalised strided convolutions between the stages, and layer normalisation after
the pooling. Instead of four stages with up to 768 channels: two with 48 and 96, a 3x3 convolution with stride 2 before
the stem's, and no layer scale or stochastic depth, which networks of four blocks do without.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zoo import Architecture
from zoo_plugins.blocks import conv_norm, feed_forward, layer_norm
from zoo_plugins.recipes import BASE_RECIPE

if TYPE_CHECKING:
    import keras

__all__ = ["CONVNEXT"]


def block(x: Any) -> Any:
    """Depthwise 7x7, layer normalisation, two dense layers, and a shortcut: (n, height, width, c) to the same."""
    from keras import layers

    y = layers.DepthwiseConv2D(7, padding="same")(x)
    return layers.Add()([x, feed_forward(layer_norm(y), 4 * x.shape[-1])])


def build(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Two stages of two blocks; shapes in the comments are for 28 x 28 x 1."""
    import keras
    from keras import layers

    image = keras.Input(input_shape, name="image")
    x = conv_norm(image, 24, 3, strides=2)  # (n, 14, 14, 24)
    x = layer_norm(layers.Conv2D(48, 2, 2, "same")(x))  # (n, 7, 7, 48)
    x = block(block(x))
    x = layers.Conv2D(96, 2, 2, "same")(layer_norm(x))  # (n, 4, 4, 96)
    x = block(block(x))
    x = layer_norm(layers.GlobalAveragePooling2D()(x))  # (n, 96)
    return keras.Model(image, layers.Dense(num_classes)(x))  # (n, classes): logits


CONVNEXT = Architecture(
    name="convnext",
    build=build,
    summary="ConvNeXt: depthwise 7x7 convolutions in blocks like a transformer's",
    reference="Liu et al. 2022, https://arxiv.org/abs/2201.03545",
    license="Apache-2.0",
    recipes={"mnist": replace(BASE_RECIPE, epochs=40, learning_rate=2e-3, weight_decay=0.05)},
)
