"""Two trainings side by side against two in turn: what ``zoo train --jobs 2`` brings.

``python -m studies.jobs`` trains two seeds of lenet5 for a few epochs on MNIST: in turn, with all cores each,
and as two processes with half of the cores each. It prints the seconds from end to end and their ratio.
Starting the processes is included.
"""

from __future__ import annotations

import os
import tempfile
import time

import joblib

import zoo
from studies.common import parser, plain_errors, positive
from zoo.errors import ZooError

__all__ = ["seconds_of"]

MODEL = "lenet5"
SEEDS = (0, 1)


def seconds_of(jobs: int, epochs: int) -> float:
    """Seconds of two runs, `jobs` at a time, in a home of their own."""
    home = os.environ.get("ZOO_HOME")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ZOO_HOME"] = folder
        try:
            start = time.perf_counter()
            results = zoo.train_many([MODEL], seeds=SEEDS, jobs=jobs, epochs=epochs)
            seconds = time.perf_counter() - start
        finally:
            if home is None:
                del os.environ["ZOO_HOME"]
            else:
                os.environ["ZOO_HOME"] = home
    for result in results:
        if result.error is not None:
            raise ZooError(result.error)
    return seconds


if __name__ == "__main__":
    command = parser(__doc__)
    command.add_argument("--epochs", type=positive, default=6)
    epochs = command.parse_args().epochs
    with plain_errors():
        # Processes first: this one has not imported TensorFlow then, and nothing of it is in their way.
        side_by_side, in_turn = seconds_of(2, epochs), seconds_of(1, epochs)
    print(f"{len(SEEDS)} runs of {MODEL}, {epochs} epochs each, on {joblib.cpu_count()} cores")
    print(f"in turn, all cores each       {in_turn:7.1f} s")
    print(f"side by side, half of them    {side_by_side:7.1f} s")
    print(f"ratio                         {side_by_side / in_turn:7.2f}")
