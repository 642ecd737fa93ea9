"""The process that measures one cell, once: ``python -m zoo_benchmarks.worker`` reads an order as JSON from standard
input and answers with JSON on what was standard output when it started. Nothing is imported before its time is taken.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.packs.pack import Artifact, Pack
from zoo.packs.store import list_models
from zoo.plugins import load_plugins
from zoo.runtimes.runtime import load
from zoo_benchmarks.bare import BARE, bare_loop
from zoo_benchmarks.memory import peak_bytes
from zoo_benchmarks.protocol import Protocol

if TYPE_CHECKING:
    import numpy as np

__all__ = ["REFERENCE", "main", "measure"]

REFERENCE = "lenet5.mnist"
"""The bundled model that has turns beside every cell, on LiteRT, one thread."""


def main() -> None:
    """Measure what the order asks for; an error is an answer, too."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # native code prints to descriptor 1, whatever sys.stdout is
    order = json.load(sys.stdin)
    try:
        result = measure(order)
    except Exception as error:
        result = {"error": " ".join(f"{type(error).__name__}: {error}".split())}
    print(json.dumps(result), file=answer, flush=True)


def measure(order: dict[str, Any]) -> dict[str, Any]:
    """Measure one cell.

    Parameters
    ----------
    order : dict
        ``pack`` (its folder), ``runtime``, ``format``, ``precision``, ``threads``, ``scenarios``, ``protocol`` (the
        fields of a `Protocol`), ``started`` (seconds since the epoch), ``batch`` (the best, where it is known),
        ``reference`` (a file of the Keras model's probabilities, or None) and ``write_reference``.

    Returns
    -------
    dict
        What each scenario found, and ``settings``.
    """
    protocol, scenarios = Protocol(**order["protocol"]), order["scenarios"]
    artifact = Pack(order["pack"]).artifact(order["format"], order["precision"])
    name, threads = order["runtime"], order["threads"]
    plain = name.partition(":")[0]
    pinned = _pin(threads)

    start = time.perf_counter()
    import numpy as np

    importlib.import_module(BARE[plain].module if plain in BARE else load_plugins().runtimes[plain].package)
    imported = time.perf_counter()
    opened = load(artifact.pack, name, precision=artifact.precision, threads=threads)
    session = opened.run
    loaded = time.perf_counter()
    image = np.random.default_rng(0).random((1, *artifact.pack.input_shape), dtype=np.float32)
    ready = time.perf_counter()
    session(image)
    end = time.perf_counter()
    result: dict[str, Any] = {"settings": {**pinned, **opened.settings}}
    if "cold" in scenarios:
        result["cold"] = {
            "import_ms": (imported - start) * 1000,
            "load_ms": (loaded - imported) * 1000,
            "first_ms": (end - ready) * 1000,
            "process_ms": (time.time() - order["started"]) * 1000,
        }
    for _ in range(protocol.warm_up):
        session(image)
    if "memory" in scenarios:
        result["memory"] = {"peak_bytes": peak_bytes()}
    gc.disable()
    if "single" in scenarios:
        result["single"] = _single(session, bare_loop(name, artifact, threads), _reference(), image, protocol)
    if "offline" in scenarios:
        result["offline"] = _offline(session, artifact, protocol, order["batch"])
    gc.enable()
    if "accuracy" in scenarios:
        result["accuracy"] = _accuracy(artifact, name, threads, order)
    return result


def _pin(threads: int) -> dict[str, Any]:
    """Keep the process on as many cores as it has threads, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        return {"threads": threads, "cores": None}
    cores = sorted(os.sched_getaffinity(0))[-threads:]  # interrupts prefer the first ones
    os.sched_setaffinity(0, cores)
    return {"threads": threads, "cores": cores}


def _reference() -> tuple[Callable[[np.ndarray], np.ndarray], np.ndarray] | None:
    """The same work in every process, with its image: what a machine's drift does to it, it does to the cell, too."""
    import numpy as np

    for pack in list_models(REFERENCE):
        if pack.bundled:
            image = np.random.default_rng(0).random((1, *pack.input_shape), dtype=np.float32)
            return load(pack, "litert", threads=1).run, image
    return None  # the plugin that brings it is left out


