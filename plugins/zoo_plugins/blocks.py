"""Blocks that the architectures share. Each takes a Keras tensor and returns one, so a network reads as a list of
calls.

All of them convert to TFLite, ONNX and whole-number arithmetic (int8): in the blocks BatchNorm follows its convolution,
which has no bias, at once, so that converters fold it in, and the layer normalisation is written out in operations that
quantise. A network that calls `batch_norm` itself may pool between the two, which leaves less to normalise.
"""

from __future__ import annotations

from typing import Any

__all__ = ["batch_norm", "conv_norm", "depthwise_norm", "feed_forward", "layer_norm", "squeeze_excite"]

MOMENTUM = 0.9  # of BatchNorm's statistics; Keras's 0.99 lags behind in a short training
EPSILON = 1e-6  # under the root of layer normalisation, as in vision transformers


def batch_norm(x: Any, activation: str | None = None, *, scale: bool = True) -> Any:
    """BatchNorm, then an activation (Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167).

    (n, ..., channels) to the same. Without `scale` the factor per channel is saved, which a ReLU lets the next
    convolution learn as well.
    """
    from keras import layers

    x = layers.BatchNormalization(momentum=MOMENTUM, scale=scale)(x)
    return layers.Activation(activation)(x) if activation else x


def conv_norm(
    x: Any, filters: int, size: int, strides: int = 1, *, padding: str = "same", activation: str | None = "relu"
) -> Any:
    """Convolution with a kernel of size x size, BatchNorm, activation.

    (n, height, width, channels) to (n, height / strides, width / strides, filters), less the border if `padding` is
    "valid".
    """
    from keras import layers

    x = layers.Conv2D(filters, size, strides, padding, use_bias=False, kernel_initializer="he_normal")(x)
    return batch_norm(x, activation)


def depthwise_norm(x: Any, size: int, strides: int = 1, *, activation: str | None = "relu") -> Any:
    """Convolution of each channel on its own with a kernel of size x size, BatchNorm, activation.

    (n, height, width, channels) to (n, height / strides, width / strides, channels).
    """
    from keras import layers

    x = layers.DepthwiseConv2D(size, strides, "same", use_bias=False, depthwise_initializer="he_normal")(x)
    return batch_norm(x, activation)


def squeeze_excite(x: Any, ratio: int = 4) -> Any:
    """Scale each channel by a factor in [0, 1] that depends on the means of all.

    (n, height, width, channels) to the same, over a hidden layer of channels / ratio units (Hu et al. 2017,
    https://arxiv.org/abs/1709.01507).
    """
    from keras import layers

    channels = x.shape[-1]
    scale = layers.GlobalAveragePooling2D(keepdims=True)(x)  # (n, 1, 1, channels)
    scale = layers.Conv2D(channels // ratio, 1, activation="relu")(scale)
    scale = layers.Conv2D(channels, 1, activation="sigmoid")(scale)
    return layers.Multiply()([x, scale])


def feed_forward(x: Any, hidden: int) -> Any:
    """Two dense layers on the last axis with a GELU of `hidden` units between: (n, ..., channels) to the same.

    GELU is its tanh approximation: the exact one becomes an invalid ONNX file.
    """
    from keras import layers, ops

    channels = x.shape[-1]
    x = ops.gelu(layers.Dense(hidden)(x), approximate=True)  # (n, ..., hidden)
    return layers.Dense(channels)(x)


def layer_norm(x: Any) -> Any:
    """Layer normalisation over the channels (Ba et al. 2016, https://arxiv.org/abs/1607.06450): the same shape.

    Without scale and offset, which a linear layer over the channels learns as well where it follows.
    ``keras.layers.LayerNormalization`` leaves floating-point tensors in an int8 file and is half as fast there.
    """
    from keras import ops

    centred = x - ops.mean(x, axis=-1, keepdims=True)
    variance = ops.mean(centred * centred, axis=-1, keepdims=True)
    return centred * ops.rsqrt(variance + EPSILON)
