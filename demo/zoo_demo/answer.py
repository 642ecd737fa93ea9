"""From the strokes of a drawing to what a model answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.canvas import from_strokes
from zoo.packs.pack import Pack
from zoo_demo.sessions import SessionCache

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Answer", "answer"]


@dataclass(frozen=True)
class Answer:
    """What a model answers to one drawing.

    Attributes
    ----------
    label : str
        The most probable class.
    probabilities : dict of str to float
        Of every class, in the order of the model's outputs.
    image : ndarray of shape (28, 28, 1), float32 in [0, 1]
        What the network saw.
    latency_ms : float
        Milliseconds of this inference.
    model, runtime : str
        What answered.
    """

    label: str
    probabilities: dict[str, float]
    image: np.ndarray
    latency_ms: float
    model: str
    runtime: str


def answer(strokes: object, pack: Pack, runtime: str, sessions: SessionCache) -> Answer:
    """Show a drawing to a model.

    Parameters
    ----------
    strokes : object
        What the pad sent. It comes from outside and may be anything; a drawing is a list of strokes, each a list
        of ``[x, y]``, y down, in any unit.
    pack : Pack
    runtime : str
    sessions : SessionCache

    Raises
    ------
    BlankImageError
        When nothing is drawn.
    ImageError
        When `strokes` is no drawing.
    ZooError
        When the model cannot be opened by the runtime.
    """
    image = from_strokes(strokes)  # type: ignore[arg-type]  # it checks what it gets
    found, latency_ms = sessions.run(pack, runtime, image[None])
    probabilities = dict(zip(pack.classes, found[0].tolist(), strict=True))
    return Answer(
        label=pack.classes[int(found[0].argmax())],
        probabilities=probabilities,
        image=image,
        latency_ms=latency_ms,
        model=pack.id,
        runtime=runtime,
    )
