"""What several models answer together: the mean of their probabilities.

``python -m studies.ensemble MODEL MODEL...`` judges the members and the ensemble on the test images and keeps
the row in ``results/ensembles.csv``. With ``--choose`` the members are chosen among the models first, on the validation
images. A MODEL may be the folder of a pack, such as one of another seed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import zoo
from studies.common import RESULTS, parser, plain_errors, put_rows
from zoo.errors import ZooError
from zoo.evaluation.answers import load_data
from zoo.runtimes.open import select

if TYPE_CHECKING:
    import numpy as np

__all__ = ["COLUMNS", "TABLE", "choose_members", "evaluate_ensemble", "write_row"]

TABLE = RESULTS / "ensembles.csv"
COLUMNS = ("members", "models", "parameters", "accuracy", "negative_log_likelihood", "expected_calibration_error")


def choose_members(models: Sequence[str]) -> list[str]:
    """The models that answer the validation images best together, by forward selection, in the order of their choice.

    Begins with none and adds the model that lowers the negative log likelihood of the mean of all probabilities the
    most, until none does (Caruana et al. 2004, https://doi.org/10.1145/1015330.1015432).

    Raises `ZooError` when the models were trained on several data sets.
    """
    import numpy as np

    part = _common_data(models).validation
    right = {model: _answers(model, part)[np.arange(len(part)), part.labels] for model in models}

    def loss(members: Sequence[str]) -> float:
        return float(-np.log(np.mean([right[member] for member in members], axis=0)).mean())

    chosen: list[str] = []
    while left := [model for model in models if model not in chosen]:
        best = min(left, key=lambda model: loss([*chosen, model]))
        if chosen and loss([*chosen, best]) >= loss(chosen):
            break
        chosen.append(best)
    return chosen


def evaluate_ensemble(models: Sequence[str]) -> tuple[list[zoo.Evaluation], zoo.Evaluation]:
    """Judge models one by one on the test images, and the mean of their probabilities.

    Raises `ZooError` when the models were trained on several data sets.
    """
    import numpy as np

    data = _common_data(models)
    with tempfile.TemporaryDirectory() as folder:  # the packs stay as they are
        members = [zoo.evaluate(model, output=folder) for model in models]
    start = time.perf_counter()
    mean = np.mean([_answers(model, data.test) for model in models], axis=0)
    ensemble = zoo.evaluate_probabilities(
        mean,
        data.test.labels,
        data.classes,
        dataset=data.name,
        format="ensemble",
        precision=members[0].precision,
        runtime=members[0].runtime,
        seconds=time.perf_counter() - start,
    )
    return members, ensemble


def _common_data(models: Sequence[str]) -> zoo.Dataset:
    """The data set that all were trained on."""
    packs = {model: zoo.get_pack(model) for model in models}
    names = {model: pack.manifest["recipe"]["dataset"] for model, pack in packs.items()}
    if len(set(names.values())) > 1:
        raise ZooError(
            "The members of an ensemble answer the same images, and these were trained on several data sets: "
            f"{', '.join(f'{model} on {name}' for model, name in names.items())}. Name models of one data set."
        )
    return load_data(packs[models[0]])


def _answers(model: str, part: zoo.Split) -> np.ndarray:
    """Probabilities, (n, classes), float32, on the model's lightest runtime."""
    return zoo.run_batches(zoo.open_sessions(*select(zoo.get_pack(model))), part.scaled())


def write_row(models: Sequence[str], ensemble: zoo.Evaluation, path: Path = TABLE) -> None:
    """Put an ensemble into the table, in the place of an older row of the same models."""
    packs = [zoo.get_pack(model) for model in models]
    names = " ".join(f"{pack.id}#{pack.manifest['seed']}" for pack in packs)
    values = (len(packs), names, sum(pack.parameters for pack in packs), *(getattr(ensemble, c) for c in COLUMNS[3:]))
    put_rows(path, COLUMNS, [dict(zip(COLUMNS, values, strict=True))], key=("members", "models"))


def main() -> None:
    """Run the command."""
    command = parser(__doc__)
    command.add_argument("models", nargs="+", metavar="MODEL")
    command.add_argument("--choose", action="store_true", help="choose the members on the validation images")
    arguments = command.parse_args()
    chosen = choose_members(arguments.models) if arguments.choose else arguments.models
    members, together = evaluate_ensemble(chosen)
    for name, evaluation in zip([*chosen, "ensemble"], [*members, together], strict=True):
        print(
            f"{name}: accuracy {evaluation.accuracy:.2%}, "
            f"negative log likelihood {evaluation.negative_log_likelihood:.4f}, "
            f"calibration error {evaluation.expected_calibration_error:.2%}"
        )
    write_row(chosen, together)


if __name__ == "__main__":
    with plain_errors():
        main()
