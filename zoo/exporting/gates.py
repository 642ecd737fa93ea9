"""What an export must hold to be delivered, by precision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from numbers import Real
from typing import TYPE_CHECKING, Any

from zoo.errors import ExportError, UnknownNameError
from zoo.evaluation.parity import Parity, measure_parity

if TYPE_CHECKING:
    import numpy as np

__all__ = ["GATES", "Gate", "check_answers", "gate_for", "parse_limits"]

ROUNDING = 1e-12  # 4,945 / 5,000 - 4,940 / 5,000 is not exactly 0.001


@dataclass(frozen=True)
class Gate:
    """Limits of an export, each from 0 to 1; None is no limit.

    Attributes
    ----------
    max_difference : float, optional
        Largest absolute difference of a probability on the test images.
    largest_flipped_gap : float, optional
        Largest gap between the Keras model's two highest probabilities on a test image whose answer differs; a flip
        with a gap near 0 is a tie, not a mistake.
    min_agreement : float, optional
        Smallest share of test images with the same answer.
    max_accuracy_drop : float, optional
        How much less accurate it may be than the Keras model on the validation images, in [0, 1]. Test labels decide
        nothing.

    Raises
    ------
    ExportError
        When a limit is no number from 0 to 1.
    """

    max_difference: float | None = None
    largest_flipped_gap: float | None = None
    min_agreement: float | None = None
    max_accuracy_drop: float | None = None

    def __post_init__(self) -> None:
        for name, limit in asdict(self).items():
            if limit is not None and not (isinstance(limit, Real) and 0 <= float(limit) <= 1):
                usual = next(gate.to_dict()[name] for gate in GATES.values() if name in gate.to_dict())
                raise ExportError(
                    f"The limit '{name}={limit}' is no number from 0 to 1, as probabilities and shares of images are; "
                    f"write {name}={usual:g}, or {name}=none for no limit."
                )

    def to_dict(self) -> dict[str, float]:
        """The limits that there are, as JSON-ready data."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def failures(self, parity: Parity, accuracy_drop: float | None) -> list[str]:
        """Why an export does not pass; a limit on accuracy that could not be compared, None, is not held."""
        reasons = []
        limit = self.max_difference
        if limit is not None and not parity.max_difference <= limit:  # so that NaN fails
            reasons.append(f"a probability differs by {parity.max_difference:.2e}, allowed is {limit:.0e}")
        limit = self.largest_flipped_gap
        if limit is not None and not parity.largest_flipped_gap <= limit:
            reasons.append(
                f"{len(parity.flipped)} of {parity.images:,} answers differ, one with a gap of "
                f"{parity.largest_flipped_gap:.2e} between its two highest probabilities, allowed is {limit:.0e}"
            )
        limit = self.min_agreement
        if limit is not None and not parity.agreement >= limit:
            reasons.append(
                f"{len(parity.flipped)} of {parity.images:,} answers differ, an agreement of {parity.agreement:.2%}; "
                f"at least {limit:.2%} must agree"
            )
        limit = self.max_accuracy_drop
        if limit is not None:
            if accuracy_drop is None:
                reasons.append("its accuracy was not compared: no labelled validation images of the same classes")
            elif not accuracy_drop <= limit + ROUNDING:
                reasons.append(
                    f"accuracy on the validation images is {accuracy_drop * 100:.2f} points lower, allowed is "
                    f"{limit * 100:.2f}"
                )
        return reasons


GATES: Mapping[str, Gate] = {
    "fp32": Gate(max_difference=1e-4, largest_flipped_gap=1e-4),
    "fp16": Gate(max_difference=1e-2),
    "dynamic": Gate(min_agreement=0.998, max_accuracy_drop=0.001),
    "int8": Gate(min_agreement=0.998, max_accuracy_drop=0.001),
}


def gate_for(precision: str, changes: Mapping[str, float | None] | None = None) -> Gate:
    """The gate of a precision, with other limits; a precision that nobody knows gets the strictest."""
    changes = changes or {}
    names = [field.name for field in fields(Gate)]
    for name in changes:
        if name not in names:
            raise UnknownNameError("limit of a gate", name, names, "Write it as NAME=VALUE: min_agreement=0.99.")
    return replace(GATES.get(precision, GATES["fp32"]), **changes)


def parse_limits(texts: Iterable[str]) -> dict[str, float | None]:
    """Limits as people write them: ``min_agreement=0.99``, or ``max_difference=none`` for no limit."""
    limits: dict[str, Any] = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            limits[name] = None if value == "none" else float(value)
        except ValueError:
            limits[name] = value  # which the next line refuses
    gate_for("", limits)
    return limits


def check_answers(precision: str, reference: np.ndarray, candidate: np.ndarray) -> tuple[float, list[str]]:
    """Hold answers against those of the Keras model, by the gate of a precision, as far as it needs no labels.

    Parameters
    ----------
    precision : str
    reference, candidate : ndarray of shape (n, classes), float32
        Probabilities of the Keras model and of another file, for the same images.

    Returns
    -------
    agreement : float
        Share of images with the same answer.
    failures : list of str
        Why the gate is not passed; empty when it is.

    Raises
    ------
    ValueError
        When the shapes differ.
    """
    parity = measure_parity(reference, candidate)
    return parity.agreement, replace(gate_for(precision), max_accuracy_drop=None).failures(parity, None)
