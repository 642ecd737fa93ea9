"""The proof that an artifact computes the function of the Keras model it came from."""

from __future__ import annotations

import contextlib
import functools
import json
import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.contract.dataset import Dataset, Split
from zoo.contract.pack import Artifact, Pack
from zoo.contract.runtime import Runtime, Session
from zoo.doctor import cpu_name
from zoo.errors import ExportError, MissingExtraError, PackError, ZooError
from zoo.evaluation.answers import open_sessions, run_batches
from zoo.evaluation.comparison import mcnemar
from zoo.evaluation.log import log_test_evaluation
from zoo.evaluation.metrics import classification_metrics
from zoo.evaluation.parity import Parity, measure_parity
from zoo.exporting.gates import Gate
from zoo.packs.writing import write_json
from zoo.plugins import load_plugins
from zoo.runtimes.open import load

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Evidence", "Reference", "certificate_name", "contact_sheet_name", "file_metadata", "read_certificate"]

FLIPPED_SHOWN = 60  # images on a contact sheet
FIGURES = ("accuracy", "accuracy_low", "accuracy_high", "negative_log_likelihood", "expected_calibration_error")


def certificate_name(path: str) -> str:
    """Name of the certificate that lies beside an artifact."""
    return f"{path}.certificate.json"


def contact_sheet_name(path: str) -> str:
    """Name of the picture of the flipped images that lies beside an artifact."""
    return f"{path}.flipped.png"


@dataclass(frozen=True)
class Evidence:
    """What a comparison found on the test images of a `Reference`."""

    reference: Reference
    artifact: Artifact
    answers: np.ndarray  # of the artifact: float32 (n, classes)
    parity: Parity
    failures: list[str]  # why the artifact does not pass its gate
    certificate: dict[str, Any]  # all of it as JSON-ready data; docs/json.md tells the keys

    @property
    def summary(self) -> str:
        """Of a file that passed."""
        parity, flipped = self.parity, len(self.parity.flipped)
        return (
            f"{self.artifact.size_bytes:,} bytes, passed on {parity.images:,} images, largest difference "
            f"{parity.max_difference:.1e}, {flipped} answer{' differs' if flipped == 1 else 's differ'}"
        )

    def write(self, folder: Path) -> str:
        """Put the certificate into a folder, with a picture of the flipped images where there are some; its name."""
        name = self.artifact.path.name
        write_json(folder / certificate_name(name), self.certificate)
        if self.parity.flipped:
            self._draw_flipped(folder / contact_sheet_name(name))
        return certificate_name(name)

    def _draw_flipped(self, path: Path) -> None:
        """Draw the images whose answer differs, those first on which the Keras model was surest."""
        import numpy as np

        from zoo.evaluation.plots import draw_contact_sheet

        keras, data, classes = self.reference.answers, self.reference.data, self.reference.pack.classes
        flipped = np.array(self.parity.flipped)
        top_two = np.sort(keras[flipped], axis=1)[:, -2:]
        chosen = flipped[np.argsort(top_two[:, 0] - top_two[:, 1], kind="stable")[:FLIPPED_SHOWN]]
        captions = [
            f"{classes[keras[position].argmax()]} now {classes[self.answers[position].argmax()]}\n"
            f"{f'truth {data.classes[data.test.labels[position]]}, ' if self.reference.labelled else ''}no. {position}"
            for position in chosen
        ]
        shown = f", the {len(chosen)} surest ones" if len(chosen) < len(flipped) else ""
        name = f"{self.reference.pack.id} {self.artifact.cell}"
        title = f"{name}: {len(flipped):,} of {len(keras):,} answers differ from Keras's{shown}"
        draw_contact_sheet(data.test.images[chosen], captions, path, title=title)


