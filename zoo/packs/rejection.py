"""When a model's answer is withheld, because what it was shown is probably none of its classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zoo.errors import PackError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["NOT_SURE", "Rejection"]

NOT_SURE = "not sure this is a digit"
"""What to tell people instead of an answer that is withheld."""


@dataclass(frozen=True)
class Rejection:
    """Withholds answers whose probability is low.

    It belongs to a model that was trained to answer all classes alike to what shows none of them: scribbles, letters,
    two digits at once (outlier exposure, Hendrycks et al. 2019, https://arxiv.org/abs/1812.04606). So the highest
    probability decides, which every runtime gives in every precision.

    Parameters
    ----------
    threshold : float
        Lowest probability of an answer, in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from zoo import Rejection
    >>> Rejection(threshold=0.5).rejects(np.array([[0.9, 0.1, 0.0], [0.4, 0.3, 0.3]]))
    array([False,  True])
    """

    threshold: float

    def rejects(self, probabilities: np.ndarray) -> np.ndarray:
        """Decide for each image.

        Parameters
        ----------
        probabilities : ndarray of shape (..., classes), float
            What a session answers: for n images (n, classes), for a single one (classes,).

        Returns
        -------
        ndarray of shape (...), bool
            True where the answer is to be withheld.
        """
        rejected: np.ndarray = probabilities.max(axis=-1) < self.threshold
        return rejected

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any], where: str) -> Rejection | None:
        """What ``pack.json`` says under ``rejection``; packs that answer whatever they are shown have none.

        Parameters
        ----------
        manifest : mapping
            The whole of it.
        where : str
            What to call it in a message.

        Returns
        -------
        Rejection or None

        Raises
        ------
        PackError
            When there is no threshold in [0, 1].
        """
        entry = manifest.get("rejection")
        if entry is None:
            return None
        threshold = entry.get("threshold") if isinstance(entry, dict) else None
        if not isinstance(threshold, int | float) or isinstance(threshold, bool) or not 0 <= threshold <= 1:
            raise PackError(
                f"{where}: rejection is {entry!r}, not an object with a threshold from 0 to 1; the pack is damaged."
            )
        return cls(float(threshold))
