"""Accuracy of a model on a runtime: one process answers the test images, and the one that asked judges the answers.

So none that measures has to load a data set, or to import what judging needs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import zoo
from zoo import Artifact, Pack

if TYPE_CHECKING:
    import numpy as np

__all__ = ["AccuracyCheck"]


class AccuracyCheck:
    """The test images of models, and what their Keras models answer.

    `references` is the folder of the Keras models' answers, which outlive the run, `drafts` that of what does not.
    """

    def __init__(self, references: Path, drafts: Path) -> None:
        self._references, self.drafts = references, drafts
        self.answers = drafts / "answers.npy"  # of a file, until they are judged
        self._known: dict[tuple[str, tuple[int, int, int]], tuple[zoo.Dataset, Path]] = {}

    def images(self, pack: Pack) -> Path:
        """A file of the test images of a model's own data set, scaled: ``.npy`` of shape (n, height, width, channels).

        Raises `DatasetError` when the data set is absent or damaged.
        """
        return self._of(pack)[1]

    def reference(self, pack: Pack) -> Path:
        """Where the Keras model's answers are, or belong; other weights are another file."""
        return self._references / f"{pack.id}-{pack.artifact('keras').sha256[:12]}.npy"

    def reference_answers(self, pack: Pack) -> np.ndarray | None:
        """What the Keras model answered, if it did; a damaged file is removed, to be written anew."""
        import numpy as np

        path = self.reference(pack)
        try:
            answers: np.ndarray = np.load(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError):
            path.unlink()
            return None
        return answers

    def figures(self, artifact: Artifact, runtime: str, answers: Path) -> dict[str, Any]:
        """Accuracy with its 95 % interval, and how often the answer is the Keras model's, where that is known; logged.

        `answers` holds the probabilities for `images`, ``.npy`` of shape (n, classes).
        """
        import numpy as np

        from zoo.evaluation.log import log_test_evaluation
        from zoo.exporting.gates import check_answers

        data, _ = self._of(artifact.pack)
        probabilities = np.load(answers)
        correct = int((probabilities.argmax(axis=1) == data.test.labels).sum())
        images = len(data.test)
        log_test_evaluation(artifact, runtime, data, {"images": images, "accuracy": correct / images})
        low, high = zoo.wilson_interval(correct, images)
        found: dict[str, Any] = {"dataset": data.name, "images": images, "accuracy": correct / images}
        found |= {"accuracy_low": low, "accuracy_high": high}
        reference = self.reference_answers(artifact.pack)
        if reference is not None:
            found["agreement"], found["failures"] = check_answers(artifact.precision, reference, probabilities)
        return found

    def _of(self, pack: Pack) -> tuple[zoo.Dataset, Path]:
        import numpy as np

        from zoo.evaluation.answers import load_data

        key = (pack.manifest["recipe"]["dataset"], pack.input_shape)
        if key not in self._known:
            data = load_data(pack)
            path = self.drafts / f"images{len(self._known)}.npy"
            np.save(path, data.test.scaled())
            self._known[key] = data, path
        return self._known[key]
