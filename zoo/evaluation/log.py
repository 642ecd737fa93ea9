"""The log of all evaluations on test images: who looks often enough chooses by them, and the log tells."""

from __future__ import annotations

import json
import os
import shlex
import sys
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from zoo.contract.dataset import Dataset
from zoo.contract.pack import Artifact
from zoo.home import home

__all__ = ["log_path", "log_test_evaluation"]


def log_path() -> Path:
    """Where the log is: ``$ZOO_HOME/test_evaluations.jsonl``."""
    return home() / "test_evaluations.jsonl"


def log_test_evaluation(artifact: Artifact, runtime: str, data: Dataset, metrics: Mapping[str, float]) -> None:
    """Append what a file was found to do on the test part of a data set; a log that cannot be written only warns."""
    pack = artifact.pack
    entry = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "model": pack.id,
        "seed": pack.manifest["seed"],
        "weights_sha256": pack.artifact("keras").sha256,
        "format": artifact.format,
        "precision": artifact.precision,
        "artifact_sha256": artifact.sha256,
        "runtime": runtime,
        "dataset": data.name,
        "dataset_digests": dict(data.digests),
        "split": "test",
        **metrics,
    }
    line = (json.dumps(entry) + "\n").encode()
    path = log_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            # One write to a file that is open for appending: lines of several processes never mix.
            if os.write(descriptor, line) < len(line):
                raise OSError("only a part of the line fits on the disk")
        finally:
            os.close(descriptor)
    except OSError as error:
        warnings.warn(
            f"This evaluation on test images is missing in the log {str(path)!r}: {error.strerror or error}.",
            stacklevel=2,
        )
