"""From picture files to answers."""

from __future__ import annotations

import signal
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.contract.pack import Pack
from zoo.contract.runtime import Session
from zoo.errors import ImageError, ZooError
from zoo.packs.store import get_pack
from zoo.runtimes.open import load

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["Prediction", "predict"]

CHUNK = 32  # pictures that a process is handed at a time
AHEAD = 2  # chunks per process that wait or are worked on

_opened: tuple[Pack, Session, bool]  # what a process of the pool works with: the model, and whether pictures are raw


@dataclass(frozen=True)
class Prediction:
    """What a model answers to one picture.

    Attributes
    ----------
    path : str
        The picture.
    label : str or None
        The most probable class; None when the picture could not be read.
    probability : float or None
        Of the label, in [0, 1].
    probabilities : dict of str to float, or None
        Of every class.
    latency_ms : float or None
        Milliseconds of the inference alone.
    error : str or None
        Why there is no answer.
    rejected : bool or None
        Whether the picture probably shows none of the classes, so that the label is no answer. None when the model
        cannot tell, or the picture could not be read.
    """

    path: str
    label: str | None = None
    probability: float | None = None
    probabilities: dict[str, float] | None = None
    latency_ms: float | None = None
    error: str | None = None
    rejected: bool | None = None


def predict(
    model: str | Path | Pack,
    paths: str | Path | Iterable[str | Path],
    *,
    runtime: str | None = None,
    precision: str = "fp32",
    threads: int | None = None,
    raw: bool = False,
    jobs: int = 1,
) -> Generator[Prediction, None, None]:
    """Classify picture files, as a stream of any length; a picture that cannot be read does not stop the others.

    Parameters
    ----------
    model : str, path-like or Pack
        An id, an architecture or the folder of a pack.
    paths : path-like or iterable of path-like
    runtime, precision : str
        As for `zoo.load`.
    threads : int, optional
        As for `zoo.load`.
    raw : bool
        Only resize the pictures, instead of finding the ink and centring it as `zoo.canvas` does. For pictures
        that are made like the training images.
    jobs : int
        Processes that share the work, each with a session of its own. More than one is for a thousand pictures and
        more; a script that asks for it needs the guard ``if __name__ == "__main__":``.

    Returns
    -------
    generator of Prediction
        In the order of `paths`. Closing it ends the processes.

    Raises
    ------
    UnknownNameError, MissingExtraError, PackError
        When the model cannot be opened.
    ZooError
        When `jobs` is no number of at least 1; or, on the way, when a process was killed.
    """
    if not isinstance(jobs, int) or jobs < 1:
        raise ZooError(f"jobs is {jobs!r}; it must be a whole number of at least 1.")
    pack = get_pack(model)
    if isinstance(paths, str | Path):
        paths = [paths]
    session = load(pack, runtime, precision=precision, threads=threads)
    if jobs == 1:
        return _predictions(pack, session, paths, raw)
    options = {"runtime": runtime, "precision": precision, "threads": threads}
    return _in_processes(map(str, paths), jobs, (pack.folder, options, raw))


def _predictions(
    pack: Pack, session: Session, paths: Iterable[str | Path], raw: bool
) -> Generator[Prediction, None, None]:
    """Classify pictures one by one in this process."""
    import numpy as np

    from zoo.canvas import from_image, open_image, raw_image

    session.run(np.zeros((1, *pack.input_shape), np.float32))  # the first call also warms caches up
    rejection = pack.rejection
    centred = not raw and pack.manifest["preprocessing"].get("canvas") is not None
    for path in paths:
        try:
            picture = open_image(path)
            image = from_image(picture) if centred else raw_image(picture, pack.input_shape)
        except ImageError as error:
            yield Prediction(path=str(path), error=str(error))
            continue
        start = time.perf_counter()
        probabilities = session.run(image[None])[0]
        latency_ms = (time.perf_counter() - start) * 1000
        best = int(probabilities.argmax())
        yield Prediction(
            path=str(path),
            label=pack.classes[best],
            probability=float(probabilities[best]),
            probabilities=dict(zip(pack.classes, probabilities.tolist(), strict=True)),
            latency_ms=round(latency_ms, 4),
            rejected=bool(rejection.rejects(probabilities)) if rejection else None,
        )


def _in_processes(
    paths: Iterator[str], jobs: int, model: tuple[Path, dict[str, Any], bool]
) -> Generator[Prediction, None, None]:
    """Classify pictures in the order of their paths; only a few chunks are on their way."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    chunks = iter(lambda: list(islice(paths, CHUNK)), [])
    # Not forked: runtimes have threads, and do not outlive a fork.
    with ProcessPoolExecutor(jobs, get_context("spawn"), _open_model, model) as pool:
        waiting: deque[Future[list[Prediction]]] = deque()
        try:
            while True:
                waiting += [pool.submit(_predict_chunk, chunk) for chunk in islice(chunks, jobs * AHEAD - len(waiting))]
                if not waiting:
                    return
                yield from waiting.popleft().result()
        except BrokenProcessPool as error:
            raise ZooError(
                "A process that classified pictures was killed, perhaps for want of memory. Try fewer --jobs."
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _open_model(folder: Path, options: dict[str, Any], raw: bool) -> None:
    """Open the model in a process of the pool, which `_opened` then holds."""
    global _opened
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that was started by hand
    pack = get_pack(folder)
    _opened = (pack, load(pack, **options), raw)


def _predict_chunk(paths: list[str]) -> list[Prediction]:
    pack, session, raw = _opened
    return list(_predictions(pack, session, paths, raw))
