"""Checks again, at any time and anywhere, that a pack's files are what its certificates say."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path
from typing import Any

from zoo.contract.exporter import Exporter
from zoo.contract.pack import Artifact, Cell, Pack
from zoo.errors import ExportError, error_line
from zoo.evaluation.parity import Parity
from zoo.exporting.certificate import Evidence, Reference, file_metadata, read_certificate
from zoo.exporting.gates import Gate, gate_for
from zoo.exporting.plan import comparison_data
from zoo.packs.store import get_pack
from zoo.plugins import load_plugins

__all__ = ["Verification", "recheck", "verify"]

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
SHOWN = 5  # figures that are named


@dataclass(frozen=True)
class Verification:
    """What became of one artifact.

    Attributes
    ----------
    cell : Cell
        Its format, precision and variant.
    reason : str or None
        Why it failed; None when it passed.
    parity : Parity or None
        The comparison with the Keras model; None when it was not reached.
    certificate : dict or None
        All that was found, as in a certificate; None when the comparison was not reached.
    """

    cell: Cell
    reason: str | None
    parity: Parity | None = None
    certificate: dict[str, Any] | None = None

    @property
    def passed(self) -> bool:
        """Whether the artifact is what it claims to be."""
        return self.reason is None

    @property
    def format(self) -> str:
        """That of the artifact: ``"tflite"``."""
        return self.cell.format

    @property
    def precision(self) -> str:
        """That of the artifact: ``"int8"``."""
        return self.cell.precision

    @property
    def variant(self) -> str:
        """That of the artifact: ``"batch1"``; empty for the plain file."""
        return self.cell.variant


def verify(
    model: str | Path | Pack,
    *,
    parity_data: str | None = None,
    gate: Mapping[str, float | None] | None = None,
) -> list[Verification]:
    """Verify every artifact of a pack: its bytes, where it came from, its structure, its certificate, and its answers.

    Parameters
    ----------
    model : str, path-like or Pack
        An id, an architecture or the folder of a pack.
    parity_data : str, optional
        The data set whose images are compared, instead of the pack's own.
    gate : mapping of str to float or None, optional
        Other limits than those of `zoo.exporting.gates.GATES`, as in `zoo.export`. What a certificate says about its
        gate is not believed.

    Returns
    -------
    list of Verification
        One per exported artifact.

    Raises
    ------
    PackError
        When the source, ``model.keras``, is damaged: then there is nothing to compare with.
    DatasetError, MissingExtraError
        When the images or a package are not at hand.
    UnknownNameError, ExportError
        When a limit of the gate does not exist, or is no number from 0 to 1.
    """
    pack = get_pack(model)
    gates = {artifact.precision: gate_for(artifact.precision, gate) for artifact in pack.artifacts}
    pack.artifact("keras").verified_path()
    artifacts = [artifact for artifact in pack.artifacts if artifact.certificate or artifact.format != "keras"]
    if not artifacts:
        return []
    reference = Reference(pack, comparison_data(pack, parity_data))
    return [_verified(artifact, reference, gates[artifact.precision]) for artifact in artifacts]


def _verified(artifact: Artifact, reference: Reference, gate: Gate) -> Verification:
    evidence = None
    try:
        artifact.verified_path()
        certificate = read_certificate(artifact)
        _check_structure(artifact)
        evidence = reference.evidence_for(artifact, gate)
        reason = "; ".join(filter(None, (*evidence.failures, recheck(certificate, evidence)))) or None
    except Exception as error:  # an exporter's check raises anything on a file that is not what it should be
        reason = error_line(error)
    if evidence is None:
        return Verification(artifact.cell, reason)
    return Verification(artifact.cell, reason, evidence.parity, evidence.certificate)


def _check_structure(artifact: Artifact) -> None:
    """Let the exporter of the format read the file back, metadata included."""
    exporter: Exporter = load_plugins().find("exporter", artifact.format)
    metadata = file_metadata(artifact.pack)
    del metadata["made_by"]  # another version of the zoo may have made the file
    exporter.check(artifact.path, replace(exporter.job_of(artifact.cell), metadata=metadata))


@dataclass(frozen=True)
class Tolerance:
    """How far a figure may be from what it was."""

    images: float  # share of images that may be answered otherwise, rounded up
    largest: float  # of the largest difference of a probability, absolute
    means: float  # of means over images, relative

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


HERE = Tolerance(images=0, largest=1e-5, means=1e-3)
ELSEWHERE = Tolerance(images=5e-4, largest=0.05, means=0.1)
FP32_ELSEWHERE = Tolerance(images=1e-4, largest=1e-4, means=0.01)


def recheck(certificate: Mapping[str, Any], evidence: Evidence) -> str | None:
    """Where a certificate does not say what is measured now; None when it does, or is about other images."""
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
    tolerance = HERE if here else FP32_ELSEWHERE if found["precision"] == "fp32" else ELSEWHERE
    claimed = dict(_leaves({key: certificate.get(key) for key in MEASURED}))
    measured = dict(_leaves({key: found[key] for key in MEASURED}))
    if certificate.get("validation") is None and certificate["gate"].get("max_accuracy_drop") is None:
        measured = {path: now for path, now in measured.items() if not path.startswith("validation.")}
    wrong, moved = [], False
    for path in sorted(measured, key=lambda path: _name(path) in FOLLOWING):
        name, said, now = _name(path), claimed.get(path), measured[path]
        images = found["validation"]["images"] if path.startswith("validation.") else found["images"]
        if moved and name in FOLLOWING:
            continue
        if not tolerance.allows(name, said, now, images):
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
