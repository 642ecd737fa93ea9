"""Metrics that are not in scikit-learn, and numpy's softmax."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "REFUSED_SHARE",
    "expected_calibration_error",
    "fit_temperature",
    "fit_threshold",
    "softmax",
    "wilson_interval",
]

CALIBRATION_BINS = 15


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Probabilities of logits divided by a temperature.

    Parameters
    ----------
    logits : ndarray of shape (n, classes), float32
    temperature : float

    Returns
    -------
    ndarray of shape (n, classes), float32
    """
    import numpy as np

    scaled = logits / np.float32(temperature)
    exponentials = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probabilities: np.ndarray = exponentials / exponentials.sum(axis=1, keepdims=True)
    return probabilities


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean gap between confidence and accuracy over 15 bins of equal width (Guo et al. 2017, arXiv 1706.04599).

    Parameters
    ----------
    probabilities : ndarray of shape (n, classes)
    labels : ndarray of shape (n,), int

    Returns
    -------
    float
        In [0, 1].
    """
    import numpy as np

    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, weights=correct.astype(float) - confidence, minlength=CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / len(labels))


def wilson_interval(correct: int, total: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a proportion (Wilson 1927).

    Parameters
    ----------
    correct, total : int
        How many were right, and of how many.

    Returns
    -------
    low : float
        Lower bound, in [0, 1].
    high : float
        Upper bound, in [0, 1].
    """
    from scipy.stats import binomtest

    interval = binomtest(correct, total).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


RANGE = (0.05, 20.0)


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the lowest negative log likelihood (Guo et al. 2017, arXiv 1706.04599).

    Parameters
    ----------
    logits : ndarray of shape (n, classes), float32
        Of validation images, never of test images.
    labels : ndarray of shape (n,), int

    Returns
    -------
    float
        From 0.05 to 20. Dividing the logits by it changes no answer, only the confidence.
    """
    import numpy as np
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    wide = logits.astype(np.float64)
    own = wide[np.arange(len(labels)), labels]

    def loss(log_temperature: float) -> float:
        temperature = np.exp(log_temperature)
        return float(np.mean(logsumexp(wide / temperature, axis=1) - own / temperature))

    return float(np.exp(minimize_scalar(loss, bounds=tuple(np.log(RANGE)), method="bounded").x))


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
