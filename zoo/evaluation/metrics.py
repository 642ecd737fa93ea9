"""Every metric of an evaluation, and the two figures of a model that are fitted to validation images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.errors import MissingExtraError

__all__ = [
    "REFUSED_SHARE",
    "classification_metrics",
    "expected_calibration_error",
    "fit_temperature",
    "fit_threshold",
    "require_sklearn",
    "wilson_interval",
]

CALIBRATION_BINS = 15
TEMPERATURES = (0.05, 20.0)
REFUSED_SHARE = 0.0075
"""Share of real images that a model may refuse: less than the 1 % that is bearable, as other people's are harder."""


def require_sklearn() -> None:
    """Raise `MissingExtraError` where scikit-learn is not installed."""
    try:
        import sklearn  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtraError("scikit-learn", "evaluate", "Evaluating") from error


def classification_metrics(probabilities: np.ndarray, labels: np.ndarray, classes: Sequence[str]) -> dict[str, Any]:
    """Every metric of `zoo.Evaluation` by its name, from probabilities (n, classes) and true labels (n,)."""
    require_sklearn()
    from sklearn.metrics import accuracy_score, confusion_matrix, log_loss, precision_recall_fscore_support

    positions = np.arange(len(classes))
    answers = probabilities.argmax(axis=1)
    correct = int(accuracy_score(labels, answers, normalize=False))
    low, high = wilson_interval(correct, len(labels))

    def scores(average: str | None) -> tuple[Any, Any, Any, Any]:
        found: tuple[Any, Any, Any, Any] = precision_recall_fscore_support(
            labels, answers, labels=positions, average=average, zero_division=0
        )
        return found

    def averaged(average: str) -> dict[str, float]:
        names = ("precision", "recall", "f1")
        return {name: float(score) for name, score in zip(names, scores(average)[:3], strict=True)}

    # float32 rows sum to 1 within rounding only, which scikit-learn warns about.
    exact = probabilities.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    return {
        "images": len(labels),
        "accuracy": correct / len(labels),
        "accuracy_low": low,
        "accuracy_high": high,
        "negative_log_likelihood": float(log_loss(labels, exact, labels=positions)),
        "expected_calibration_error": expected_calibration_error(probabilities, labels),
        "macro": averaged("macro"),
        "weighted": averaged("weighted"),
        "per_class": {
            name: {"precision": float(p), "recall": float(r), "f1": float(f), "images": int(n)}
            for name, p, r, f, n in zip(classes, *scores(None), strict=True)
        },
        "confusion_matrix": confusion_matrix(labels, answers, labels=positions).tolist(),
    }


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean gap between confidence and accuracy over 15 bins of equal width (Guo et al. 2017, arXiv 1706.04599)."""
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


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the lowest negative log likelihood (Guo et al. 2017, arXiv 1706.04599), from 0.05 to 20.

    The logits (n, classes) are those of validation images, never of test images. Dividing them by it changes no
    answer, only the confidence.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    wide = logits.astype(np.float64)
    own = wide[np.arange(len(labels)), labels]

    def loss(log_temperature: float) -> float:
        temperature = np.exp(log_temperature)
        return float(np.mean(logsumexp(wide / temperature, axis=1) - own / temperature))

    return float(np.exp(minimize_scalar(loss, bounds=tuple(np.log(TEMPERATURES)), method="bounded").x))


def fit_threshold(probabilities: np.ndarray, share: float = REFUSED_SHARE) -> float:
    """The highest threshold, for `zoo.Rejection`, that refuses at most a share of images that do show a class.

    The probabilities (n, classes) are those of validation images, never of test images.
    """
    highest = np.sort(probabilities.max(axis=1))
    # A hair below the last one that is let through, as runtimes differ in the last digits.
    return float(highest[int(share * len(highest))]) * (1 - 1e-4)
