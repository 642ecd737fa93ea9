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

from zoo.errors import TrainingError
from zoo.files import shared_lock

if TYPE_CHECKING:
    import keras

__all__ = ["Checkpoint", "TrainingState", "checkpoint_folder"]


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


STATE = "state.npz"


def checkpoint_folder(target: Path, settings: dict[str, Any]) -> Path:
    """Where a training keeps its state: a hidden folder beside its pack, named by everything that decides the result.

    A training with other settings has another folder; so neither is ever continued with the other's state.
    """
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    return target.parent / f".{target.name}.training-{digest[:12]}"


@dataclass
class Checkpoint:
    """Reads and writes the state of one training.

    Parameters
    ----------
    folder : pathlib.Path
        Made when the first epoch ends.
    """

    folder: Path

    def save(self, variables: list[Any], history: list[dict[str, float]]) -> None:
        """Write all variables of a training and its history; the previous state stays until the new one is whole."""
        import keras
        import numpy as np

        arrays = {f"variable_{i}": keras.ops.convert_to_numpy(value) for i, value in enumerate(variables)}
        with shared_lock(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            temporary = self.folder / f"{STATE}.{os.getpid()}.tmp"
            with temporary.open("wb") as file:
                np.savez(file, history=json.dumps(history), **arrays)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.folder / STATE)

    def restore(self, variables: list[Any]) -> list[dict[str, float]]:
        """Put the saved state, if there is any, into the variables of a training that is about to begin.

        Returns
        -------
        list of dict
            One row per finished epoch; empty when there is nothing to resume.

        Raises
        ------
        TrainingError
            When the state is damaged or belongs to another model.
        """
        import numpy as np

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
