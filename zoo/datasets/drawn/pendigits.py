"""What 30 people drew with a pen when they were asked for digits, as images. See `zoo.datasets.drawn.pen_strokes`."""

from __future__ import annotations

from zoo.contract.dataset import Dataset, DatasetSource, Split
from zoo.datasets.drawn.pen_strokes import DIGESTS, FOLDS, load_pen_strokes, locate_pen_strokes

__all__ = ["PENDIGITS"]


def load_pendigits(argument: str | None, image_shape: tuple[int, int, int]) -> Dataset:
    """Load the pen digits, drawn by `zoo.canvas` at (28, 28, 1): 18 writers train, 6 validate, 6 test.

    The argument is the path of the strokes, as for `load_pen_strokes`.
    """
    import numpy as np

    from zoo.datasets.drawn.rendering import written_digits

    pens = load_pen_strokes(argument)
    images, labels = written_digits(pens), pens.label.astype(np.int64)

    def split(*folds: int) -> Split:
        chosen = pens.of_writers(tuple(writer for fold in folds for writer in FOLDS[fold]))
        return Split(images[chosen], labels[chosen])

    return Dataset(
        name="pendigits",
        classes=tuple("0123456789"),
        train=split(0, 1, 2),
        validation=split(3),
        test=split(4),
        digests=DIGESTS,
        like_canvas=True,
    )


PENDIGITS = DatasetSource(
    name="pendigits",
    load=load_pendigits,
    summary="7,494 digits that 30 people drew with a pen (E. Alpaydin, F. Alimoglu, UCI), as images",
    license="CC BY 4.0",
    locate=locate_pen_strokes,
)
