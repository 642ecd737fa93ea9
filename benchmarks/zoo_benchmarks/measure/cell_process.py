"""The process that measures one model on one runtime, once.

``python -m zoo_benchmarks.measure.cell_process`` reads an order as JSON from standard input and answers with lines of
JSON on what was standard output when it started, each as soon as it is known. No runtime is imported before its time
is taken.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

# By name, so that each is there before its time is taken.
from zoo import Artifact, Pack, Session, find_runtime, list_models, load, load_plugins, whole_file
from zoo.errors import error_line
from zoo_benchmarks.measure.bare import BARE, bare_loop
from zoo_benchmarks.measure.memory import peak_bytes
from zoo_benchmarks.measure.protocol import Protocol

if TYPE_CHECKING:
    import numpy as np

__all__ = ["REFERENCE", "main", "measure", "timed_block"]

Run = Callable[["np.ndarray"], "np.ndarray"]

REFERENCE = "lenet5.mnist"
"""The bundled model that has turns beside every cell, on LiteRT, one thread."""


def main() -> None:
    """Measure what the order asks for; an error is an answer, too, here to all scenarios."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # native code prints to descriptor 1, whatever sys.stdout is
    order = json.load(sys.stdin)
    try:
        for part in measure(order):
            print(json.dumps(part), file=answer, flush=True)
    except Exception as error:
        print(json.dumps({"errors": dict.fromkeys(order["scenarios"], error_line(error))}), file=answer, flush=True)
    os._exit(0)  # TensorFlow takes more than a second to end in order


