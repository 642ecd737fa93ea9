"""Tells on standard error how far a training is."""

from __future__ import annotations

import sys
import time
from typing import Any

__all__ = ["progress_callback"]


def progress_callback(epochs: int, steps: int, done: int, name: bool | str = True) -> Any:
    """A Keras callback with a line of metrics per epoch, and a progress bar over the whole training.

    Parameters
    ----------
    epochs : int
        Of the whole training.
    steps : int
        Per epoch.
    done : int
        Epochs that an earlier run has finished.
    name : bool or str
        A text stands before each line, and there is no bar: several trainings share the terminal.
    """
    import click
    import keras

    prefix = f"{name}: " if isinstance(name, str) else ""

    class Lines(keras.callbacks.Callback):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self._start = time.perf_counter()

        def tell(self, row: dict[str, float]) -> None:
            left = (epochs - row["epoch"]) * (time.perf_counter() - self._start) / max(row["epoch"] - done, 1)
            shown = ("loss", "accuracy", "val_loss", "val_accuracy")
            metrics = "  ".join(f"{name} {row[name]:.4f}" for name in shown if name in row)
            # One write for the whole line: those of other processes come between lines, never into one.
            time_left = f"{row['seconds']:.1f} s, about {left:.0f} s left"
            sys.stderr.write(f"{prefix}epoch {row['epoch']:.0f}/{epochs}  {metrics}  {time_left}\n")
            sys.stderr.flush()

        def close(self) -> None:
            """Nothing is left on the terminal."""

    class Bar(Lines):
        def __init__(self) -> None:
            super().__init__()
            self._bar = click.progressbar(
                length=(epochs - done) * steps, label="Training", file=sys.stderr, update_min_steps=max(steps // 50, 1)
            )
            self._bar.render_progress()
            self._seen = 0

        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            self._seen = 0

        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            self._bar.update(batch + 1 - self._seen)
            self._seen = batch + 1

        def tell(self, row: dict[str, float]) -> None:
            if sys.stderr.isatty():
                sys.stderr.write("\r\033[K")
            super().tell(row)
            self._bar.render_progress()

        def close(self) -> None:
            """End the line of the bar and give the terminal its cursor back, however the training ended."""
            self._bar.render_finish()

    return Lines() if prefix else Bar()
