"""The network that is trained fastest: to 99 % in one epoch, to 99.4 % in a few.

Few channels and a stride where the image is large (pooling there costs a fifth more time and gives 0.05 points),
pooling before what works on each value, and BatchNorm, which bears a high learning rate. What the recipes owe their
speed to was found on the validation images: averages of gradients that forget within some steps (betas of 0.7 and 0.9
instead of 0.9 and 0.999), and label smoothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from zoo import Architecture, Augmentation, Recipe
from zoo_plugins.blocks import batch_norm

if TYPE_CHECKING:
    import keras

__all__ = ["FAST_CONVNET"]


def build(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Two convolutions, one hidden dense layer; shapes in the comments are for 28 x 28 x 1."""
    import keras
    from keras import layers

    image = keras.Input(input_shape, name="image")
    x = layers.Conv2D(8, 5, strides=2, use_bias=False)(image)  # (n, 12, 12, 8)
    x = batch_norm(x, "relu", scale=False)
    x = layers.Conv2D(32, 3, use_bias=False)(x)
    x = layers.MaxPooling2D()(x)  # (n, 5, 5, 32)
    x = batch_norm(x, "relu", scale=False)
    x = layers.Flatten()(x)
    x = layers.Dense(64, use_bias=False)(x)
    x = batch_norm(x, "relu", scale=False)
    return keras.Model(image, layers.Dense(num_classes)(x))  # (n, classes): logits


FAST = Recipe(
    epochs=1,
    batch_size=256,
    betas=(0.7, 0.9),
    learning_rate=2e-2,
    schedule="one_cycle",
    label_smoothing=0.1,
)

FAST_CONVNET = Architecture(
    name="fast_convnet",
    build=build,
    summary="Two convolutions that are trained in one epoch, or in four",
    reference="Smith and Topin 2017, https://arxiv.org/abs/1708.07120",
    license="Apache-2.0",
    recipes={
        "mnist": replace(FAST, epochs=4, augmentation=Augmentation(rotation=5, shift=0.05, zoom=0.05), plain_epochs=1),
        "fast": FAST,
    },
)
