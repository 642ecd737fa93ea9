"""Checks again, at any time and anywhere, that a pack's files are what its certificates say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from zoo.errors import ExportError, PackError, ZooError
from zoo.evaluation.parity import Parity
from zoo.exporting.certificate import check_artifact, parity_split, reference_probabilities
from zoo.packs.pack import Artifact, Pack
from zoo.packs.store import get_pack
from zoo.plugins import load_plugins

__all__ = ["Verification", "verify"]


@dataclass(frozen=True)
class Verification:
    """What became of one artifact.

    Attributes
    ----------
    format, precision : str
    reason : str or None
        Why it failed; None when it passed.
    parity : Parity or None
        The comparison with the Keras model; None when it was not reached.
    """

    format: str
    precision: str
    reason: str | None
    parity: Parity | None

    @property
    def passed(self) -> bool:
        """Whether the artifact is what it claims to be."""
        return self.reason is None


def verify(model: str | Path | Pack, *, parity_data: str | None = None) -> list[Verification]:
    """Verify every artifact of a pack: its bytes, its structure, its certificate, and its answers.

    Parameters
    ----------
    model : str, path-like or Pack
        An id, an architecture or the folder of a pack.
    parity_data : str, optional
        The data set whose test images are compared, instead of the pack's own.

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
    """
    pack = get_pack(model)
    pack.artifact("keras").verified_path()
    _, images = parity_split(pack, parity_data)
    reference = reference_probabilities(pack, images)
    verifications = []
    for artifact in pack.artifacts:
        if artifact.format == "keras":
            continue
        reason, parity = None, None
        try:
            artifact.verified_path()
            _check_certificate(artifact)
            load_plugins().find("exporter", artifact.format).check(artifact.path)
            parity, _ = check_artifact(artifact, reference, images)
            if reasons := parity.failures():
                reason = "; ".join(reasons)
        except ZooError as error:
            reason = str(error)
        except Exception as error:  # what an exporter's check raises on a file that is not what it should be
            reason = f"{type(error).__name__}: {error}"
        verifications.append(Verification(artifact.format, artifact.precision, reason, parity))
    return verifications


def _check_certificate(artifact: Artifact) -> None:
    """Refuse a certificate that speaks of another file or another source."""
    if artifact.certificate is None:
        raise ExportError(f"{artifact.path.name!r} has no certificate; make it anew with 'zoo export'.")
    path = artifact.pack.folder / artifact.certificate
    try:
        certificate = json.loads(path.read_text(encoding="utf-8"))
        named = (certificate["artifact_sha256"], certificate["source_sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PackError(f"The certificate {str(path)!r} cannot be read: {error}.") from error
    if named != (artifact.sha256, artifact.pack.artifact("keras").sha256):
        raise ExportError(
            f"The certificate {path.name!r} speaks of another file or of another model.keras; make it anew with "
            "'zoo export'."
        )
