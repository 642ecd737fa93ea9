"""Two models on the same labelled images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.errors import ZooError
from zoo.evaluation.answers import answer
from zoo.evaluation.evaluate import judge
from zoo.evaluation.significance import McNemar, mcnemar
from zoo.packs.pack import Pack
from zoo.packs.store import get_pack

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True)
class Comparison:
    """What `compare` found.

    Attributes
    ----------
    model_a, model_b : str
        Ids of the packs.
    runtime_a, runtime_b, precision, dataset, split : str
        What was compared.
    test : McNemar
        Counts, accuracies, their difference and the p-value.
    """

    model_a: str
    model_b: str
    runtime_a: str
    runtime_b: str
    precision: str
    dataset: str
    split: str
    test: McNemar

    def to_dict(self) -> dict[str, Any]:
        """The comparison as JSON-ready data.

        Returns
        -------
        dict
            The test's fields among the others.
        """
        fields = {name: value for name, value in vars(self).items() if name != "test"}
        return {**fields, **self.test.to_dict()}


def compare(
    model_a: str | Path | Pack,
    model_b: str | Path | Pack,
    *,
    dataset: str | None = None,
    split: str = "test",
    runtime: str | None = None,
    precision: str = "fp32",
    threads: int | None = None,
) -> Comparison:
    """Whether one trained model is better than another: McNemar's exact test on the same labelled images.

    Parameters
    ----------
    model_a, model_b : str, path-like or Pack
        Ids, architectures or folders of packs.
    dataset, split, runtime, precision : str
        As for `zoo.evaluate`, for both models. A data set must be named when they were trained on different ones.
    threads : int, optional
        As for `zoo.evaluate`.

    Returns
    -------
    Comparison

    Raises
    ------
    ZooError
        When the two were trained on different data sets and none is named; else as `zoo.evaluate`.
    """
    packs = [get_pack(model) for model in (model_a, model_b)]
    own = [pack.manifest["dataset"]["name"] for pack in packs]
    if dataset is None and own[0] != own[1]:
        raise ZooError(
            f"{packs[0].id} was trained on {own[0]}, {packs[1].id} on {own[1]}; name the images to compare them on "
            "with --dataset."
        )
    chosen = dataset or packs[0].manifest["recipe"]["dataset"]
    a, b = (
        answer(pack, dataset=chosen, split=split, runtime=runtime, precision=precision, threads=threads)
        for pack in packs
    )
    for answers in (a, b):
        judge(answers)
    return Comparison(
        model_a=packs[0].id,
        model_b=packs[1].id,
        runtime_a=a.runtime,
        runtime_b=b.runtime,
        precision=precision,
        dataset=a.data.name,
        split=split,
        test=mcnemar(a.correct, b.correct),
    )
