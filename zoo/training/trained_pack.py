"""What a finished training leaves: calibrated, evaluated, and written as a pack."""

from __future__ import annotations

import csv
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.canvas import SPEC_ID
from zoo.contract.pack import MANIFEST, SCHEMA, Cell, Rejection
from zoo.evaluation.evaluate import Evaluation, evaluate_probabilities, summary, write_evaluation
from zoo.evaluation.metrics import fit_temperature, fit_threshold
from zoo.packs.card import write_card
from zoo.packs.writing import artifact_entry, write_json
from zoo.runtimes.keras import count_macs
from zoo.training.fitting import predict_logits
from zoo.training.plan import TrainingPlan
from zoo.training.state import TrainingState

if TYPE_CHECKING:
    import keras

__all__ = ["write_trained"]


def write_trained(folder: Path, plan: TrainingPlan, state: TrainingState, init: dict[str, Any] | None) -> None:
    """Fill a pack's empty folder with what a training of the plan gave; `init` is as `copy_weights` returned it."""
    network = state.network
    temperature, rejection = _calibrate(network, plan)
    evaluation = _evaluate(network, plan, temperature)
    plain = plan.architecture.build(plan.data.image_shape, len(plan.data.classes))  # without optimizer and metrics
    plain.set_weights(network.get_weights())
    plain.save(folder / "model.keras")
    with (folder / "history.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(state.history[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(state.history)
    write_evaluation(evaluation, folder)
    manifest = {
        "schema": SCHEMA,
        "id": plan.model,
        "architecture": plan.architecture.name,
        "tag": plan.tag,
        "parameters": network.count_params(),
        "macs": count_macs(network),
        "dataset": {"name": plan.data.name, "digests": dict(plan.data.digests)},
        "classes": list(plan.data.classes),
        "input": {"name": "image", "dtype": "float32", "range": [0, 1], "shape": list(plan.data.image_shape)},
        "preprocessing": {"canvas": SPEC_ID if plan.data.like_canvas else None},
        "temperature": float(temperature),
        "rejection": rejection,
        "recipe": plan.recipe.to_dict(),
        "seed": plan.seed,
        "init": init,
        "teachers": plan.teacher_digests,
        "versions": _versions(),
        "metrics": summary(evaluation),
        "artifacts": [artifact_entry(folder, folder / "model.keras", Cell("keras"))],
    }
    write_json(folder / MANIFEST, manifest)
    write_card(folder, plan.architecture)


def _calibrate(network: keras.Model, plan: TrainingPlan) -> tuple[float, dict[str, Any] | None]:
    """The temperature and the manifest's ``rejection``, both fitted on the validation images.

    A recipe may give the temperature; only a model that learned from outliers withholds answers.
    """
    from scipy.special import softmax

    temperature = plan.recipe.temperature
    if temperature is not None and plan.data.outliers is None:
        return temperature, None
    logits = predict_logits(network, plan.data.validation.scaled())
    if temperature is None:
        temperature = fit_temperature(logits, plan.data.validation.labels)
    if plan.data.outliers is None:
        return temperature, None
    probabilities = softmax(logits / temperature, axis=1)
    threshold = fit_threshold(probabilities)
    return temperature, {
        "score": "max_probability",
        "threshold": threshold,
        "calibrated_on": f"validation images of {plan.data.name}",
        "images": len(probabilities),
        "rejected": float(Rejection(threshold).rejects(probabilities).mean()),
    }


def _evaluate(network: keras.Model, plan: TrainingPlan, temperature: float) -> Evaluation:
    """What the network answers to the test images."""
    from scipy.special import softmax

    start = time.perf_counter()
    probabilities = softmax(predict_logits(network, plan.data.test.scaled()) / temperature, axis=1)
    return evaluate_probabilities(
        probabilities,
        plan.data.test.labels,
        plan.data.classes,
        dataset=plan.data.name,
        format="keras",
        precision="fp32",
        runtime="keras",
        seconds=time.perf_counter() - start,
    )


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