def measure(order: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Measure what an order asks for; each part is told as soon as it is known.

    The order holds ``pack`` (its folder), ``runtime``, ``format``, ``precision``, ``threads``, ``scenarios``,
    ``protocol`` (the fields of a `Protocol`), ``started`` (seconds since the epoch), ``batch`` (the best, where it is
    known), ``images`` (a file of images to answer, or None) and ``answers`` (the file that their probabilities go to).

    A part holds ``settings``, what a scenario found, by its name, or ``errors``: the reason of a scenario that failed.
    Of ``accuracy`` it says that the answers are written; they are for the caller to judge.
    """
    protocol, scenarios = Protocol(**order["protocol"]), order["scenarios"]
    artifact = Pack(order["pack"]).artifact(order["format"], order["precision"])
    name, threads = order["runtime"], order["threads"]
    plain = name.partition(":")[0]
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    pinned = _pin(threads, cores)
    plugins = load_plugins()  # to look for them is no part of any figure

    start = time.perf_counter()
    import numpy as np

    importlib.import_module(BARE[plain].module if plain in BARE else plugins.runtimes[plain].package)
    imported = time.perf_counter()
    opened = load(artifact.pack, name, precision=artifact.precision, threads=threads)
    session = opened.run
    loaded = time.perf_counter()
    image = np.random.default_rng(0).random((1, *artifact.pack.input_shape), dtype=np.float32)
    ready = time.perf_counter()
    session(image)
    end = time.perf_counter()
    cold = {
        "import_ms": (imported - start) * 1000,
        "load_ms": (loaded - imported) * 1000,
        "first_ms": (end - ready) * 1000,
        "process_ms": (time.time() - order["started"]) * 1000,
    }
    yield {"settings": {**pinned, **opened.settings}}
    if "cold" in scenarios:
        yield {"cold": cold}
    for _ in range(protocol.warm_up):
        session(image)
    if "memory" in scenarios:
        yield {"memory": {"peak_bytes": peak_bytes()}}
    steps: dict[str, Callable[[], dict[str, Any]]] = {
        "single": lambda: _single(session, bare_loop(name, artifact, threads), _reference(), image, protocol),
        "offline": lambda: _offline(session, artifact, protocol, order["batch"]),
        "accuracy": lambda: _answer(opened, artifact, name, cores, order),
    }
    for scenario, step in steps.items():
        if scenario in scenarios:
            try:
                yield {scenario: step()}
            except Exception as error:  # the others are measured nevertheless
                yield {"errors": {scenario: error_line(error)}}


@contextmanager
def _without_collector() -> Iterator[None]:
    """Python's garbage collector rests, so that it stops no call that is timed."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _pin(threads: int, cores: set[int] | None) -> dict[str, Any]:
    """Keep the process on as many of its cores as it has threads, where the system can."""
    if cores is None:
        return {"threads": threads, "cores": None}
    chosen = sorted(cores)[-threads:]  # interrupts prefer the first ones
    os.sched_setaffinity(0, chosen)
    return {"threads": threads, "cores": chosen}


def timed_block(call: Callable[[Any], object], argument: Any, calls: int) -> list[int]:
    """Nanoseconds of calls in a row.

    One more goes before them and does not count, as whatever ran last has left its own data in the processor's caches.
    """
    clock = time.perf_counter_ns
    call(argument)
    times = []
    for _ in range(calls):
        start = clock()
        call(argument)
        times.append(clock() - start)
    return times


def _reference() -> tuple[Run, np.ndarray] | None:
    """The same work in every process, with its image: what a machine's drift does to it, it does to the cell, too."""
    import numpy as np

    for pack in list_models(REFERENCE):
        if pack.bundled:
            image = np.random.default_rng(0).random((1, *pack.input_shape), dtype=np.float32)
            return load(pack, "litert", threads=1).run, image
    return None  # the plugin that brings it is left out


@_without_collector()
def _single(
    session: Run,
    bare: Run | None,
    reference: tuple[Run, np.ndarray] | None,
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
        timed_block(*reference, protocol.warm_up)
    blocks: list[list[int]] = []
    bare_samples: list[int] = []
    reference_samples: list[int] = []
    spent = 0
    while spent < protocol.seconds * 1e9:
        blocks.append(timed_block(session, image, protocol.block))
        spent += sum(blocks[-1])
        if bare is not None:
            bare_samples += timed_block(bare, image, protocol.block)
        if reference is not None:
            reference_samples += timed_block(*reference, protocol.block)
    samples = np.array(blocks)
    # Whole blocks: single calls at a fixed distance would all have the same place in their blocks.
    kept = np.linspace(0, len(blocks) - 1, min(len(blocks), protocol.kept_samples // protocol.block)).astype(int)
    p50, p90, p99 = (np.percentile(samples, (50, 90, 99)) / 1e6).tolist()
    bare_p50, reference_p50 = (
        float(np.median(found)) / 1e6 if found else None for found in (bare_samples, reference_samples)
    )
    return {
        "p50_ms": p50,
        "p90_ms": p90,
        "p99_ms": p99,
        "bare_p50_ms": bare_p50,
        "reference_p50_ms": reference_p50,
        "calls": samples.size,
        "samples_ns": samples[kept].ravel().tolist(),
    }


@_without_collector()
def _offline(session: Run, artifact: Artifact, protocol: Protocol, batch: int | None) -> dict[str, Any]:
    """Images per second at the best batch, which the first round looks for."""
    import numpy as np

    def images_per_second(size: int, seconds: float) -> float:
        images = np.random.default_rng(0).random((size, *artifact.pack.input_shape), dtype=np.float32)
        start = time.perf_counter()
        for _ in range(protocol.warm_up):  # a runtime prepares for a shape when it first sees it
            session(images)
            if time.perf_counter() - start > seconds:
                break
        calls, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            session(images)
            calls += 1
        return calls * size / spent

    tried = {} if batch else {size: images_per_second(size, protocol.seconds / 10) for size in protocol.batches}
    best = batch or max(tried, key=tried.__getitem__)
    return {"batch": best, "images_per_second": images_per_second(best, protocol.seconds), "tried": tried}


def _answer(
    opened: Session, artifact: Artifact, name: str, cores: set[int] | None, order: dict[str, Any]
) -> dict[str, Any]:
    """Answer all images, on all cores, as it is not timed."""
    import numpy as np

    from zoo import open_sessions, run_batches

    if cores is not None:
        os.sched_setaffinity(0, cores)
    runtime = find_runtime(name)
    sessions = open_sessions(runtime, artifact) if runtime.parallel else [opened]
    answers = run_batches(sessions, np.load(order["images"]))
    with whole_file(Path(order["answers"])) as draft, draft.open("wb") as file:
        np.save(file, answers)
    return {}


if __name__ == "__main__":
    main()
