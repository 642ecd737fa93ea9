"""How long a training takes to an accuracy, against PyTorch on the same machine.

``python -m studies.time_to_accuracy MODEL --peer PYTHON`` trains MODEL's recipe and the peer of
`studies.torch_peer` in turns, one seed after the other, on all 60,000 training images, and prints the mean
accuracy on the test images, the mean seconds and their ratio. Timed is the training loop with all that it needs to
start: building the network, tracing, augmentation, and the state that is written after each epoch. Importing and
loading the data are not, and the first run of each process does not count: it meets cold memory and idle threads.
``results/time_to_accuracy.csv`` keeps every other run.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import zoo
from studies.common import RESULTS, plain_errors, positive
from zoo.doctor import cpu_name
from zoo.errors import ZooError
from zoo.training.plan import TrainingPlan, parse_model

__all__ = ["COLUMNS", "TABLE", "compare", "train_once", "write_rows"]

TABLE = RESULTS / "time_to_accuracy.csv"
COLUMNS = ("model", "seed", "seconds", "accuracy", "threads", "version", "cpu")
PEER = Path(__file__).parent / "torch_peer.py"


def train_once(model: str, data: zoo.Dataset, seed: int) -> tuple[float, float]:
    """Train a model by its recipe, with nothing written but the state of the training.

    Parameters
    ----------
    model : str
        ``"lenet5.mnist"``.
    data : Dataset
        Its training part is trained on.
    seed : int

    Returns
    -------
    seconds, accuracy : float
        Of the training loop; on the test images, in [0, 1].
    """
    import keras

    from zoo.training.fitting import build_network, compile_network, fit, predict_logits
    from zoo.training.progress import Report
    from zoo.training.state import Checkpoint, TrainingState

    architecture, tag = parse_model(model)
    recipe = replace(architecture.recipes[tag], hold_out=False, temperature=1.0)  # no image is left to validate on
    keras.utils.clear_session()
    with tempfile.TemporaryDirectory() as folder:
        plan = TrainingPlan(architecture, tag, recipe, data, seed, target=Path(folder))
        start = time.perf_counter()
        keras.utils.set_random_seed(seed)
        network = build_network(plan)
        compile_network(network, plan)
        fit(plan, TrainingState(network, recipe.ema), Checkpoint(plan.target), Report())
        seconds = time.perf_counter() - start
    answers = predict_logits(network, data.test.scaled()).argmax(axis=1)
    return seconds, float((answers == data.test.labels).mean())


def compare(model: str, peer: str, seeds: int, threads: int) -> list[dict[str, Any]]:
    """Train a model and the peer in turns.

    Parameters
    ----------
    model : str
    peer : str
        A Python interpreter with PyTorch and numpy.
    seeds : int
        Runs of each.
    threads : int
        Of each.

    Returns
    -------
    list of dict
        A row per run, with the keys of `COLUMNS`.

    Raises
    ------
    UnknownNameError
        When the model does not exist.
    ZooError
        When there is no such peer, or it gives no answer.
    """
    import keras
    import numpy as np
    import tensorflow as tf

    architecture, tag = parse_model(model)  # before anything is timed
    model = f"{architecture.name}.{tag}"  # as the table knows it, where the tag was left out
    if shutil.which(peer) is None:
        raise ZooError(f"There is no Python {peer!r}; give a Python that has torch and numpy.")
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    data = zoo.load_dataset("mnist").without_hold_out()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mnist.npz"
        parts = {"train": data.train, "test": data.test}
        arrays: dict[str, Any] = {f"{name}_images": part.scaled() for name, part in parts.items()}
        arrays |= {f"{name}_labels": part.labels for name, part in parts.items()}
        np.savez(path, **arrays)
        command = [peer, str(PEER), str(path), str(threads)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            for seed in (seeds, *range(seeds)):  # the first warms up
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.write(f"{seed}\n")
                    process.stdin.flush()
                if not (line := process.stdout.readline()):
                    raise ZooError(
                        f"The peer {peer!r} ended without an answer; give a Python that has torch and numpy."
                    )
                answer = json.loads(line)
                version = f"torch {answer['version']}"
                seconds, accuracy = train_once(model, data, seed)
                if seed == seeds:
                    continue
                rows.append(_row("torch_peer", seed, answer["seconds"], answer["accuracy"], threads, version))
                rows.append(_row(model, seed, seconds, accuracy, threads, f"keras {keras.__version__}"))
                print(*(f"{row['model']} {row['seconds']:.2f} s {row['accuracy']:.2%}" for row in rows[-2:]), sep="   ")
            process.stdin.close()
    return rows


def _row(model: str, seed: int, seconds: float, accuracy: float, threads: int, version: str) -> dict[str, Any]:
    values = (model, seed, round(seconds, 3), round(accuracy, 4), threads, version, cpu_name())
    return dict(zip(COLUMNS, values, strict=True))


def write_rows(rows: Iterable[Mapping[str, Any]], path: Path = TABLE) -> None:
    """Put what `compare` found into the table, in the place of older rows of the same model.

    Parameters
    ----------
    rows : iterable of mapping
        With the keys of `COLUMNS`.
    path : pathlib.Path
    """
    table: dict[str, list[Mapping[str, Any]]] = {}
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            table = _by_model(csv.DictReader(file))
    table |= _by_model(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for own in table.values() for row in own)


def _by_model(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """The rows of each model; each of the peer's belongs to the model that it took turns with, whose row follows."""
    table: dict[str, list[Mapping[str, Any]]] = {}
    turns = iter(rows)
    for peers, own in zip(turns, turns, strict=True):
        table.setdefault(own["model"], []).extend((peers, own))
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--peer", default=sys.executable, help="A Python interpreter with PyTorch.")
    parser.add_argument("--seeds", type=positive, default=10)
    parser.add_argument("--threads", type=positive, default=2)
    arguments = parser.parse_args()
    for name in arguments.models:
        with plain_errors():
            found = compare(name, arguments.peer, arguments.seeds, arguments.threads)
            write_rows(found)
        means = {}
        for side in dict.fromkeys(row["model"] for row in found):
            own = [row for row in found if row["model"] == side]
            accuracies = [row["accuracy"] for row in own]
            means[side] = statistics.mean(row["seconds"] for row in own)
            spread = statistics.stdev(accuracies) if len(own) > 1 else float("nan")
            print(f"{side}: {means[side]:.2f} s, accuracy {statistics.mean(accuracies):.3%} +- {spread:.3%}")
        peers, own_mean = means.values()
        print(f"{name} / torch_peer: {own_mean / peers:.2f} of the time")
