"""Fits a network, epoch by epoch."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.contract.architecture import Architecture
from zoo.contract.dataset import Dataset
from zoo.contract.recipe import Recipe
from zoo.errors import TrainingError
from zoo.training.state import Checkpoint, TrainingState

if TYPE_CHECKING:
    import keras
    import numpy as np

__all__ = ["PREDICT_BATCH", "build_network", "compile_network", "fit", "in_batches"]

STEPS_PER_EXECUTION = 16  # steps between two looks of Python at a running epoch; Keras on Torch knows 1 only
PREDICT_BATCH = 512


def build_network(architecture: Architecture, data: Dataset) -> keras.Model:
    """Build an architecture for a data set.

    Raises
    ------
    TrainingError
        When it does not return one logit per class.
    """
    network = architecture.build(data.image_shape, len(data.classes))
    expected = (None, len(data.classes))
    if tuple(network.output_shape) != expected:
        raise TrainingError(
            f"The architecture {architecture.name!r} builds a model with output {network.output_shape}; it must return "
            f"logits of shape {expected}."
        )
    return network


def compile_network(network: keras.Model, recipe: Recipe, steps_per_epoch: int) -> None:
    """Compile a network with the recipe's optimizer and loss."""
    import keras

    from zoo.training.optimizer import fuse_batch_normalization, make_optimizer

    fuse_batch_normalization(network)
    backend = keras.backend.backend()
    temperature = recipe.teacher.temperature if recipe.teacher else 1.0

    def loss(target: Any, logits: Any) -> Any:
        """Cross-entropy; softened for a teacher, and scaled so that gradients keep their size (Hinton et al. 2015)."""
        softened = keras.losses.categorical_crossentropy(
            target, logits / temperature, from_logits=True, label_smoothing=recipe.label_smoothing
        )
        return softened * temperature**2

    network.compile(
        optimizer=make_optimizer(recipe, steps_per_epoch),
        loss=loss,
        metrics=["accuracy"],
        steps_per_execution=1 if backend == "torch" else min(steps_per_epoch, STEPS_PER_EXECUTION),
        jit_compile=False if backend == "tensorflow" else "auto",  # XLA is slower on a CPU here
    )
    network.optimizer.build(network.trainable_variables)


def fit(
    state: TrainingState,
    data: Dataset,
    recipe: Recipe,
    seed: int,
    checkpoint: Checkpoint,
    history: list[dict[str, float]],
    *,
    tensorboard: str | Path | None,
    progress: bool | str,
    on_epoch: Callable[[dict[str, float]], None] | None,
) -> None:
    """Train from the epoch after the last one in `history` to the recipe's last, appending a row for each.

    At the end the network holds the weights that count: the average, when the recipe keeps one.

    Raises
    ------
    TrainingError
        When the loss stops being a number.
    """
    import keras
    import numpy as np

    from zoo.training.epochs import epochs_ahead
    from zoo.training.progress import progress_callback

    network = state.network
    steps = data.training_count // recipe.batch_size
    targets = np.eye(len(data.classes), dtype=np.float32)
    validation = (data.validation.scaled(), targets[data.validation.labels]) if recipe.hold_out else None
    callbacks: list[keras.callbacks.Callback] = [_watch(state, validation)]
    if tensorboard is not None:
        callbacks.append(keras.callbacks.TensorBoard(str(tensorboard)))
    with contextlib.ExitStack() as stack:
        bar = progress_callback(recipe.epochs, steps, len(history), progress) if progress else None
        if bar is not None:
            callbacks.append(bar)
            stack.callback(bar.close)
        start = time.perf_counter()
        for epoch, images, labels in epochs_ahead(data, recipe, seed, len(history)):
            _seed_layers(network, seed, epoch)
            fitted = network.fit(
                **in_batches(recipe.batch_size, images, labels),
                shuffle=False,  # the order is the epoch's own
                initial_epoch=epoch,
                epochs=epoch + 1,
                callbacks=callbacks,
                verbose=0,
            )
            row = {"epoch": epoch + 1, **{name: float(values[-1]) for name, values in fitted.history.items()}}
            # The loss is that before the last step; what came out of it shows in the validation, or in one more answer.
            broken = next((row[name] for name in ("loss", "val_loss") if not math.isfinite(row.get(name, 0))), None)
            if validation is None:
                last = keras.ops.convert_to_numpy(network(images[-recipe.batch_size :], training=False))
                broken = broken if np.isfinite(last).all() else math.nan
            if broken is not None:
                raise TrainingError(
                    f"The loss became {broken} in epoch {epoch + 1}; training stopped, and nothing of this epoch was "
                    f"kept. Lower the learning rate ({recipe.learning_rate:g}), or look for broken images in the data."
                )
            row["learning_rate"] = float(keras.ops.convert_to_numpy(network.optimizer.learning_rate))
            end = time.perf_counter()
            row["seconds"] = round(end - start, 3)  # with what it waited for its images
            start = end
            history.append(row)
            checkpoint.save(state.variables, history)
            if bar is not None:
                bar.tell(row)
            if on_epoch is not None:
                on_epoch(row)
    state.keep_average()


