"""Two models on the same labelled images."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from zoo.contract.pack import Pack
from zoo.errors import ZooError
from zoo.evaluation.answers import collect_answers
from zoo.evaluation.evaluate import evaluate_answers
from zoo.packs.store import get_pack

__all__ = ["Comparison", "McNemar", "compare", "mcnemar"]


@dataclass(frozen=True)
class McNemar:
    """Two models A and B on the same labelled images."""

    images: int
    both_right: int  # the numbers of images add up to `images`
    only_a_right: int
    only_b_right: int
    both_wrong: int
    accuracy_a: float
    accuracy_b: float
    difference: float  # accuracy of A minus that of B, with its 95 % interval, in [-1, 1]
    difference_low: float
    difference_high: float
    p_value: float  # how likely two equally good models differ at least so much; 1.0 when no image tells them apart


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
        return {**fields, **asdict(self.test)}


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
        collect_answers(pack, dataset=chosen, split=split, runtime=runtime, precision=precision, threads=threads)
        for pack in packs
    )
    for answers in (a, b):
        evaluate_answers(answers)  # which logs them
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


def mcnemar(correct_a: npt.ArrayLike, correct_b: npt.ArrayLike) -> McNemar:
    """The exact test of McNemar (1947): only images that one model has right and the other has wrong tell.

    Takes whether each model answers each image (n,) rightly. The p-value is that of a fair coin thrown once for each
    telling image. The interval of the difference is the adjusted Wald interval of Bonett and Price (2012,
    https://doi.org/10.3102/1076998611411915), which holds its level when few images tell.
    """
    from scipy.stats import binomtest, norm

    a, b = np.asarray(correct_a, dtype=bool), np.asarray(correct_b, dtype=bool)
    if a.ndim != 1 or a.shape != b.shape or not a.size:
        raise ZooError(
            f"The answers have the shapes {a.shape} and {b.shape}; both must be (n,), one for each of the same images."
        )
    images = a.size
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    told = only_a + only_b
    # As if each model had won one more image, of two more: without it, no telling image would mean no doubt.
    share_a, share_b = (only_a + 1) / (images + 2), (only_b + 1) / (images + 2)
    half = norm.ppf(0.975) * np.sqrt((share_a + share_b - (share_a - share_b) ** 2) / (images + 2))
    centre = share_a - share_b
    return McNemar(
        images=images,
        both_right=int((a & b).sum()),
        only_a_right=only_a,
        only_b_right=only_b,
        both_wrong=int((~a & ~b).sum()),
        accuracy_a=float(a.mean()),
        accuracy_b=float(b.mean()),
        difference=(only_a - only_b) / images,
        difference_low=max(-1.0, float(centre - half)),
        difference_high=min(1.0, float(centre + half)),
        p_value=float(binomtest(only_a, told).pvalue) if told else 1.0,
    )
