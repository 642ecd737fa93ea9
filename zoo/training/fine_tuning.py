"""Fine-tuning: a training that begins with the weights of a trained pack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoo.errors import TrainingError

if TYPE_CHECKING:
    import keras

    from zoo.contract.pack import Pack

__all__ = ["copy_weights"]


def copy_weights(pack: Pack, network: keras.Model, architecture: str, classes: int) -> dict[str, Any]:
    """Put a pack's weights into a network of the same architecture that is about to be trained.

    Where the pack knows another number of classes, the weights that have one entry per class keep their fresh values.

    Parameters
    ----------
    pack : Pack
    network : keras.Model
    architecture : str
        Name of the network's architecture.
    classes : int
        Its number of classes.

    Returns
    -------
    dict
        What a manifest says about it: ``model``, ``sha256`` of the pack's weights, and the names of the weights that
        were ``left_fresh``.

    Raises
    ------
    TrainingError
        When architecture, image shape or a weight's shape differ.
    PackError
        When the pack's file is damaged.
    """
    from zoo.runtimes.keras import load_keras_model

    if pack.architecture != architecture:
        raise TrainingError(
            f"--init {pack.id} is of the architecture {pack.architecture!r}, the training of {architecture!r}; "
            "its weights fit its own architecture only."
        )
    shape = tuple(network.input_shape[1:])
    if pack.input_shape != shape:
        raise TrainingError(
            f"--init {pack.id} takes images of shape {pack.input_shape}, the data set has {shape}; choose a data set "
            "or a pack that fits."
        )
    artifact = pack.artifact("keras")
    source = load_keras_model(artifact)
    fresh = []
    theirs = len(pack.classes)
    for ours, given in zip(network.weights, source.weights, strict=True):
        if tuple(ours.shape) == tuple(given.shape):
            continue
        have, want = tuple(given.shape), tuple(ours.shape)
        per_class = len(have) == len(want) and all(
            one == other or (one, other) == (theirs, classes) for one, other in zip(have, want, strict=True)
        )
        if not per_class:
            raise TrainingError(
                f"--init {pack.id}: the weight {ours.path!r} has the shape {tuple(given.shape)} there and "
                f"{tuple(ours.shape)} here, which the numbers of classes, {theirs} and {classes}, do not explain."
            )
        fresh.append(ours)
    for ours, given in zip(network.weights, source.weights, strict=True):
        if not any(ours is weight for weight in fresh):
            ours.assign(given)
    return {"model": pack.id, "sha256": artifact.sha256, "left_fresh": [weight.path for weight in fresh]}
