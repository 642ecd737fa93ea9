"""Do two models compute the same function? Compared on real images, without labels."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

__all__ = ["Parity", "measure_parity"]


@dataclass(frozen=True)
class Parity:
    """How far a candidate's probabilities are from the reference's."""

    images: int
    max_difference: float  # of a probability, absolute; NaN when an output is not a number, as is the mean
    mean_difference: float
    agreement: float  # share of images with the same answer
    flipped: list[int]  # the images with another answer
    largest_flipped_gap: float  # between the reference's two highest probabilities; near 0 it is a tie, no mistake

    def to_dict(self) -> dict[str, Any]:
        """The parity as JSON-ready data."""
        return asdict(self)


def measure_parity(reference: np.ndarray, candidate: np.ndarray) -> Parity:
    """Compare the probabilities (n, classes) of two models on the same images; `ValueError` where the shapes differ."""
    if reference.shape != candidate.shape:
        raise ValueError(f"the outputs have shapes {reference.shape} and {candidate.shape}")
    difference = np.abs(reference.astype(np.float64) - candidate)
    flipped = np.flatnonzero(reference.argmax(axis=1) != candidate.argmax(axis=1))
    top_two = np.sort(reference[flipped], axis=1)[:, -2:]
    return Parity(
        images=len(reference),
        max_difference=float(difference.max()),
        mean_difference=float(difference.mean()),
        agreement=1 - len(flipped) / len(reference),
        flipped=flipped.tolist(),
        largest_flipped_gap=float((top_two[:, 1] - top_two[:, 0]).max(initial=0)),
    )
