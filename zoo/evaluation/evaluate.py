"""The one evaluator: the same code judges every model on every runtime."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zoo.contract.pack import Pack
from zoo.errors import PackError, ZooError
from zoo.evaluation.answers import Answers, collect_answers
from zoo.evaluation.log import log_test_evaluation
from zoo.evaluation.metrics import classification_metrics, require_sklearn
from zoo.files import check_folder
from zoo.packs.writing import edit_pack, write_json

__all__ = ["Evaluation", "evaluate", "evaluate_answers", "evaluate_probabilities", "summary", "write_evaluation"]

EVALUATIONS = "evaluation.json"


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` found; the fields are the keys of an entry of ``evaluation.json``.

    Attributes
    ----------
    dataset, split, format, precision, runtime : str
        What was judged: one entry each.
    images : int
        Number of images.
    accuracy, accuracy_low, accuracy_high : float
        With the bounds of the 95 % Wilson interval, in [0, 1].
    negative_log_likelihood : float
        Mean over the images, in nats.
    expected_calibration_error : float
        Over 15 bins, in [0, 1].
    macro, weighted : dict
        ``precision``, ``recall`` and ``f1`` averaged over classes, plainly and by their number of images.
    per_class : dict of str to dict
        ``precision``, ``recall``, ``f1`` and ``images`` of each class.
    confusion_matrix : list of list of int
        Rows are true classes, columns are answers.
    seconds : float
        For all images, without loading model and data.
    """

    dataset: str
    split: str
    format: str
    precision: str
    runtime: str
    images: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    negative_log_likelihood: float
    expected_calibration_error: float
    macro: dict[str, float]
    weighted: dict[str, float]
    per_class: dict[str, dict[str, float]]
    confusion_matrix: list[list[int]]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """The evaluation as JSON-ready data.

        Returns
        -------
        dict
            The fields by name.
        """
        return asdict(self)


def evaluate(
    model: str | Path | Pack,
    *,
    dataset: str | None = None,
    split: str = "test",
    runtime: str | None = None,
    precision: str = "fp32",
    threads: int | None = None,
    output: str | Path | None = None,
    errors: str | Path | None = None,
) -> Evaluation:
    """Judge a trained model on labelled images.

    Parameters
    ----------
    model : str, path-like or Pack
        An id, an architecture or the folder of a pack.
    dataset : str, optional
        By default the one that the model was trained on.
    split : {"test", "validation", "train"}
        The part of the data set.
    runtime, precision : str
        As for `zoo.load`.
    threads : int, optional
        As for `zoo.load`: one session answers. By default all cores do, a session on each where those of the runtime
        compute side by side.
    output : path-like, optional
        A folder for ``evaluation.json`` and the picture of the confusion matrix. By default they go into the
        user's own pack; a bundled pack is left as it is.
    errors : path-like, optional
        A PNG file for a contact sheet of the most confident mistakes.

    Returns
    -------
    Evaluation

    Raises
    ------
    UnknownNameError, MissingExtraError, DatasetError, PackError
        When something named does not exist, is not installed, absent or damaged.
    ZooError
        When `output` or `errors` cannot be written.
    """
    require_sklearn()
    if output is not None:
        check_folder(Path(output).absolute())
    if errors is not None:
        check_folder(Path(errors).absolute().parent)
    answers = collect_answers(
        model, dataset=dataset, split=split, runtime=runtime, precision=precision, threads=threads
    )
    evaluation = evaluate_answers(answers)
    if errors is not None:
        _draw_errors(answers, Path(errors))
    pack = answers.artifact.pack
    if output is not None:
        _write_output(evaluation, Path(output))
    elif not pack.bundled:
        with edit_pack(pack) as (folder, _):
            write_evaluation(evaluation, folder)
    return evaluation


