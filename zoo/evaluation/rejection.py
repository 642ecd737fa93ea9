"""The probability below which an answer is withheld, found on images that show what the model knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["REFUSED_SHARE", "fit_threshold"]

REFUSED_SHARE = 0.0075
"""Share of real images that a model may refuse: less than the 1 % that is bearable, as other people's are harder."""


def fit_threshold(probabilities: np.ndarray, share: float = REFUSED_SHARE) -> float:
    """The highest threshold that refuses at most a share of images that do show one of the classes.

    Parameters
    ----------
    probabilities : ndarray of shape (n, classes), float32
        For validation images, never for test images.
    share : float
        In [0, 1).

    Returns
    -------
    float
        In [0, 1], for `zoo.Rejection`.
    """
    import numpy as np

    highest = np.sort(probabilities.max(axis=1))
    # A hair below the last one that is let through, as runtimes differ in the last digits.
    return float(highest[int(share * len(highest))]) * (1 - 1e-4)
