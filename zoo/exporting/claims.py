"""What a certificate says, held against what is measured now.

With the same versions on the same processor a file answers the same: counts of images must be equal, and all other
figures but for rounding. Elsewhere kernels may add in another order and round otherwise: an image near a tie changes
sides, a probability moves. `ELSEWHERE` says how much of that is no contradiction.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING, Any

from zoo.errors import ExportError
from zoo.exporting.gates import Gate

if TYPE_CHECKING:
    from zoo.exporting.certificate import Evidence

__all__ = ["contradictions"]


@dataclass(frozen=True)
class Slack:
    """How far a figure may be from what it was.

    Attributes
    ----------
    images : float
        Share of images that may be answered otherwise, rounded up.
    largest : float
        Of the largest difference of a probability, absolute.
    means : float
        Of means over images, relative.
    """

    images: float
    largest: float
    means: float

    def allows(self, name: str, said: Any, now: Any, images: int) -> bool:
        """Whether a figure is what it was, by the kind that its name says."""
        most = math.ceil(self.images * images)
        if isinstance(now, list):  # positions of images
            return isinstance(said, list) and len({*map(str, said)} ^ {*map(str, now)}) <= most
        if now is None or not isinstance(said, Real):
            return said is now
        distance = abs(float(said) - float(now))
        if name in SHARES:
            return distance * images <= most + 1e-6
        if name in COUNTS:
            return distance <= most
        if name in MEANS:
            return math.isclose(said, now, rel_tol=self.means, abs_tol=ROUNDING)
        if name in LARGEST:
            return distance <= self.largest
        return math.isclose(said, now, rel_tol=1e-6, abs_tol=1e-9)


HERE = Slack(images=0, largest=1e-5, means=1e-3)
ELSEWHERE = Slack(images=5e-4, largest=0.05, means=0.1)
FP32_ELSEWHERE = Slack(images=1e-4, largest=1e-4, means=0.01)
ROUNDING = 1e-5  # of a mean, absolute: that of fp32's differences is next to nothing
CONDITIONS = ("runtime", "versions", "cpu")
MEASURED = (
    "images", "max_difference", "mean_difference", "agreement", "flipped", "largest_flipped_gap", "accuracy",
    "validation",
)  # fmt: skip
SHARES = ("agreement", "accuracy", "keras", "artifact")
COUNTS = ("only_artifact_right", "only_keras_right")
MEANS = ("mean_difference", "negative_log_likelihood", "expected_calibration_error")
LARGEST = ("max_difference", "largest_flipped_gap")
FOLLOWING = (  # from which images are answered how: where that differs, they do, too
    "largest_flipped_gap", "accuracy_low", "accuracy_high", "difference", "difference_low", "difference_high",
    "p_value", "drop",
)  # fmt: skip
SHOWN = 5  # contradictions that are named


def contradictions(certificate: Mapping[str, Any], evidence: Evidence) -> str | None:
    """Where a certificate does not say what is measured now.

    Parameters
    ----------
    certificate : mapping
        That of a file in a pack.
    evidence : Evidence
        What was found about the same file now.

    Returns
    -------
    str or None
        What it says and what was measured. None when all fit, and when the certificate is about other images.
    """
    if certificate.get("dataset") != evidence.certificate["dataset"]:
        return None
    wrong = [*_wrong_verdict(certificate, evidence), *_wrong_figures(certificate, evidence.certificate)]
    if not wrong:
        return None
    more = f", and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    return (
        f"the certificate does not say what is measured now: {', '.join(wrong[:SHOWN])}{more}; make the file anew with "
        "'zoo export'"
    )


def _wrong_verdict(certificate: Mapping[str, Any], evidence: Evidence) -> list[str]:
    """A file in the pack has passed, by the gate that its certificate names."""
    if certificate.get("passed") is not True or certificate.get("failures") != []:
        return ["it says that the file failed"]
    validation = evidence.certificate["validation"]
    try:
        gate = Gate(**certificate["gate"])
    except (KeyError, TypeError, ExportError):
        return [f"gate is {certificate.get('gate')!r}"]
    if validation is None:  # it was not measured, as the gate of today does not ask for it
        gate = replace(gate, max_accuracy_drop=None)
    failures = gate.failures(evidence.parity, validation["drop"] if validation else None)
    return [f"its gate is not held: {failure}" for failure in failures]


def _wrong_figures(certificate: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    here = all(certificate.get(key) == found[key] for key in CONDITIONS)
    slack = HERE if here else FP32_ELSEWHERE if found["precision"] == "fp32" else ELSEWHERE
    told = dict(_leaves({key: certificate.get(key) for key in MEASURED}))
    measured = dict(_leaves({key: found[key] for key in MEASURED}))
    if certificate.get("validation") is None and certificate["gate"].get("max_accuracy_drop") is None:
        measured = {path: now for path, now in measured.items() if not path.startswith("validation.")}
    wrong, moved = [], False
    for path in sorted(measured, key=lambda path: _name(path) in FOLLOWING):
        name, said, now = _name(path), told.get(path), measured[path]
        images = found["validation"]["images"] if path.startswith("validation.") else found["images"]
        if moved and name in FOLLOWING:
            continue
        if not slack.allows(name, said, now, images):
            wrong.append(f"{path} is {_text(said)} there and {_text(now)} here")
        moved = moved or (name in (*SHARES, *COUNTS, "flipped") and said != now)
    return wrong


def _leaves(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Every figure by its path: ``accuracy.keras.accuracy``."""
    for key, item in value.items():
        if isinstance(item, Mapping):
            yield from _leaves(item, f"{path}{key}.")
        else:
            yield f"{path}{key}", item


def _name(path: str) -> str:
    return path.rpartition(".")[2]


def _text(value: object) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return f"{value:.6g}" if isinstance(value, float) else repr(value)