def evaluate_probabilities(
    probabilities: np.ndarray,
    labels: np.ndarray,
    classes: Sequence[str],
    *,
    dataset: str,
    split: str = "test",
    format: str,
    precision: str,
    runtime: str,
    seconds: float,
) -> Evaluation:
    """Judge what anything answered, such as several models together, by the metrics of `zoo.evaluate`.

    Nothing is logged or written.

    Parameters
    ----------
    probabilities : ndarray of shape (n, classes), float32
        The answers.
    labels : ndarray of shape (n,), int
        The true classes.
    classes : sequence of str
        Names of the classes.
    dataset, split, format, precision, runtime : str
        What the result says about where the answers come from.
    seconds : float
        What the result says about how long they took.

    Returns
    -------
    Evaluation
        All metrics.

    Raises
    ------
    MissingExtraError
        When scikit-learn is not installed.
    """
    return Evaluation(
        dataset=dataset,
        split=split,
        format=format,
        precision=precision,
        runtime=runtime,
        seconds=round(seconds, 4),
        **classification_metrics(probabilities, labels, classes),
    )


def evaluate_answers(answers: Answers) -> Evaluation:
    """Compute every metric from a model's answers; what was found on test images is logged."""
    artifact = answers.artifact
    evaluation = evaluate_probabilities(
        answers.probabilities,
        answers.part.labels,
        answers.data.classes,
        dataset=answers.data.name,
        split=answers.split,
        format=artifact.format,
        precision=artifact.precision,
        runtime=answers.runtime,
        seconds=answers.seconds,
    )
    if answers.split == "test":
        log_test_evaluation(artifact, answers.runtime, answers.data, summary(evaluation))
    return evaluation


def summary(evaluation: Evaluation) -> dict[str, float]:
    """The figures of an evaluation that a manifest shows under ``metrics``."""
    return {
        "accuracy": evaluation.accuracy,
        "accuracy_low": evaluation.accuracy_low,
        "accuracy_high": evaluation.accuracy_high,
        "macro_f1": evaluation.macro["f1"],
        "negative_log_likelihood": evaluation.negative_log_likelihood,
        "expected_calibration_error": evaluation.expected_calibration_error,
        "images": evaluation.images,
    }


def write_evaluation(evaluation: Evaluation, folder: Path) -> None:
    """Put an evaluation into a folder's ``evaluation.json``, in the place of one of the same cell, and draw it.

    The picture of the evaluation that stands first, the one on the model's own data, is ``confusion_matrix.png``;
    the others' names say what they show.
    """
    from zoo.evaluation.plots import draw_confusion_matrix

    path = folder / EVALUATIONS
    cell = ("dataset", "split", "format", "precision", "runtime")
    new = evaluation.to_dict()
    try:
        entries: list[Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        same = [position for position, entry in enumerate(entries) if all(entry[key] == new[key] for key in cell)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise PackError(f"{str(path)!r} is damaged: {error!r}. Remove it, and evaluate anew.") from error
    if same:
        entries[same[0]] = new
    else:
        entries.append(new)
    write_json(path, entries)
    first = same == [0] or len(entries) == 1
    slug = "-".join(new[key].replace(":", "-") for key in cell)
    title = (
        f"{evaluation.dataset} ({evaluation.split}), {evaluation.runtime} {evaluation.precision}\n"
        f"accuracy {evaluation.accuracy:.2%} of {evaluation.images:,} images"
    )
    picture = folder / ("confusion_matrix.png" if first else f"confusion_matrix-{slug}.png")
    draw_confusion_matrix(evaluation.confusion_matrix, list(evaluation.per_class), picture, title=title)


def _write_output(evaluation: Evaluation, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_evaluation(evaluation, folder)
    except OSError as error:
        raise ZooError(f"The evaluation cannot be written to {str(folder)!r}: {error.strerror}.") from error


def _draw_errors(answers: Answers, path: Path) -> None:
    from zoo.evaluation.plots import draw_mistakes

    part = answers.part
    title = f"{answers.artifact.pack.id}, {answers.split} images of {answers.data.name}, {answers.runtime}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draw_mistakes(part.images, part.labels, answers.probabilities, answers.data.classes, path, title=title)
    except OSError as error:
        raise ZooError(f"The contact sheet {str(path)!r} cannot be written: {error.strerror}.") from error
