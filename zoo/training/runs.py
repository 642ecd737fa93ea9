"""Many trainings in one command, side by side: each is a job that joblib runs, here or on a cluster."""

from __future__ import annotations

import contextlib
import csv
import os
import signal
import statistics
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from zoo.contract.pack import Pack
from zoo.contract.recipe import Recipe
from zoo.errors import TrainingError, ZooError, error_line
from zoo.files import shared_lock
from zoo.plugins import get_architecture, list_architectures, load_plugins
from zoo.training.plan import TrainingOptions, own_recipe, parse_model
from zoo.training.trainer import train

__all__ = ["Job", "RunResult", "execute", "in_waves", "limited_threads", "over_seeds", "run_result", "train_many"]

FIGURES = ("accuracy", "negative_log_likelihood", "expected_calibration_error", "seconds")
# OpenMP and the BLAS libraries read these when they are loaded, XLA (JAX) reads NPROC.
VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NPROC")


@dataclass(frozen=True)
class Job:
    """One training, apart from all others: plain data, so that it can be sent to another process or machine."""

    model: str
    seed: int
    options: TrainingOptions = field(default_factory=TrainingOptions)
    threads: int | None = None  # of this training; None leaves it to the backend
    progress: bool = False
    set_up: Callable[[], None] | None = None  # called before, in the process that trains
    parent: int | None = None  # the process that waits: when it has ended, a child of it stops after its epoch

    @property
    def name(self) -> str:
        """What stands before its lines: ``lenet5.mnist seed 1``."""
        return f"{self.model} seed {self.seed}"


