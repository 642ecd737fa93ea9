"""How long a training takes to an accuracy, against PyTorch on the same machine.

``python -m studies.time_to_accuracy MODEL --peer PYTHON`` trains MODEL's recipe and the peer of
`studies.torch_peer` in turns, one seed after the other, on all 60,000 training images, and prints the mean
accuracy on the test images, the mean seconds and their ratio. Timed is the training loop with all that it needs to
start: building the network, tracing, augmentation, and the state that is written after each epoch. Importing and
loading the data are not, and the first run of each process does not count: it meets cold memory and idle threads.
``results/time_to_accuracy.csv`` keeps every other run.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import zoo
from studies.common import RESULTS, find_recipe, parser, plain_errors, positive, put_rows
from zoo.doctor import cpu_name
from zoo.errors import ZooError

__all__ = ["COLUMNS", "TABLE", "train_in_turns", "train_once", "write_rows"]

TABLE = RESULTS / "time_to_accuracy.csv"
COLUMNS = ("recipe", "model", "seed", "seconds", "accuracy", "threads", "version", "cpu")
"""`recipe` is whose training took turns with the peer's: the same for both."""
PEER = "torch_peer"


def train_once(model: str, data: zoo.Dataset, seed: int) -> tuple[float, float]:
    """Train a model by its recipe: seconds of the training loop, and accuracy on the test images, in [0, 1].

    Nothing is written but the state of the training.
    """
    import keras

    from zoo.training.trainer import train_network

    architecture, tag = find_recipe(model)
    recipe = replace(architecture.recipes[tag], hold_out=False, temperature=1.0)  # no image is left to validate on
    keras.utils.clear_session()
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        network = train_network(architecture, recipe, data, seed, Path(folder))
        seconds = time.perf_counter() - start
    answers = network.predict(data.test.scaled(), batch_size=512, verbose=0).argmax(axis=1)
    return seconds, float((answers == data.test.labels).mean())


def train_in_turns(model: str, peer: str, seeds: int, threads: int) -> list[dict[str, Any]]:
    """Train a model and the peer in turns, each with some seeds and threads: a row per run, with keys of `COLUMNS`.

    `peer` is a Python interpreter with PyTorch and numpy.

    Raises `UnknownNameError` when the model does not exist, and `ZooError` when there is no such peer, or it gives no
    answer.
    """
    architecture, tag = find_recipe(model)  # before anything is timed
    model = f"{architecture.name}.{tag}"  # as the table knows it, where the tag was left out
    if shutil.which(peer) is None:
        raise ZooError(f"There is no Python {peer!r}; give a Python that has torch and numpy.")
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    data = zoo.load_dataset("mnist").without_hold_out()
    rows: list[dict[str, Any]] = []

    def add(name: str, seed: int, seconds: float, accuracy: float, version: str) -> None:
        values = (model, name, seed, round(seconds, 3), round(accuracy, 4), threads, version, cpu_name())
        rows.append(dict(zip(COLUMNS, values, strict=True)))

    with _peer(peer, data, threads) as ask:
        for seed in (seeds, *range(seeds)):
            answer = ask(seed)
            own = train_once(model, data, seed)
            if seed < seeds:  # the first warms up
                add(PEER, seed, answer["seconds"], answer["accuracy"], f"torch {answer['version']}")
                add(model, seed, *own, f"keras {keras.__version__}")
                print(*(f"{row['model']} {row['seconds']:.2f} s {row['accuracy']:.2%}" for row in rows[-2:]), sep="   ")
    return rows


@contextlib.contextmanager
def _peer(python: str, data: zoo.Dataset, threads: int) -> Iterator[Callable[[int], dict[str, Any]]]:
    """A process of the peer that trains when it is asked with a seed."""
    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mnist.npz"
        parts = {"train": data.train, "test": data.test}
        arrays: dict[str, Any] = {f"{name}_images": part.scaled() for name, part in parts.items()}
        arrays |= {f"{name}_labels": part.labels for name, part in parts.items()}
        np.savez(path, **arrays)
        command = [python, str(Path(__file__).with_name("torch_peer.py")), str(path), str(threads)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            source, target = process.stdout, process.stdin

            def ask(seed: int) -> dict[str, Any]:
                with contextlib.suppress(BrokenPipeError):
                    target.write(f"{seed}\n")
                    target.flush()
                if not (line := source.readline()):
                    raise ZooError(
                        f"The peer {python!r} ended without an answer; give a Python that has torch and numpy."
                    )
                answer: dict[str, Any] = json.loads(line)
                return answer

            yield ask
            target.close()


def write_rows(rows: Iterable[Mapping[str, Any]], path: Path = TABLE) -> None:
    """Put what `train_in_turns` found into the table, in the place of older rows of the same recipe."""
    put_rows(path, COLUMNS, rows, key=("recipe",))


def _report(name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the means of both sides, and their ratio."""
    means = {}
    for side in dict.fromkeys(row["model"] for row in rows):
        own = [row for row in rows if row["model"] == side]
        accuracies = [row["accuracy"] for row in own]
        means[side] = statistics.mean(row["seconds"] for row in own)
        spread = statistics.stdev(accuracies) if len(own) > 1 else float("nan")
        print(f"{side}: {means[side]:.2f} s, accuracy {statistics.mean(accuracies):.3%} +- {spread:.3%}")
    peers, own_mean = means.values()
    print(f"{name} / {PEER}: {own_mean / peers:.2f} of the time")


def main() -> None:
    """Run the command."""
    command = parser(__doc__)
    command.add_argument("models", nargs="+", metavar="MODEL")
    command.add_argument("--peer", default=sys.executable, help="A Python interpreter with PyTorch.")
    command.add_argument("--seeds", type=positive, default=10)
    command.add_argument("--threads", type=positive, default=2)
    arguments = command.parse_args()
    for name in arguments.models:
        found = train_in_turns(name, arguments.peer, arguments.seeds, arguments.threads)
        write_rows(found)
        _report(name, found)


if __name__ == "__main__":
    with plain_errors():
        main()
