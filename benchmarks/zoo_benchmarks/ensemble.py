"""What several models answer together: the mean of their probabilities.

``python -m zoo_benchmarks.ensemble MODEL MODEL...`` judges the members and the ensemble on the test images and keeps
the row in ``results/ensembles.csv``; ``--split validation`` is for choosing the members, and keeps nothing. A MODEL may
be the folder of a pack, such as one of another seed.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import zoo
from zoo.evaluation.answers import answer
from zoo.evaluation.evaluate import evaluate_probabilities, judge

__all__ = ["COLUMNS", "RESULTS", "judge_ensemble", "write_row"]

RESULTS = Path(__file__).parent / "results" / "ensembles.csv"
COLUMNS = ("members", "models", "parameters", "accuracy", "negative_log_likelihood", "expected_calibration_error")


def judge_ensemble(models: Sequence[str], split: str = "test") -> tuple[list[zoo.Evaluation], zoo.Evaluation]:
    """Judge models one by one, and the mean of their probabilities.

    Parameters
    ----------
    models : sequence of str
        Ids or folders of packs that were trained on one data set.
    split : {"test", "validation", "train"}

    Returns
    -------
    members : list of Evaluation
    ensemble : Evaluation
    """
    import numpy as np

    answers = [answer(model, split=split) for model in models]
    first = answers[0]
    ensemble = evaluate_probabilities(
        np.mean([one.probabilities for one in answers], axis=0),
        first.part.labels,
        first.data.classes,
        dataset=first.data.name,
        split=split,
        format="ensemble",
        precision=first.artifact.precision,
        runtime=first.runtime,
        seconds=sum(one.seconds for one in answers),
    )
    return [judge(one) for one in answers], ensemble


def write_row(models: Sequence[str], ensemble: zoo.Evaluation, path: Path = RESULTS) -> None:
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
    parser.add_argument("--split", default="test")
    arguments = parser.parse_args()
    members, together = judge_ensemble(arguments.models, arguments.split)
    for name, evaluation in zip([*arguments.models, "ensemble"], [*members, together], strict=True):
        print(
            f"{name}: accuracy {evaluation.accuracy:.2%}, negative log likelihood "
            f"{evaluation.negative_log_likelihood:.4f}, calibration error {evaluation.expected_calibration_error:.2%}"
        )
    if arguments.split == "test":
        write_row(arguments.models, together)
