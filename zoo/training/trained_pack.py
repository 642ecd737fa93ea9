"""What a finished training leaves: calibrated, evaluated, and written as a pack."""

from __future__ import annotations

import csv
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.contract.architecture import Architecture
from zoo.contract.dataset import Dataset
from zoo.contract.pack import MANIFEST, SCHEMA, Cell
from zoo.contract.recipe import Recipe
from zoo.packs.writing import artifact_entry, write_json

if TYPE_CHECKING:
    import keras
    import numpy as np

__all__ = ["write_trained"]


def write_trained(
    folder: Path,
    network: keras.Model,
    architecture: Architecture,
    tag: str,
    recipe: Recipe,
    data: Dataset,
    seed: int,
    history: list[dict[str, float]],
    init: dict[str, Any] | None = None,
) -> None:
    """Fill a pack's folder: the model, its temperature, and what it answers to the test images.

    The temperature is fitted on the validation images unless the recipe gives it; so is the threshold of a model that
    learned from outliers.

    Parameters
    ----------
    folder : pathlib.Path
        Empty.
    network : keras.Model
        Trained; returns logits.
    architecture, tag, recipe, data, seed
        What it is and how it was trained.
    history : list of dict
        A row per epoch.
    init : dict, optional
        What its first weights came from; see `zoo.training.fine_tuning.copy_weights`.
    """
    from zoo.canvas import SPEC_ID
    from zoo.evaluation.evaluate import evaluate_probabilities, summary, write_evaluation
    from zoo.evaluation.metrics import fit_temperature, softmax
    from zoo.packs.card import write_card
    from zoo.runtimes.keras import count_macs
    from zoo.training.fitting import PREDICT_BATCH, in_batches
    from zoo.training.teacher import teacher_digests

    def logits(images: np.ndarray) -> np.ndarray:
        predicted: np.ndarray = network.predict(**in_batches(PREDICT_BATCH, images), verbose=0)
        return predicted

    temperature, rejection = recipe.temperature, None
    if temperature is None or data.outliers is not None:
        held_out = logits(data.validation.scaled())
        if temperature is None:
            temperature = fit_temperature(held_out, data.validation.labels)
        if data.outliers is not None:
            rejection = _rejection(softmax(held_out, temperature), data.name)
    start = time.perf_counter()
    probabilities = softmax(logits(data.test.scaled()), temperature)
    evaluation = evaluate_probabilities(
        probabilities,
        data.test.labels,
        data.classes,
        dataset=data.name,
        format="keras",
        precision="fp32",
        runtime="keras",
        seconds=time.perf_counter() - start,
    )
    plain = architecture.build(data.image_shape, len(data.classes))  # without optimizer and metrics
    plain.set_weights(network.get_weights())
    plain.save(folder / "model.keras")
    with (folder / "history.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(history[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(history)
    write_evaluation(evaluation, folder)
    manifest = {
        "schema": SCHEMA,
        "id": f"{architecture.name}.{tag}",
        "architecture": architecture.name,
        "tag": tag,
        "parameters": network.count_params(),
        "macs": count_macs(network),
        "dataset": {"name": data.name, "digests": dict(data.digests)},
        "classes": list(data.classes),
        "input": {"name": "image", "dtype": "float32", "range": [0, 1], "shape": list(data.image_shape)},
        "preprocessing": {"canvas": SPEC_ID if data.like_canvas else None},
        "temperature": float(temperature),
        "rejection": rejection,
        "recipe": recipe.to_dict(),
        "seed": seed,
        "init": init,
        "teachers": teacher_digests(recipe.teacher),
        "versions": _versions(),
        "metrics": summary(evaluation),
        "artifacts": [artifact_entry(folder, folder / "model.keras", Cell("keras"))],
    }
    write_json(folder / MANIFEST, manifest)
    write_card(folder, architecture)


def _rejection(probabilities: np.ndarray, dataset: str) -> dict[str, Any]:
    """The manifest's entry, from the probabilities for the validation images."""
    from zoo.contract.pack import Rejection
    from zoo.evaluation.metrics import fit_threshold

    threshold = fit_threshold(probabilities)
    return {
        "score": "max_probability",
        "threshold": threshold,
        "calibrated_on": f"validation images of {dataset}",
        "images": len(probabilities),
        "rejected": float(Rejection(threshold).rejects(probabilities).mean()),
    }


def _versions() -> dict[str, str]:
    import keras

    backend = keras.backend.backend()
    return {
        "python": platform.python_version(),
        "digit-zoo": version("digit-zoo"),
        "keras": keras.__version__,
        backend: version(backend),
        "numpy": version("numpy"),
    }
