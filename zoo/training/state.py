"""What changes while a network trains: its weights, the optimizer's, and their moving average."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import TrainingError
from zoo.files import shared_lock, whole_file
from zoo.training.plan import TrainingPlan

if TYPE_CHECKING:
    import keras

__all__ = ["Checkpoint", "TrainingState", "checkpoint_folder"]

STATE = "state.npz"


class TrainingState:
    """A compiled network, the exponential moving average of its weights, and a row for each epoch that is done.

    The average covers BatchNorm's statistics, too. It is kept outside the graph and updated between executions of
    several steps, so that it costs next to nothing and works on every backend. `decay` is per step; 0 keeps none.
    """

    def __init__(self, network: keras.Model, decay: float) -> None:
        import keras

        def variable(value: object) -> keras.Variable:
            return keras.Variable(value, trainable=False)

        self.network = network
        self.history: list[dict[str, float]] = []
        self._decay = decay
        self._average = [variable(weight) for weight in network.get_weights()] if decay else []
        self._steps = variable(0.0)

    @property
    def variables(self) -> list[Any]:
        """Weights, the optimizer's variables, the average and the number of its updates."""
        return [*self.network.weights, *self.network.optimizer.variables, *self._average, self._steps]

    def update(self, network: keras.Model, steps: int) -> None:
        """Move the average towards the weights, as `steps` updates of one step would if they stood still.

        `network` is the callback's ``model``: on JAX a network holds no weights while it trains, until a callback asks
        for it.
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


def checkpoint_folder(plan: TrainingPlan) -> Path:
    """Where a training keeps its state: a hidden folder beside its pack, named by everything that decides the result.

    A training with other settings has another folder; so neither is ever continued with the other's state.
    """
    import keras

    settings = {**plan.settings(), "backend": keras.backend.backend()}
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    return plan.target.parent / f".{plan.target.name}.training-{digest[:12]}"


@dataclass
class Checkpoint:
    """Reads and writes the state of one training in a folder, which is made when the first epoch ends."""

    folder: Path

    def save(self, variables: list[Any], history: list[dict[str, float]]) -> None:
        """Write all variables of a training and its history; the previous state stays until the new one is whole."""
        import keras

        arrays = {f"variable_{i}": keras.ops.convert_to_numpy(value) for i, value in enumerate(variables)}
        with shared_lock(self.folder), whole_file(self.folder / STATE) as draft, draft.open("wb") as file:
            np.savez(file, history=json.dumps(history), **arrays)
            file.flush()
            os.fsync(file.fileno())

    def restore(self, variables: list[Any]) -> list[dict[str, float]]:
        """Put the saved state, if there is any, into the variables of a training that is about to begin.

        Returns the history, a row per finished epoch; a state that is damaged or another model's is a `TrainingError`.
        """
        path = self.folder / STATE
        try:
            with shared_lock(self.folder):
                if not path.exists():
                    return []
                with np.load(path, allow_pickle=False) as saved:
                    history: list[dict[str, float]] = json.loads(str(saved["history"]))
                    arrays = [saved[f"variable_{index}"] for index in range(len(variables))]
            for variable, array in zip(variables, arrays, strict=True):
                variable.assign(array)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise TrainingError(
                f"The saved state {str(path)!r} cannot be used: {error}. Remove its folder to train from the start."
            ) from error
        return history
