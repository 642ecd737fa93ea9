"""Tells how far a training is."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

__all__ = ["Progress", "Report"]

METRICS = ("loss", "accuracy", "val_loss", "val_accuracy")


@dataclass(frozen=True)
class Report:
    """Whom a training tells how far it is; see `zoo.train` for each."""

    progress: bool | str = False
    tensorboard: str | Path | None = None
    on_epoch: Callable[[dict[str, float]], None] | None = None

    def say(self, text: str) -> None:
        """Put a line on standard error, if progress is to be told there."""
        if self.progress:
            prefix = f"{self.progress}: " if isinstance(self.progress, str) else ""
            # One write for the whole line: those of other processes come between lines, never into one.
            sys.stderr.write(f"{prefix}{text}\n")
            sys.stderr.flush()


class Progress(contextlib.AbstractContextManager["Progress"]):
    """A line of metrics per epoch, and a bar over the whole training where no other shares the terminal."""

    def __init__(self, report: Report, epochs: int, steps_per_epoch: int, done: int) -> None:
        self._report = report
        self._epochs = epochs
        self._done = done  # epochs that an earlier run has finished
        self._start = time.perf_counter()
        self._bar: ProgressBar[int] | None = None
        if report.progress is True:
            self._bar = click.progressbar(
                length=(epochs - done) * steps_per_epoch,
                label="Training",
                file=sys.stderr,
                update_min_steps=max(steps_per_epoch // 50, 1),
            )
            self._bar.render_progress()

    def __exit__(self, *error: object) -> None:
        """End the line of the bar and give the terminal its cursor back, however the training ended."""
        if self._bar is not None:
            self._bar.render_finish()

    def step(self, count: int) -> None:
        """So many steps more are done."""
        if self._bar is not None:
            self._bar.update(count)

    def epoch(self, row: dict[str, float]) -> None:
        """An epoch is done; `row` is its row of ``history.csv``."""
        left = (self._epochs - row["epoch"]) * (time.perf_counter() - self._start) / max(row["epoch"] - self._done, 1)
        metrics = "  ".join(f"{name} {row[name]:.4f}" for name in METRICS if name in row)
        if self._bar is not None and sys.stderr.isatty():
            sys.stderr.write("\r\033[K")
        times = f"{row['seconds']:.1f} s, about {left:.0f} s left"
        self._report.say(f"epoch {row['epoch']:.0f}/{self._epochs}  {metrics}  {times}")
        if self._bar is not None:
            self._bar.render_progress()
        if self._report.on_epoch is not None:
            self._report.on_epoch(row)
