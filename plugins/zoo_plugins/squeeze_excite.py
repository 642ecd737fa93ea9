"""A squeeze-and-excitation network: what the whole image looks like decides how much each channel counts.

The layout follows Matuzas77's MNIST-0.17, whose ensembles are among the best: stages of convolutions, each ended by a
squeeze-and-excitation block, average pooling between them, and the global maximum beside the global mean before the one
dense layer. Instead of nine convolutions with 128 channels, six of them on the full image (670 million multiply-adds):
six with 24 to 96, the first with stride 2, and BatchNorm after each instead of one per stage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo import Architecture
from zoo_plugins.blocks import conv_norm, squeeze_excite
from zoo_plugins.recipes import BASE_RECIPE

if TYPE_CHECKING:
    import keras

__all__ = ["SE_CONVNET"]


def build(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Three stages of two convolutions; shapes in the comments are for 28 x 28 x 1."""
    import keras
    from keras import layers

    image = keras.Input(input_shape, name="image")
    x = conv_norm(image, 24, 5, strides=2)  # (n, 14, 14, 24)
    x = conv_norm(x, 24, 3)
    x = squeeze_excite(x)
    for filters in (48, 96):
        x = layers.AveragePooling2D(2, padding="same")(x)  # (n, 7, 7, 24), (n, 4, 4, 48)
        x = conv_norm(x, filters, 3)
        x = conv_norm(x, filters, 3)  # (n, 7, 7, 48), (n, 4, 4, 96)
        x = squeeze_excite(x)
    x = layers.Concatenate()([layers.GlobalMaxPooling2D()(x), layers.GlobalAveragePooling2D()(x)])  # (n, 192)
    return keras.Model(image, layers.Dense(num_classes)(x))  # (n, classes): logits


SE_CONVNET = Architecture(
    name="se_convnet",
    build=build,
    summary="Convolutions with squeeze-and-excitation",
    reference="Hu et al. 2017, https://arxiv.org/abs/1709.01507; https://github.com/Matuzas77/MNIST-0.17",
    license="Apache-2.0",
    recipes={"mnist": BASE_RECIPE},
)
