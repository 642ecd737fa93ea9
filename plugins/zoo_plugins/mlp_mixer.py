"""MLP-Mixer: no convolution and no attention; dense layers across patches alternate with dense layers across channels.

As in the paper: a linear embedding of the patches, then blocks of token mixing and channel mixing, each with layer
normalisation and a shortcut, and the mean over the patches. Smaller: 4 x 4 patches, 64 channels, four blocks; and the
normalisation has neither scale nor offset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo import Architecture
from zoo_plugins.blocks import feed_forward, layer_norm
from zoo_plugins.recipes import TOKEN_RECIPE

if TYPE_CHECKING:
    import keras

__all__ = ["MLP_MIXER"]

PATCH = 4
SIZE = 64  # channels of a token
TOKEN_HIDDEN = 64
CHANNEL_HIDDEN = 128
DEPTH = 4


def build(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Four mixing blocks on patches of 4 x 4; shapes in the comments are for 28 x 28 x 1."""
    import keras
    from keras import layers

    image = keras.Input(input_shape, name="image")
    x = layers.Conv2D(SIZE, PATCH, PATCH, "same")(image)  # (n, 7, 7, 64)
    x = layers.Reshape((-1, SIZE))(x)  # (n, 49, 64)
    for _ in range(DEPTH):
        y = layers.Permute((2, 1))(layer_norm(x))  # (n, 64, 49)
        y = feed_forward(y, TOKEN_HIDDEN)  # across patches
        x = layers.Add()([x, layers.Permute((2, 1))(y)])  # (n, 49, 64)
        x = layers.Add()([x, feed_forward(layer_norm(x), CHANNEL_HIDDEN)])  # across channels
    x = layers.GlobalAveragePooling1D()(layer_norm(x))  # (n, 64)
    return keras.Model(image, layers.Dense(num_classes)(x))  # (n, classes): logits


MLP_MIXER = Architecture(
    name="mlp_mixer",
    build=build,
    summary="MLP-Mixer: dense layers across 4 x 4 patches and across channels",
    reference="Tolstikhin et al. 2021, https://arxiv.org/abs/2105.01601",
    license="Apache-2.0",
    recipes={"mnist": TOKEN_RECIPE},
)
