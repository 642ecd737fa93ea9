"""Checks again, at any time and anywhere, that a pack's files are what its certificates say."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.contract.exporter import Exporter
from zoo.contract.pack import Artifact, Pack
from zoo.errors import ExportError, PackError, error_line
from zoo.evaluation.parity import Parity
from zoo.exporting.certificate import Reference, comparison_data, file_metadata
from zoo.exporting.gates import Gate, gate_for
from zoo.packs.store import get_pack
from zoo.plugins import load_plugins

if TYPE_CHECKING:
    from zoo.exporting.certificate import Evidence

__all__ = ["Verification", "check_lineage", "contradictions", "verify"]


@dataclass(frozen=True)
class Verification:
    """What became of one artifact.

    Attributes
    ----------
    format, precision, variant : str
    reason : str or None
        Why it failed; None when it passed.
    parity : Parity or None
        The comparison with the Keras model; None when it was not reached.
    certificate : dict or None
        All that was found, as in a certificate; None when the comparison was not reached.
    """

    format: str
    precision: str
    variant: str
    reason: str | None
    parity: Parity | None
    certificate: dict[str, Any] | None

    @property
    def passed(self) -> bool:
        """Whether the artifact is what it claims to be."""
        return self.reason is None


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
    metadata = file_metadata(pack)
    del metadata["made_by"]  # another version of the zoo may have made the file
    artifacts = [artifact for artifact in pack.artifacts if artifact.certificate or artifact.format != "keras"]
    if not artifacts:
        return []
    reference = Reference(pack, comparison_data(pack, parity_data))
    verifications = []
    for artifact in artifacts:
        reason, evidence = None, None
        try:
            artifact.verified_path()
            certificate = check_lineage(artifact)
            exporter: Exporter = load_plugins().find("exporter", artifact.format)
            job = exporter.job_of(artifact.precision, artifact.variant)
            exporter.check(artifact.path, replace(job, metadata=metadata))
            evidence = reference.judge(artifact, gates[artifact.precision])
            reason = "; ".join(filter(None, (*evidence.failures, contradictions(certificate, evidence)))) or None
        except Exception as error:  # an exporter's check raises anything on a file that is not what it should be
            reason = error_line(error)
        verifications.append(
            Verification(
                artifact.format,
                artifact.precision,
                artifact.variant,
                reason,
                evidence.parity if evidence else None,
                evidence.certificate if evidence else None,
            )
        )
    return verifications


def check_lineage(artifact: Artifact) -> dict[str, Any]:
    """Refuse an artifact, or a certificate, that speaks of another file or another source.

    Parameters
    ----------
    artifact : Artifact

    Returns
    -------
    dict
        The certificate.

    Raises
    ------
    ExportError
        When its entry or its certificate names another source than the pack's, or it has no certificate, or that is
        one of another file.
    PackError
        When the certificate cannot be read.
    """
    source = artifact.pack.artifact("keras").sha256
    if artifact.source_sha256 != source:
        raise ExportError(
            f"{artifact.path.name!r} was made from another model.keras than the pack's: "
            f"{artifact.source_sha256[:12] or 'unnamed'}, not {source[:12]}; make it anew with 'zoo export'."
        )
    if artifact.certificate is None:
        raise ExportError(f"{artifact.path.name!r} has no certificate; make it anew with 'zoo export'.")
    path = artifact.pack.folder / artifact.certificate
    try:
        certificate: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        certificate.setdefault("model", artifact.pack.id)  # earlier versions wrote none
        facts = {
            "artifact_sha256": artifact.sha256,
            "source_sha256": source,
            "model": artifact.pack.id,
            "artifact": artifact.path.name,
            "format": artifact.format,
            "precision": artifact.precision,
            "variant": artifact.variant,
            "size_bytes": artifact.size_bytes,
        }
        wrong = [
            f"{key} is {certificate[key]!r}, not {fact!r}" for key, fact in facts.items() if certificate[key] != fact
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PackError(f"The certificate {str(path)!r} cannot be read: {error!r}.") from error
    if wrong:
        raise ExportError(
            f"The certificate {path.name!r} speaks of another file or of another model.keras: {'; '.join(wrong)}. Make "
            "the file anew with 'zoo export'."
        )
    return certificate


@dataclass(frozen=True)
class Tolerance:
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


HERE = Tolerance(images=0, largest=1e-5, means=1e-3)
ELSEWHERE = Tolerance(images=5e-4, largest=0.05, means=0.1)
FP32_ELSEWHERE = Tolerance(images=1e-4, largest=1e-4, means=0.01)
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
