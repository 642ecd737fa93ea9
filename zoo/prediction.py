"""From picture files to answers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from zoo.errors import ImageError
from zoo.packs.pack import Pack
from zoo.packs.store import get_pack
from zoo.runtimes.runtime import Session, load

__all__ = ["Prediction", "predict"]


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
) -> Iterator[Prediction]:
    """Classify picture files, one after another; a picture that cannot be read does not stop the others.

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

    Returns
    -------
    iterator of Prediction
        In the order of `paths`.

    Raises
    ------
    UnknownNameError, MissingExtraError, PackError
        When the model cannot be opened.
    """
    pack = get_pack(model)
    if isinstance(paths, str | Path):
        paths = [paths]
    session = load(pack, runtime, precision=precision, threads=threads)
    return _predictions(pack, session, paths, raw)


def _predictions(pack: Pack, session: Session, paths: Iterable[str | Path], raw: bool) -> Iterator[Prediction]:
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