@dataclass(frozen=True)
class RunResult:
    """What became of one training.

    Attributes
    ----------
    model : str
        Id of the pack; what was asked for, when it failed.
    seed : int
    status : {"trained", "kept", "failed"}
        ``kept`` when the pack had been there.
    folder : str or None
        Of the pack.
    accuracy, accuracy_low, accuracy_high : float or None
        On the test images of its own data set, with the bounds of the 95 % Wilson interval, in [0, 1].
    negative_log_likelihood : float or None
        In nats.
    expected_calibration_error : float or None
        Over 15 bins, in [0, 1].
    images : int or None
        Number of test images.
    parameters : int or None
    seconds : float or None
        Of all epochs, also of those before an interruption.
    error : str or None
        Why it failed.
    """

    model: str
    seed: int
    status: Literal["trained", "kept", "failed"]
    folder: str | None = None
    accuracy: float | None = None
    accuracy_low: float | None = None
    accuracy_high: float | None = None
    negative_log_likelihood: float | None = None
    expected_calibration_error: float | None = None
    images: int | None = None
    parameters: int | None = None
    seconds: float | None = None
    error: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON-ready data.

        Returns
        -------
        dict
            The fields by name.
        """
        return asdict(self)


def train_many(
    models: Sequence[str] | None = None,
    *,
    seeds: Iterable[int] = (0,),
    jobs: int | None = None,
    threads: int | None = None,
    dataset: str | None = None,
    recipe: Recipe | None = None,
    epochs: int | None = None,
    init: str | Path | None = None,
    overwrite: bool = False,
    progress: bool = False,
    on_result: Callable[[RunResult], None] | None = None,
    set_up: Callable[[], None] | None = None,
) -> list[RunResult]:
    """Train several models with several seeds; a run that fails stops no other.

    A finished pack is taken as it is, an interrupted training goes on after its last epoch. So the same call again does
    what is left. A model whose recipe has another one as teacher, or begins with its weights, is trained after that.

    The jobs go to joblib: to the backend of the `joblib.parallel_config` around the call (Ray, Dask), by default to
    processes on this machine. Elsewhere, data and ``$ZOO_HOME`` must be found as they are here.

    Parameters
    ----------
    models : sequence of str, optional
        As for `zoo.train`. By default every recipe of every registered architecture.
    seeds : iterable of int
        Each model is trained with each.
    jobs : int, optional
        How many at a time; by default what the surrounding `joblib.parallel_config` says, or one, in this process.
    threads : int, optional
        Of each run. By default, with `jobs`, an equal share of this machine's cores; else the backend's own choice.
    dataset, recipe, epochs, init, overwrite : optional
        As for `zoo.train`, for every run.
    progress : bool
        Tell on standard error how far each run is.
    on_result : callable, optional
        Is given each result as soon as it is there.
    set_up : callable, optional
        Called in the process that trains, before each run. It must be importable there.

    Returns
    -------
    list of RunResult
        In the order of `models` and `seeds`; one per run, the failed ones included.

    Raises
    ------
    UnknownNameError
        When a model does not exist; nothing is trained then.
    KeyboardInterrupt
        When interrupted; all processes have been ended.
    """
    options = TrainingOptions(dataset=dataset, recipe=recipe, epochs=epochs, init=init, overwrite=overwrite)
    names = _full_names(models, options)
    seeds = list(dict.fromkeys(seeds))
    jobs, threads = _shares(jobs, threads, len(names) * len(seeds))
    planned = {
        name: [Job(name, seed, options, threads, progress, set_up, os.getpid()) for seed in seeds] for name in names
    }
    waves = [[job for name in wave for job in planned[name]] for wave in in_waves(names, options)]
    results = _run(waves, jobs, on_result)
    return [results[job.name] for own in planned.values() for job in own]


def _full_names(models: Iterable[str] | None, options: TrainingOptions) -> list[str]:
    """The ids of the packs, each once, as far as they are known before the data set is.

    By default those of every recipe of every architecture; a data set or a recipe that is given for all of them leaves
    one model of each architecture.
    """
    dataset, recipe = options.get("dataset"), options.get("recipe")
    if models is None:
        models = list_architectures()
        if dataset is None and recipe is None:
            models = [f"{name}.{tag}" for name in models for tag in get_architecture(name).recipes]
    named = [parse_model(model, dataset, recipe) for model in models]
    return list(dict.fromkeys(f"{known.name}.{tag}" if tag else known.name for known, tag in named))


def _shares(jobs: int | None, threads: int | None, total: int) -> tuple[int | None, int | None]:
    """How many runs at a time there are work for, and the threads of each."""
    if jobs is None:
        return None, threads
    if jobs < 1:
        raise TrainingError(f"jobs is {jobs}; it must be at least 1.")
    jobs = min(jobs, total)
    if threads is None and jobs > 1:
        import joblib

        threads = max(1, joblib.cpu_count() // jobs)
    return jobs, threads


def in_waves(names: Iterable[str], options: TrainingOptions) -> list[list[str]]:
    """Models in groups, each after the groups that its teachers are in, and what it begins with."""
    waits: dict[str, set[str]] = {}
    for name in names:
        dataset, recipe = options.get("dataset"), options.get("recipe")
        architecture, tag = parse_model(name, dataset, recipe)
        recipe = recipe or own_recipe(architecture, tag, dataset)
        asked = {*(recipe.teacher.models if recipe.teacher else ()), *([recipe.init] if recipe.init else ())}
        waits[name] = set(map(_pack_id, asked)) - {name}
    waves: list[list[str]] = []
    while waits:
        ready = [name for name, others in waits.items() if not others & waits.keys()] or list(waits)  # in a ring
        waves.append(ready)
        waits = {name: others for name, others in waits.items() if name not in ready}
    return waves


def _pack_id(model: str) -> str:
    """What a recipe names, with the default tag where it names an architecture."""
    architecture = load_plugins().architectures.get(model)
    return f"{model}.{architecture.default_tag}" if architecture else model


def execute(job: Job) -> RunResult:
    """Do one job; what goes wrong is in the result."""
    if job.set_up is not None:
        job.set_up()
    child = job.parent is not None and os.getppid() == job.parent
    if child and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends its children

    trained = False

    def after_epoch(row: dict[str, float]) -> None:
        nonlocal trained
        trained = True
        if child and os.getppid() != job.parent:
            raise SystemExit("The process that waits for this training has ended.")

    try:
        with limited_threads(job.threads):
            pack = train(
                job.model,
                seed=job.seed,
                keep_finished=True,
                progress=job.name if job.progress else False,
                on_epoch=after_epoch,
                **job.options,
            )
        return run_result(pack, "trained" if trained else "kept")
    except Exception as error:
        return RunResult(job.model, job.seed, "failed", error=error_line(error))


def run_result(pack: Pack, status: Literal["trained", "kept"] = "trained") -> RunResult:
    """The figures of a trained pack."""
    metrics = pack.manifest["metrics"]
    with shared_lock(pack.folder), (pack.folder / "history.csv").open(newline="", encoding="utf-8") as file:
        seconds = sum(float(row["seconds"]) for row in csv.DictReader(file))
    return RunResult(
        model=pack.id,
        seed=int(pack.manifest["seed"]),
        status=status,
        folder=str(pack.folder),
        accuracy=metrics["accuracy"],
        accuracy_low=metrics["accuracy_low"],
        accuracy_high=metrics["accuracy_high"],
        negative_log_likelihood=metrics["negative_log_likelihood"],
        expected_calibration_error=metrics["expected_calibration_error"],
        images=metrics["images"],
        parameters=pack.parameters,
        seconds=round(seconds, 3),
    )


def _run(
    waves: list[list[Job]], jobs: int | None, on_result: Callable[[RunResult], None] | None
) -> dict[str, RunResult]:
    """Each job's result by the job's name, wave after wave."""
    results: dict[str, RunResult] = {}
    try:
        for wave in waves:
            for job, result in _completed(wave, jobs):
                results[job.name] = result
                if on_result is not None:
                    on_result(result)
    finally:
        if jobs is not None and jobs > 1:
            _end_workers()
    return results


def _completed(wave: list[Job], jobs: int | None) -> Iterator[tuple[Job, RunResult]]:
    """Each job of a wave with its result, as they end."""
    left = {job.name: job for job in wave}
    try:
        for name, result in _parallel(jobs, wave):
            yield left.pop(name), result
    except Exception as error:
        # A process died, for which each backend has an error of its own, and all jobs end. The rest goes one at a
        # time: whose process dies again is told by that job's result, and nothing is lost of what others give. What
        # happened is told in any case: short of memory, say, each may well end when it is alone.
        warnings.warn(
            f"The trainings at work were ended by {error_line(error)} The {len(left)} that are left go on, "
            "one at a time.",
            stacklevel=1,
        )
        for job in list(left.values()):
            try:
                ((_, result),) = _parallel(max(2, jobs or 1), [job])
            except Exception as error:
                result = RunResult(job.model, job.seed, "failed", error=error_line(error))
            yield job, result


def _parallel(jobs: int | None, planned: list[Job]) -> Iterator[tuple[str, RunResult]]:
    import joblib

    try:
        parallel = joblib.Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered")
    except ValueError:  # a backend that gives its results together at the end, such as Ray's
        parallel = joblib.Parallel(n_jobs=jobs, batch_size=1)
    with contextlib.closing(iter(parallel(joblib.delayed(_named)(job) for job in planned))) as results:
        yield from results


def _end_workers() -> None:
    """End the processes that joblib keeps for the next call: each holds TensorFlow, and takes seconds to leave."""
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True, kill_workers=True)


def _named(job: Job) -> tuple[str, RunResult]:
    return job.name, execute(job)


def over_seeds(results: Sequence[RunResult]) -> list[dict[str, Any]]:
    """Each model's figures over its seeds.

    Parameters
    ----------
    results : sequence of RunResult
        Failed ones are left out.

    Returns
    -------
    list of dict
        ``model``, ``seeds`` (their number), ``parameters``, and of each figure its ``_mean`` and ``_sd``, the standard
        deviation of a sample; None for a single seed.
    """
    rows = []
    for model in dict.fromkeys(result.model for result in results if result.error is None):
        own = [result for result in results if result.model == model and result.error is None]
        row: dict[str, Any] = {"model": model, "seeds": len(own), "parameters": own[0].parameters}
        for figure in FIGURES:
            values = [getattr(result, figure) for result in own]
            row[f"{figure}_mean"] = statistics.mean(values)
            row[f"{figure}_sd"] = statistics.stdev(values) if len(own) > 1 else None
        rows.append(row)
    return rows


@contextlib.contextmanager
def limited_threads(threads: int | None) -> Iterator[None]:
    """Give Keras's backend, OpenCV and BLAS so many threads; None leaves all as it is.

    TensorFlow takes its number once per process; a process that it runs in already keeps what it has.
    """
    if threads is None:
        yield
        return
    for name in VARIABLES:
        os.environ[name] = str(threads)
    import cv2
    import keras
    from threadpoolctl import threadpool_limits

    if keras.backend.backend() == "tensorflow":
        from zoo.runtimes.tensorflow import set_tensorflow_threads

        with contextlib.suppress(ZooError):
            set_tensorflow_threads(threads)
    cv2.setNumThreads(threads)
    with threadpool_limits(threads):
        yield
