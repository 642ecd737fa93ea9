"""Checks again, at any time and anywhere, that a pack's files are what its certificates say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zoo.errors import ExportError, PackError, ZooError
from zoo.evaluation.parity import Parity
from zoo.exporting.certificate import Reference, comparison_data
from zoo.exporting.claims import contradictions
from zoo.exporting.exporter import Exporter
from zoo.exporting.gates import gate_for
from zoo.exporting.metadata import file_metadata
from zoo.packs.pack import Artifact, Pack
from zoo.packs.store import get_pack
from zoo.plugins import load_plugins

__all__ = ["Verification", "check_lineage", "verify"]


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
        except ZooError as error:
            reason = str(error)
        except Exception as error:  # what an exporter's check raises on a file that is not what it should be
            reason = f"{type(error).__name__}: {error}"
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
