"""What a model for drawing learns from: MNIST, the digits that people drew with a pen, and what is no digit at all."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from zoo.contract.dataset import Dataset, DatasetSource, Split, array_digest
from zoo.datasets.drawn.pen_strokes import DIGESTS, FOLDS, load_pen_strokes, locate_pen_strokes
from zoo.datasets.mnist import load_mnist, locate_mnist
from zoo.errors import DatasetError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["CANVAS_DIGITS"]

LETTER_COPIES = 3  # there are fewer letters than scribbles; augmentation makes the copies differ


def load_canvas(argument: str | None, image_shape: tuple[int, int, int]) -> Dataset:
    """Load MNIST's parts, with pen digits in the training part and with outliers, both drawn when they are first used.

    Each pen digit is there three times: as it was written, varied, and painted with a brush and read from pixels. The
    outliers are scribbles, letters and pairs of digits. ``"fold0"`` to ``"fold4"`` leave six of the 30 writers out
    altogether, so that they can judge (``zoo benchmark drawn``). Images are (28, 28, 1) in any case.
    """
    import numpy as np

    from zoo.datasets.drawn import rendering
    from zoo.datasets.drawn.letters import TRAINING_FONTS, letter_images

    held = _held_out(argument)
    mnist = load_mnist(None, image_shape)
    folds = [fold for fold in range(len(FOLDS)) if fold != held]
    letters = letter_images(TRAINING_FONTS)
    pen_strokes = functools.cache(load_pen_strokes)

    def training_part() -> Split:
        pens = pen_strokes()
        chosen = pens.of_writers(tuple(writer for fold in folds for writer in FOLDS[fold]))
        makers = (rendering.written_digits, rendering.varied_digits, rendering.painted_digits)
        return Split(
            np.concatenate([mnist.train.images, *(make(pens)[chosen] for make in makers)]),
            np.concatenate([mnist.train.labels, *[pens.label[chosen].astype(np.int64)] * len(makers)]),
        )

    def outliers() -> np.ndarray:
        pairs = [rendering.pair_images(pen_strokes(), fold) for fold in folds]
        return np.concatenate([rendering.scribble_images(), *[letters] * LETTER_COPIES, *pairs])

    left_out = {} if held is None else {"writers_left_out": array_digest(np.array(FOLDS[held], dtype=np.uint8))}
    return Dataset(
        name="canvas" if held is None else f"canvas:fold{held}",
        classes=mnist.classes,
        train=training_part,
        validation=mnist.validation,
        test=mnist.test,
        digests={
            **{f"mnist_{name}": digest for name, digest in mnist.digests.items()},
            **{f"pendigits_{name}": digest for name, digest in DIGESTS.items()},
            "letters": array_digest(letters),
            **left_out,  # or a teacher's answers to one fold would be taken for those to another
        },
        like_canvas=True,
        calibration=mnist.calibration,
        outliers=outliers,
    )


def locate_canvas() -> str | None:
    """Where its two sources lie on this machine; None when one is nowhere."""
    places = (locate_mnist(), locate_pen_strokes())
    return None if None in places else " and ".join(map(str, places))


def _held_out(argument: str | None) -> int | None:
    if argument is None:
        return None
    match = re.fullmatch("fold([0-4])", argument)
    if match is None:
        raise DatasetError(
            f"canvas:{argument} does not exist. Give canvas, or canvas:fold0 to canvas:fold4 to leave out six writers."
        )
    return int(match[1])


CANVAS_DIGITS = DatasetSource(
    name="canvas",
    load=load_canvas,
    summary=(
        "MNIST; in the training part also 7,494 digits that 30 people drew with a pen (E. Alpaydin, F. Alimoglu, UCI, "
        "https://doi.org/10.24432/C5MG6K), and what is no digit"
    ),
    license="CC BY-SA 3.0 (MNIST), CC BY 4.0 (pen digits)",
    locate=locate_canvas,
)
