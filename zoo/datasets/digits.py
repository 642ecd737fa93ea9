"""scikit-learn's 1,797 real handwritten digits: small, and always at hand.

E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI Machine Learning Repository. The copy that
comes with scikit-learn holds 8 x 8 images with 17 grey levels.
"""

from __future__ import annotations

from importlib.util import find_spec

from zoo.contract.dataset import Dataset, DatasetSource, Split, array_digest
from zoo.errors import MissingExtraError

__all__ = ["DIGITS"]

INK_BOX = 20  # MNIST's digits fill a box of 20 x 20 in an image of 28 x 28
SPLIT_SEED = 0


def load_digits(argument: str | None, image_shape: tuple[int, int, int]) -> Dataset:
    """Load the digits at MNIST's scale, (28, 28, 1): 1,257 training, 180 validation and 360 test images."""
    try:
        from sklearn import datasets
    except ModuleNotFoundError as error:
        raise MissingExtraError("scikit-learn", "evaluate", "The data set 'digits'") from error
    import numpy as np
    from PIL import Image

    images, labels = datasets.load_digits(return_X_y=True)
    small = (images.reshape(-1, 8, 8) * (255 / 16)).round().astype(np.uint8)
    large = np.zeros((len(small), 28, 28, 1), dtype=np.uint8)
    margin = (28 - INK_BOX) // 2
    for source, target in zip(small, large, strict=True):
        scaled = Image.fromarray(source).resize((INK_BOX, INK_BOX), Image.Resampling.BICUBIC)
        target[margin:-margin, margin:-margin, 0] = np.asarray(scaled)
    labels = labels.astype(np.int64)

    order = np.random.default_rng(SPLIT_SEED).permutation(len(labels))
    test, validation, train = order[:360], order[360:540], order[540:]
    return Dataset(
        name="digits",
        classes=tuple("0123456789"),
        train=Split(large[train], labels[train]),
        validation=Split(large[validation], labels[validation]),
        test=Split(large[test], labels[test]),
        digests={"images": array_digest(small), "labels": array_digest(labels.astype(np.uint8))},
        like_canvas=True,
    )


def locate_digits() -> str | None:
    """Where the digits are: within scikit-learn, when it is installed."""
    return "in scikit-learn" if find_spec("sklearn") else None


DIGITS = DatasetSource(
    name="digits",
    load=load_digits,
    summary="1,797 handwritten digits that come with scikit-learn, scaled up to 28 x 28",
    license="CC BY 4.0",
    locate=locate_digits,
)
