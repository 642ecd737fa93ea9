"""What changes while a network trains: its weights, the optimizer's, and their moving average."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

__all__ = ["TrainingState"]


class TrainingState:
    """A compiled network and the exponential moving average of its weights.

    The average covers BatchNorm's statistics, too. It is kept outside the graph and updated between executions of
    several steps, so that it costs next to nothing and works on every backend.

    Parameters
    ----------
    network : keras.Model
        Built and compiled.
    decay : float
        Per step, in [0, 1); 0 keeps no average.

    Attributes
    ----------
    variables : list
        All that a checkpoint must keep.
    """

    def __init__(self, network: keras.Model, decay: float) -> None:
        import keras

        def variable(value: object) -> keras.Variable:
            return keras.Variable(value, trainable=False)

        self.network = network
        self._decay = decay
        self._average = [variable(weight) for weight in network.get_weights()] if decay else []
        self._steps = variable(0.0)

    @property
    def variables(self) -> list[Any]:
        """Weights, the optimizer's variables, the average and the number of its updates."""
        return [*self.network.weights, *self.network.optimizer.variables, *self._average, self._steps]

    def update(self, network: keras.Model, steps: int) -> None:
        """Move the average towards the weights, as `steps` updates of one step would if they stood still.

        Parameters
        ----------
        network : keras.Model
            The callback's ``model``. On JAX a network holds no weights while it trains, until a callback asks for it.
        steps : int
        """
        if not self._average:
            return
        total = float(self._steps.numpy()) + steps
        self._steps.assign(total)
        # The first steps count for more, or the average would remember the random start (as in TensorFlow's EMA).
        decay = min(self._decay, (1 + total) / (10 + total)) ** steps
        for average, weight in zip(self._average, network.get_weights(), strict=True):
            average.assign(decay * average.numpy() + (1 - decay) * weight)

    @contextlib.contextmanager
    def averaged(self) -> Iterator[None]:
        """Put the average into the network for the length of a block."""
        if not self._average:
            yield
            return
        raw = self.network.get_weights()
        self.keep_average()
        try:
            yield
        finally:
            self.network.set_weights(raw)

    def keep_average(self) -> None:
        """Put the average into the network for good."""
        if self._average:
            self.network.set_weights([average.numpy() for average in self._average])