def _validate(network: keras.Model, images: Any, targets: Any) -> dict[str, float]:
    """Loss and accuracy on validation images, against their labels whatever the training's targets are."""
    import numpy as np

    logits = network.predict(**in_batches(PREDICT_BATCH, images), verbose=0).astype(np.float64)
    log_probabilities = logits - logits.max(axis=1, keepdims=True)
    log_probabilities -= np.log(np.exp(log_probabilities).sum(axis=1, keepdims=True))
    return {
        "val_accuracy": float((logits.argmax(axis=1) == targets.argmax(axis=1)).mean()),
        "val_loss": float(-(targets * log_probabilities).sum(axis=1).mean()),
    }


def _watch(state: TrainingState, validation: tuple[Any, Any] | None) -> Any:
    """A callback that updates the moving average after each execution of several steps, and validates it, if it may.

    It also ends an epoch whose loss is no number; Keras's own callback for that prints to standard output.

    Validation belongs to the logs of an epoch, so that the callbacks after this one see it: TensorBoard and history.
    """
    import keras

    class Watch(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            self._seen = 0

        def on_train_batch_end(self, batch: int, logs: dict[str, float]) -> None:
            if not math.isfinite(logs["loss"]):
                self.model.stop_training = True
            state.update(self.model, batch + 1 - self._seen)
            self._seen = batch + 1

        def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
            network = self.model  # before its weights are looked at: see `TrainingState.update`
            if validation is not None:
                with state.averaged():
                    logs.update(_validate(network, *validation))

    return Watch()


def _seed_layers(network: keras.Model, seed: int, epoch: int) -> None:
    """Give every dropout layer a state that depends on (seed, epoch) alone; no checkpoint of Keras's keeps it."""
    import numpy as np

    weights = {id(weight) for weight in network.weights}
    states = [variable for variable in network.non_trainable_variables if id(variable) not in weights]
    random = np.random.default_rng([seed, epoch, 1])
    for state in states:
        state.assign(random.integers(0, 2**31, size=tuple(state.shape)).astype("uint32"))


def in_batches(size: int, *arrays: np.ndarray) -> dict[str, Any]:
    """Arguments for ``fit`` or ``predict``: the arrays in their order, cut into batches.

    From arrays Keras itself makes a ``tf.data`` pipeline that tunes itself, in a thread that the end of each epoch has
    to wait for: a second, as often as not. So TensorFlow is given a pipeline that has nothing to tune.

    Parameters
    ----------
    size : int
        Images per batch; the last batch may be smaller.
    arrays : ndarray of shape (n, ...)
        Images, and targets for ``fit``.

    Returns
    -------
    dict
        Keyword arguments.
    """
    import keras

    if keras.backend.backend() != "tensorflow":
        return {**dict(zip("xy", arrays, strict=False)), "batch_size": size}
    import tensorflow as tf

    steps = -(-len(arrays[0]) // size)
    whole = size if len(arrays[0]) % size == 0 else None  # the shape of a batch, where all are alike

    def batch(step: Any, tensors: tuple[Any, ...]) -> tuple[Any, ...]:
        parts = [tensor[step * size : (step + 1) * size] for tensor in tensors]
        return tuple(tf.ensure_shape(part, [whole, *part.shape[1:]]) for part in parts)

    # As elements, not captured by the function: that would keep an epoch's images until Python looks for cycles.
    tensors = tf.data.Dataset.from_tensors(tuple(map(tf.constant, arrays))).repeat()
    batches = tf.data.Dataset.zip(tf.data.Dataset.range(steps), tensors).map(batch).prefetch(2)
    options = tf.data.Options()
    options.autotune.enabled = False
    return {"x": batches.with_options(options)}
