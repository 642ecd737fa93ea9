"""The Keras optimizer that a recipe describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoo.contract.recipe import Recipe

if TYPE_CHECKING:
    import keras

__all__ = ["fuse_batch_normalization", "make_optimizer"]

START_FRACTION = 1 / 25  # one-cycle starts at this fraction of its peak, as fastai and PyTorch do


def make_optimizer(recipe: Recipe, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    """An optimizer with the recipe's schedule over the whole training."""
    import keras

    steps = recipe.epochs * steps_per_epoch
    peak = float(recipe.learning_rate)  # Keras refuses the whole numbers that JSON may hold
    rate: float | keras.optimizers.schedules.LearningRateSchedule
    if recipe.schedule == "constant":
        rate = peak
    elif recipe.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(peak, decay_steps=steps)
    else:
        rising = round(recipe.warmup * steps)
        rate = keras.optimizers.schedules.CosineDecay(
            peak * START_FRACTION, decay_steps=max(steps - rising, 1), warmup_target=peak, warmup_steps=rising
        )
    decay = float(recipe.weight_decay) or None
    optimizer = (
        keras.optimizers.SGD(rate, momentum=recipe.betas[0], nesterov=True, weight_decay=decay)
        if recipe.optimizer == "sgd"
        else keras.optimizers.Adam(rate, *recipe.betas, weight_decay=decay)
    )
    if decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def fuse_batch_normalization(network: keras.Model) -> None:
    """Let a network's BatchNormalization layers compute a training step with TensorFlow's fused kernel.

    Keras 3 composes the layer of a dozen operations, each a pass over the image and most of them twice for the
    gradient: a large part of the time of a small network on a CPU. Weights, results and everything outside training
    stay the same. On other backends, which compile the layer into few passes, nothing changes.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        return
    fused = _fused_layer()
    for layer in network._flatten_layers():
        if type(layer) is keras.layers.BatchNormalization and _fits(layer):
            object.__setattr__(layer, "__class__", fused)  # around Keras's tracking of attributes


def _fits(layer: Any) -> bool:
    """Whether the kernel computes what the layer does: images with the channels last, all of float32."""
    return bool(
        layer.input_spec.ndim == 4
        and layer.axis in (-1, 3)
        and not layer.synchronized
        and not layer.renorm
        and layer.compute_dtype == "float32"
    )


def _fused_layer() -> type:
    import keras
    import tensorflow as tf

    class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
        def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
            if not training or not self.trainable or mask is not None:
                return super().call(inputs, training=training, mask=mask)
            outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
                x=inputs,
                scale=tf.ones_like(self.moving_mean) if self.gamma is None else tf.convert_to_tensor(self.gamma),
                offset=tf.zeros_like(self.moving_mean) if self.beta is None else tf.convert_to_tensor(self.beta),
                mean=[],
                variance=[],
                epsilon=self.epsilon,
                is_training=True,
            )
            count = tf.cast(tf.size(inputs) / tf.size(mean), tf.float32)
            biased = variance * (1 - 1 / count)  # the kernel gives the unbiased one, Keras averages the biased one
            for average, value in ((self.moving_mean, mean), (self.moving_variance, biased)):
                average.assign(average * self.momentum + value * (1 - self.momentum))
            return outputs

    return FusedBatchNormalization
