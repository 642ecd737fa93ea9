"""A vision transformer: places of the image are tokens, and each looks at all others.

As in the paper: blocks of normalisation, multi-head attention and two dense layers, with shortcuts around both. Instead
of a linear embedding of patches: two convolutions with stride 2 (Xiao et al. 2021, https://arxiv.org/abs/2106.14881).
Instead of learned positions: a 3x3 depthwise convolution with a shortcut around it, which tells them by the border (Chu
et al. 2021, https://arxiv.org/abs/2102.10882). Instead of a class token: the mean of all tokens, which trains better at
this size (Beyer et al. 2022, https://arxiv.org/abs/2205.01580). The dense layers are twice, not four times as wide
inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoo import Architecture
from zoo_plugins.blocks import conv_norm, feed_forward, layer_norm
from zoo_plugins.recipes import TOKEN_RECIPE

if TYPE_CHECKING:
    import keras

__all__ = ["VISION_TRANSFORMER"]

SIZE = 64  # channels of a token
HEADS = 4
DEPTH = 3


def attention(x: Any) -> Any:
    """Multi-head attention of the tokens to each other, in operations that quantise: (n, tokens, size) to the same."""
    from keras import layers, ops

    tokens, size = x.shape[1:]

    def heads(x: Any) -> Any:
        x = layers.Reshape((tokens, HEADS, size // HEADS))(layers.Dense(size)(x))
        return layers.Permute((2, 1, 3))(x)  # (n, heads, tokens, size / heads)

    queries, keys, values = heads(x), heads(x), heads(x)
    scores = ops.matmul(queries * (size // HEADS) ** -0.5, ops.swapaxes(keys, 2, 3))  # (n, heads, tokens, tokens)
    x = ops.matmul(ops.softmax(scores), values)  # (n, heads, tokens, size / heads)
    x = layers.Reshape((tokens, size))(layers.Permute((2, 1, 3))(x))
    return layers.Dense(size)(x)


def build(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Three transformer blocks on 7 x 7 places; shapes in the comments are for 28 x 28 x 1."""
    import keras
    from keras import layers

    image = keras.Input(input_shape, name="image")
    x = conv_norm(image, SIZE // 2, 3, strides=2)  # (n, 14, 14, 32)
    x = layers.Conv2D(SIZE, 3, 2, "same")(x)  # (n, 7, 7, 64)
    x = layers.Add()([x, layers.DepthwiseConv2D(3, padding="same")(x)])  # feels the border, and so tells where it is
    x = layers.Reshape((-1, SIZE))(x)  # (n, 49, 64)
    for _ in range(DEPTH):
        x = layers.Add()([x, attention(layer_norm(x))])
        x = layers.Add()([x, feed_forward(layer_norm(x), 2 * SIZE)])
    x = layers.GlobalAveragePooling1D()(layer_norm(x))  # (n, 64)
    return keras.Model(image, layers.Dense(num_classes)(x))  # (n, classes): logits


VISION_TRANSFORMER = Architecture(
    name="vision_transformer",
    build=build,
    summary="Vision transformer: two convolutions, then attention between the places",
    reference="Dosovitskiy et al. 2020, https://arxiv.org/abs/2010.11929",
    license="Apache-2.0",
    recipes={"mnist": TOKEN_RECIPE},
)
