"""A capsule network without routing: homogeneous vector capsules on a few convolutions.

A capsule is a vector: here the channels at one place of the last map. Every capsule votes for every class by an
elementwise product with a vector of weights; the votes are summed, and nothing is routed. The elements of a class's
sum, after BatchNorm and ReLU, add up to its logit. Written as what it is: a depthwise convolution that covers the whole
map, with one output per channel and class, which every converter knows. Instead of the paper's nine unpadded
convolutions with three branches (1.5 million parameters): five with strides and one branch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoo import Architecture
from zoo_plugins.blocks import batch_norm, conv_norm
from zoo_plugins.recipes import BASE_RECIPE

if TYPE_CHECKING:
    import keras

__all__ = ["VECTOR_CAPSULES"]


def vector_capsules(x: Any, num_classes: int) -> Any:
    """One capsule per place, one sum of votes per class: (n, height, width, size) to logits (n, classes)."""
    from keras import layers, ops

    _, height, width, size = x.shape
    votes = layers.DepthwiseConv2D((height, width), depth_multiplier=num_classes, use_bias=False)(x)
    votes = batch_norm(votes, "relu")  # (n, 1, 1, size * classes)
    sums = ops.sum(layers.Reshape((size, num_classes))(votes), axis=1)
    return sums - ops.mean(sums, axis=-1, keepdims=True)  # the softmax is the same, and whole numbers have less to span


def build(input_shape: tuple[int, int, int], num_classes: int) -> keras.Model:
    """Five convolutions and a layer of capsules; shapes in the comments are for 28 x 28 x 1."""
    import keras

    image = keras.Input(input_shape, name="image")
    x = conv_norm(image, 24, 5, strides=2)  # (n, 14, 14, 24)
    x = conv_norm(x, 32, 3)  # (n, 14, 14, 32)
    x = conv_norm(x, 48, 3, strides=2)  # (n, 7, 7, 48)
    x = conv_norm(x, 64, 3)  # (n, 7, 7, 64)
    x = conv_norm(x, 64, 3)  # (n, 7, 7, 64): 49 capsules of 64
    return keras.Model(image, vector_capsules(x, num_classes))  # (n, classes): logits


VECTOR_CAPSULES = Architecture(
    name="vector_capsules",
    build=build,
    summary="Capsule network without routing: homogeneous vector capsules",
    reference="Byerly et al. 2020, https://arxiv.org/abs/2001.09136",
    license="Apache-2.0",
    recipes={"mnist": BASE_RECIPE},
)
