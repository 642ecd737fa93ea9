"""What several layouts write alike."""

from __future__ import annotations

from pathlib import Path

from zoo import Artifact

__all__ = ["labels", "write_certificate"]


def labels(artifact: Artifact) -> str:
    """The classes as servers take them: one a line, in the order of the outputs."""
    return "".join(f"{name}\n" for name in artifact.pack.classes)


def write_certificate(artifact: Artifact, folder: Path) -> None:
    """Let the proof travel along."""
    if artifact.certificate is not None:
        (folder / "certificate.json").write_bytes((artifact.pack.folder / artifact.certificate).read_bytes())
