"""Fine-tuning: a training that begins with the weights of a trained pack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoo.errors import TrainingError
from zoo.runtimes.keras import load_keras_model
from zoo.training.plan import TrainingPlan

if TYPE_CHECKING:
    import keras

    from zoo.contract.pack import Pack

__all__ = ["copy_weights"]


def copy_weights(plan: TrainingPlan, network: keras.Model) -> dict[str, Any] | None:
    """Put the weights of the plan's `init`, if it has one, into a network that is about to be trained.

    Where that pack knows another number of classes, the weights that have one entry per class keep their fresh values.
    Returns what a manifest says about it: ``model``, ``sha256`` of the pack's weights, and the names of the weights
    that were ``left_fresh``.
    """
    pack = plan.init
    if pack is None:
        return None
    _check_fit(pack, plan)
    given = load_keras_model(pack.artifact("keras")).weights
    classes = (len(pack.classes), len(plan.data.classes))
    pairs = list(zip(network.weights, given, strict=True))
    fresh = [_is_fresh(pack, ours, tuple(theirs.shape), classes) for ours, theirs in pairs]
    for (ours, theirs), new in zip(pairs, fresh, strict=True):
        if not new:
            ours.assign(theirs)
    left_fresh = [ours.path for (ours, _), new in zip(pairs, fresh, strict=True) if new]
    return {"model": pack.id, "sha256": plan.init_digest, "left_fresh": left_fresh}


def _check_fit(pack: Pack, plan: TrainingPlan) -> None:
    """Refuse a pack of another architecture or image shape."""
    if pack.architecture != plan.architecture.name:
        raise TrainingError(
            f"--init {pack.id} is of the architecture {pack.architecture!r}, the training of "
            f"{plan.architecture.name!r}; its weights fit its own architecture only."
        )
    if pack.input_shape != plan.data.image_shape:
        raise TrainingError(
            f"--init {pack.id} takes images of shape {pack.input_shape}, the data set has {plan.data.image_shape}; "
            "choose a data set or a pack that fits."
        )


def _is_fresh(pack: Pack, ours: keras.Variable, have: tuple[int, ...], classes: tuple[int, int]) -> bool:
    """Whether a weight keeps its fresh values: its shape differs from the pack's as the numbers of classes do."""
    want = tuple(ours.shape)
    if have == want:
        return False
    pairs = list(zip(have, want, strict=False))
    if len(have) != len(want) or not all(one == other or (one, other) == classes for one, other in pairs):
        raise TrainingError(
            f"--init {pack.id}: the weight {ours.path!r} has the shape {have} there and {want} here, which the numbers "
            f"of classes, {classes[0]} and {classes[1]}, do not explain."
        )
    return True