class Reference:
    """What a pack's Keras model answers to the images of a data set: the other side of every comparison."""

    def __init__(self, pack: Pack, data: Dataset) -> None:
        self.pack = pack
        self.data = data
        self.labelled = list(data.classes) == pack.classes
        self._sessions = [load(pack, "keras")]
        self._images = data.test.scaled()
        self.answers = self._run(data.test)

    def evidence_for(self, artifact: Artifact, gate: Gate, calibration: Mapping[str, Any] | None = None) -> Evidence:
        """Open an artifact in its own runtime, compare it with the Keras model on all images, and apply a gate.

        `calibration` is what the certificate says about the images that int8 was calibrated on.
        """
        runtime = _runtime_for(artifact)
        try:
            sessions = open_sessions(runtime, artifact)
            answers = run_batches(sessions, self._images)
            parity = measure_parity(self.answers, answers)
            validation = self._validation(sessions) if gate.max_accuracy_drop is not None else None
        except ZooError:
            raise
        except Exception as error:  # a runtime raises anything when a file is not what it should be
            raise ExportError(f"{artifact.path.name!r} does not work in {runtime.name}: {error}") from error
        failures = gate.failures(parity, validation["drop"] if validation else None)
        certificate = {
            **_facts(artifact),
            "runtime": runtime.name,
            "dataset": self.data.name,
            **{name: _or_null(value) for name, value in parity.to_dict().items()},
            "accuracy": self._accuracy(artifact, runtime, answers),
            "validation": validation,
            "calibration": dict(calibration) if calibration else None,
            "gate": gate.to_dict(),
            "passed": not failures,
            "failures": failures,
            "contact_sheet": contact_sheet_name(artifact.path.name) if parity.flipped else None,
            "versions": _versions(runtime, artifact.format),
            "cpu": cpu_name(),
            "platform": platform.platform(),
        }
        return Evidence(self, artifact, answers, parity, failures, certificate)

    def _run(self, part: Split) -> np.ndarray:
        import numpy as np

        answers = run_batches(self._sessions, part.scaled())
        if not np.isfinite(answers).all():
            raise ExportError(
                f"The Keras model of {self.pack.id} answers {int((~np.isfinite(answers).all(axis=1)).sum())} of "
                f"{len(answers)} images with NaN or infinity; its weights are damaged or its training diverged. "
                "Train it anew."
            )
        return answers

    @functools.cached_property
    def _validation_answers(self) -> np.ndarray:
        return self._run(self.data.validation)

    def _validation(self, sessions: Sequence[Session]) -> dict[str, Any] | None:
        """Accuracy of both on the validation images; None when their classes are not the model's."""
        if not self.labelled:
            return None
        labels = self.data.validation.labels
        ours = int((self._validation_answers.argmax(axis=1) == labels).sum())
        theirs = int((run_batches(sessions, self.data.validation.scaled()).argmax(axis=1) == labels).sum())
        return {
            "images": len(labels),
            "keras": ours / len(labels),
            "artifact": theirs / len(labels),
            "drop": (ours - theirs) / len(labels),
        }

    def _accuracy(self, artifact: Artifact, runtime: Runtime, answers: np.ndarray) -> dict[str, Any] | None:
        """Accuracy, likelihood and calibration of both on the test images, and whether luck explains the difference."""
        import numpy as np

        if not self.labelled or not np.isfinite(answers).all():
            return None
        labels = self.data.test.labels

        def figures(probabilities: np.ndarray) -> dict[str, float]:
            found = classification_metrics(probabilities, labels, self.data.classes)
            return {name: found[name] for name in FIGURES}

        found = figures(answers)
        log_test_evaluation(artifact, runtime.name, self.data, found)
        result = mcnemar(answers.argmax(axis=1) == labels, self.answers.argmax(axis=1) == labels)
        return {
            "keras": figures(self.answers),
            "artifact": found,
            "difference": result.difference,
            "difference_low": result.difference_low,
            "difference_high": result.difference_high,
            "only_artifact_right": result.only_a_right,
            "only_keras_right": result.only_b_right,
            "p_value": result.p_value,
        }


def _runtime_for(artifact: Artifact) -> Runtime:
    runtimes = [runtime for runtime in load_plugins().runtimes.values() if artifact.format in runtime.formats]
    if not runtimes:
        raise ExportError(
            f"No runtime opens the format {artifact.format!r}, so that it cannot be compared with the Keras model; "
            "install a plugin that registers one."
        )
    runtime = runtimes[0]
    if not runtime.installed:
        raise MissingExtraError(runtime.package, runtime.extra, f"Checking a file of the format {artifact.format!r}")
    return runtime


def _or_null(value: Any) -> Any:
    """JSON has no NaN; what is no number is null, and the failures say so."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _versions(runtime: Runtime, format: str) -> dict[str, str]:
    packages = {"digit-zoo": "digit-zoo", "keras": "keras", "tensorflow": "tensorflow", runtime.name: runtime.package}
    exporter = load_plugins().exporters.get(format)
    if exporter:
        packages[exporter.package] = exporter.package
    found = {}
    for name, package in packages.items():
        with contextlib.suppress(PackageNotFoundError):  # an import that is named otherwise than its distribution
            found[name] = version(package.replace("_", "-"))
    return found


def file_metadata(pack: Pack) -> dict[str, str]:
    """Id, classes, input, preprocessing and source of a pack's model, and what made the file; objects as JSON."""
    return {
        "model_id": pack.id,
        "classes": json.dumps(pack.classes),
        "input": json.dumps(pack.manifest["input"]),
        "preprocessing": json.dumps(pack.manifest["preprocessing"]),
        "source_sha256": pack.artifact("keras").sha256,
        "made_by": f"digit-zoo {version('digit-zoo')}",
    }


def _facts(artifact: Artifact) -> dict[str, Any]:
    """What a certificate says about the file itself."""
    return {
        "model": artifact.pack.id,
        "artifact": artifact.path.name,
        **asdict(artifact.cell),
        "size_bytes": artifact.size_bytes,
        "artifact_sha256": artifact.sha256,
        "source_sha256": artifact.pack.artifact("keras").sha256,
    }


def read_certificate(artifact: Artifact) -> dict[str, Any]:
    """The certificate of an artifact; refuses one that speaks of another file, and a file of another source."""
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
        wrong = [
            f"{key} is {certificate[key]!r}, not {fact!r}"
            for key, fact in _facts(artifact).items()
            if certificate[key] != fact
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PackError(f"The certificate {str(path)!r} cannot be read: {error!r}.") from error
    if wrong:
        raise ExportError(
            f"The certificate {path.name!r} speaks of another file or of another model.keras: {'; '.join(wrong)}. Make "
            "the file anew with 'zoo export'."
        )
    return certificate