def _single(
    session: Callable[[np.ndarray], np.ndarray],
    bare: Callable[[np.ndarray], np.ndarray] | None,
    reference: tuple[Callable[[np.ndarray], np.ndarray], np.ndarray] | None,
    image: np.ndarray,
    protocol: Protocol,
) -> dict[str, Any]:
    """Batch 1, one stream: the session, the bare loop and the reference take turns in short blocks."""
    import numpy as np

    if bare is not None:
        np.testing.assert_allclose(bare(image), session(image), atol=1e-6)
        for _ in range(protocol.warm_up):
            bare(image)
    if reference is not None:
        _block(*reference, protocol.warm_up)
    samples: list[int] = []
    bare_samples: list[int] = []
    reference_samples: list[int] = []
    spent = 0
    while spent < protocol.seconds * 1e9:
        times = _block(session, image, protocol.block)
        spent += sum(times)
        samples += times
        if bare is not None:
            bare_samples += _block(bare, image, protocol.block)
        if reference is not None:
            reference_samples += _block(*reference, protocol.block)
    found = np.array(samples) / 1e6
    step = -(-len(samples) // protocol.kept_samples)
    p50, p90, p99 = np.percentile(found, (50, 90, 99)).tolist()
    bare_p50, reference_p50 = (
        float(np.median(found)) / 1e6 if found else None for found in (bare_samples, reference_samples)
    )
    return {
        "p50_ms": p50,
        "p90_ms": p90,
        "p99_ms": p99,
        "bare_p50_ms": bare_p50,
        "reference_p50_ms": reference_p50,
        "calls": len(samples),
        "samples_ns": samples[::step],
    }


def _block(call: Callable[[np.ndarray], np.ndarray], image: np.ndarray, calls: int) -> list[int]:
    clock = time.perf_counter_ns
    times = []
    for _ in range(calls):
        start = clock()
        call(image)
        times.append(clock() - start)
    return times


def _offline(
    session: Callable[[np.ndarray], np.ndarray], artifact: Artifact, protocol: Protocol, batch: int | None
) -> dict[str, Any]:
    """Images per second at the best batch, which the first round looks for."""
    import numpy as np

    def images_per_second(size: int, seconds: float) -> float:
        images = np.random.default_rng(0).random((size, *artifact.pack.input_shape), dtype=np.float32)
        session(images)  # a runtime prepares for a shape when it first sees it
        calls, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            session(images)
            calls += 1
        return calls * size / spent

    tried = {} if batch else {size: images_per_second(size, protocol.seconds / 10) for size in protocol.batches}
    best = batch or max(tried, key=tried.__getitem__)
    return {"batch": best, "images_per_second": images_per_second(best, protocol.seconds), "tried": tried}


def _accuracy(artifact: Artifact, runtime: str, threads: int, order: dict[str, Any]) -> dict[str, Any]:
    """Accuracy on the test images, and how often the answer is the Keras model's."""
    import numpy as np

    from zoo.evaluation.answers import answer
    from zoo.evaluation.evaluate import judge
    from zoo.evaluation.parity import compare
    from zoo.exporting.gates import gate_for

    answers = answer(artifact.pack, runtime=runtime, precision=artifact.precision, threads=threads)
    evaluation = judge(answers)
    result: dict[str, Any] = {
        "dataset": answers.data.name,
        "images": evaluation.images,
        "accuracy": evaluation.accuracy,
        "accuracy_low": evaluation.accuracy_low,
        "accuracy_high": evaluation.accuracy_high,
    }
    if order["write_reference"]:
        draft = Path(order["reference"] + ".part.npy")
        np.save(draft, answers.probabilities)
        draft.replace(order["reference"])
    if order["reference"] and Path(order["reference"]).is_file():
        parity = compare(np.load(order["reference"]), answers.probabilities)
        gate = replace(gate_for(artifact.precision, None), max_accuracy_drop=None)  # test labels decide nothing
        result["agreement"] = parity.agreement
        result["failures"] = gate.failures(parity, None)
    return result


if __name__ == "__main__":
    main()
