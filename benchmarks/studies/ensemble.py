"""What several models answer together: the mean of their probabilities.

``python -m studies.ensemble MODEL MODEL...`` judges the members and the ensemble on the test images and keeps
the row in ``results/ensembles.csv``. With ``--choose`` the members are chosen among the models first, on the validation
images. A MODEL may be the folder of a pack, such as one of another seed.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import zoo
from studies.common import RESULTS, plain_errors
from zoo.errors import ZooError
from zoo.evaluation.answers import answer
from zoo.evaluation.evaluate import evaluate_probabilities, judge

__all__ = ["COLUMNS", "TABLE", "choose_members", "judge_ensemble", "write_row"]

TABLE = RESULTS / "ensembles.csv"
COLUMNS = ("members", "models", "parameters", "accuracy", "negative_log_likelihood", "expected_calibration_error")


def choose_members(models: Sequence[str]) -> list[str]:
    """The models that answer the validation images best together, by forward selection.

    Begins with none and adds the model that lowers the negative log likelihood of the mean of all probabilities the
    most, until none does (Caruana et al. 2004, https://doi.org/10.1145/1015330.1015432).

    Parameters
    ----------
    models : sequence of str
        As for `judge_ensemble`.

    Returns
    -------
    list of str
        In the order in which they were added.

    Raises
    ------
    ZooError
        When the models were trained on several data sets.
    """
    import numpy as np

    _check_data(models)
    answers = {model: answer(model, split="validation") for model in models}
    labels = next(iter(answers.values())).part.labels
    right = {model: one.probabilities[np.arange(len(labels)), labels] for model, one in answers.items()}

    def loss(members: Sequence[str]) -> float:
        return float(-np.log(np.mean([right[member] for member in members], axis=0)).mean())

    chosen: list[str] = []
    while left := [model for model in models if model not in chosen]:
        best = min(left, key=lambda model: loss([*chosen, model]))
        if chosen and loss([*chosen, best]) >= loss(chosen):
            break
        chosen.append(best)
    return chosen


def judge_ensemble(models: Sequence[str]) -> tuple[list[zoo.Evaluation], zoo.Evaluation]:
    """Judge models one by one on the test images, and the mean of their probabilities.

    Parameters
    ----------
    models : sequence of str
        Ids or folders of packs that were trained on one data set.

    Returns
    -------
    members : list of Evaluation
    ensemble : Evaluation

    Raises
    ------
    ZooError
        When the models were trained on several data sets.
    """
    import numpy as np

    _check_data(models)
    answers = [answer(model) for model in models]
    first = answers[0]
    ensemble = evaluate_probabilities(
        np.mean([one.probabilities for one in answers], axis=0),
        first.part.labels,
        first.data.classes,
        dataset=first.data.name,
        format="ensemble",
        precision=first.artifact.precision,
        runtime=first.runtime,
        seconds=sum(one.seconds for one in answers),
    )
    return [judge(one) for one in answers], ensemble


def _check_data(models: Sequence[str]) -> None:
    data = {model: zoo.get_pack(model).manifest["recipe"]["dataset"] for model in models}
    if len(set(data.values())) > 1:
        raise ZooError(
            "The members of an ensemble answer the same images, and these were trained on several data sets: "
            f"{', '.join(f'{model} on {name}' for model, name in data.items())}. Name models of one data set."
        )


def write_row(models: Sequence[str], ensemble: zoo.Evaluation, path: Path = TABLE) -> None:
    """Put an ensemble into the table, in the place of an older row of the same models."""
    packs = [zoo.get_pack(model) for model in models]
    names = " ".join(f"{pack.id}#{pack.manifest['seed']}" for pack in packs)
    values = (len(packs), names, sum(pack.parameters for pack in packs), *(getattr(ensemble, c) for c in COLUMNS[3:]))
    rows: list[dict[str, object]] = []
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            rows = [dict(row) for row in csv.DictReader(file) if row["models"] != names]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows([*rows, dict(zip(COLUMNS, values, strict=True))])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--choose", action="store_true", help="choose the members on the validation images")
    arguments = parser.parse_args()
    with plain_errors():
        chosen = choose_members(arguments.models) if arguments.choose else arguments.models
        members, together = judge_ensemble(chosen)
        for name, evaluation in zip([*chosen, "ensemble"], [*members, together], strict=True):
            print(
                f"{name}: accuracy {evaluation.accuracy:.2%}, "
                f"negative log likelihood {evaluation.negative_log_likelihood:.4f}, "
                f"calibration error {evaluation.expected_calibration_error:.2%}"
            )
        write_row(chosen, together)
