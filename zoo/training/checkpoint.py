"""The state of a training after an epoch, so that an interrupted one goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.errors import TrainingError
from zoo.packs.locks import while_still

__all__ = ["Checkpoint", "checkpoint_folder"]

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
        with while_still(self.folder):
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
            with while_still(self.folder):
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
