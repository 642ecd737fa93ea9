"""Temperature scaling: one number that makes confidence mean what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["fit_temperature"]

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
