"""The Keras optimizer that a recipe describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.training.recipe import Recipe

if TYPE_CHECKING:
    import keras

__all__ = ["make_optimizer"]

START_FRACTION = 1 / 25  # one-cycle starts at this fraction of its peak, as fastai and PyTorch do


def make_optimizer(recipe: Recipe, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    """An optimizer with the recipe's schedule over the whole training.

    Parameters
    ----------
    recipe : Recipe
    steps_per_epoch : int
    """
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
