"""The proof that an artifact computes the function of the Keras model it came from."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from zoo.datasets.source import load_dataset
from zoo.errors import DatasetError, ExportError, MissingExtraError, ZooError
from zoo.evaluation.evaluate import run_batches
from zoo.evaluation.parity import FP32_LIMIT, Parity, compare
from zoo.packs.pack import Artifact, Pack
from zoo.plugins import load_plugins
from zoo.runtimes.runtime import Runtime

if TYPE_CHECKING:
    import numpy as np

__all__ = ["certificate_name", "check_artifact", "make_certificate", "parity_split", "reference_probabilities"]


def certificate_name(path: str) -> str:
    """Name of the certificate that lies beside an artifact."""
    return f"{path}.certificate.json"


def parity_split(pack: Pack, parity_data: str | None) -> tuple[str, np.ndarray]:
    """The images that a pack's files are compared on.

    Parameters
    ----------
    pack : Pack
    parity_data : str or None
        A data set; None takes the pack's own.

    Returns
    -------
    name : str
        Of the data set.
    images : ndarray of shape (n, height, width, channels), float32
        Its whole test part.

    Raises
    ------
    DatasetError
        When it is absent, with the ways to provide it or to do without.
    """
    try:
        data = load_dataset(parity_data or pack.manifest["recipe"]["dataset"], pack.input_shape)
    except DatasetError as error:
        raise DatasetError(
            f"{error} Or compare on other images: --parity-data digits needs no download, --parity-data NAME:PATH "
            "takes a copy of yours; the certificate names what was used."
        ) from error
    return data.name, data.test.scaled()


def reference_probabilities(pack: Pack, images: np.ndarray) -> np.ndarray:
    """What the pack's Keras model answers: the reference of every comparison.

    Parameters
    ----------
    pack : Pack
    images : ndarray of shape (n, height, width, channels), float32

    Returns
    -------
    ndarray of shape (n, classes), float32
    """
    from zoo.runtimes.runtime import load

    return run_batches(load(pack, "keras"), images)


def check_artifact(artifact: Artifact, reference: np.ndarray, images: np.ndarray) -> tuple[Parity, Runtime]:
    """Open an artifact in its own runtime and compare it with the reference on all images.

    Returns
    -------
    parity : Parity
    runtime : Runtime
        The one that opened it.

    Raises
    ------
    MissingExtraError
        When that runtime is not installed.
    ExportError
        When no runtime opens the format, or it cannot run the file.
    """
    runtimes = [runtime for runtime in load_plugins().runtimes.values() if artifact.format in runtime.formats]
    if not runtimes:
        raise ExportError(
            f"No runtime opens the format {artifact.format!r}, so that it cannot be compared with the Keras model; "
            "install a plugin that registers one."
        )
    runtime = runtimes[0]
    if not runtime.installed:
        raise MissingExtraError(runtime.package, runtime.extra, f"Checking a file of the format {artifact.format!r}")
    try:
        return compare(reference, run_batches(runtime.open(artifact, None), images)), runtime
    except ZooError:
        raise
    except Exception as error:  # a runtime raises anything when a file is not what it should be
        raise ExportError(f"{artifact.path.name!r} does not work in {runtime.name}: {error}") from error


def make_certificate(artifact: Artifact, parity: Parity, runtime: Runtime, dataset: str) -> dict[str, Any]:
    """The certificate as JSON-ready data.

    Its keys: what was compared (``artifact``, ``artifact_sha256``, ``source_sha256``, ``runtime``, ``dataset``), how
    far they differ (those of `zoo.evaluation.parity.Parity`), the ``gate`` that was applied, whether it ``passed``,
    and the ``versions`` and ``platform`` it was found with.
    """
    packages = {"keras": "keras", "tensorflow": "tensorflow", runtime.name: runtime.package.replace("_", "-")}
    return {
        "artifact": artifact.path.name,
        "artifact_sha256": artifact.sha256,
        "source_sha256": artifact.pack.artifact("keras").sha256,
        "runtime": runtime.name,
        "dataset": dataset,
        **parity.to_dict(),
        "gate": {"max_difference": FP32_LIMIT, "largest_flipped_gap": FP32_LIMIT},
        "passed": not parity.failures(),
        "versions": {name: version(package) for name, package in packages.items()},
        "platform": platform.platform(),
    }
