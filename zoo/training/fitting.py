"""Builds, compiles and fits a network, epoch by epoch, as a plan says."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import TrainingError
from zoo.training.epochs import epochs_ahead
from zoo.training.optimizer import fuse_batch_normalization, make_optimizer
from zoo.training.plan import TrainingPlan
from zoo.training.progress import Progress, Report
from zoo.training.state import Checkpoint, TrainingState

if TYPE_CHECKING:
    import keras

__all__ = ["build_network", "compile_network", "fit", "predict_logits"]

STEPS_PER_EXECUTION = 16  # steps between two looks of Python at a running epoch; Keras on Torch knows 1 only
PREDICT_BATCH = 512


def build_network(plan: TrainingPlan) -> keras.Model:
    """Build the plan's architecture for its data set; it must return one logit per class."""
    classes = len(plan.data.classes)
    network = plan.architecture.build(plan.data.image_shape, classes)
    if tuple(network.output_shape) != (None, classes):
        raise TrainingError(
            f"The architecture {plan.architecture.name!r} builds a model with output {network.output_shape}; it must "
            f"return logits of shape {(None, classes)}."
        )
    return network


def compile_network(network: keras.Model, plan: TrainingPlan) -> None:
    """Compile a network with the recipe's optimizer and loss."""
    import keras

    fuse_batch_normalization(network)
    backend = keras.backend.backend()
    recipe, steps = plan.recipe, plan.steps_per_epoch
    temperature = recipe.teacher.temperature if recipe.teacher else 1.0

    def loss(target: Any, logits: Any) -> Any:
        """Cross-entropy; softened for a teacher, and scaled so that gradients keep their size (Hinton et al. 2015)."""
        softened = keras.losses.categorical_crossentropy(
            target, logits / temperature, from_logits=True, label_smoothing=recipe.label_smoothing
        )
        return softened * temperature**2

    network.compile(
        optimizer=make_optimizer(recipe, steps),
        loss=loss,
        metrics=["accuracy"],
        steps_per_execution=1 if backend == "torch" else min(steps, STEPS_PER_EXECUTION),
        jit_compile=False if backend == "tensorflow" else "auto",  # XLA is slower on a CPU here
    )
    network.optimizer.build(network.trainable_variables)


def fit(plan: TrainingPlan, state: TrainingState, checkpoint: Checkpoint, report: Report) -> None:
    """Train from the epoch after the last one in the state's history to the recipe's last, appending a row for each.

    At the end the network holds the weights that count: the average, when the recipe keeps one. An epoch whose loss
    stops being a number is a `TrainingError`, and leaves nothing.
    """
    import keras

    network, recipe, done = state.network, plan.recipe, len(state.history)
    with Progress(report, recipe.epochs, plan.steps_per_epoch, done) as progress:
        callbacks = [_watch(state, plan, progress)]
        if report.tensorboard is not None:
            callbacks.append(keras.callbacks.TensorBoard(str(report.tensorboard)))
        start = time.perf_counter()
        for epoch, images, targets in epochs_ahead(plan, done):
            _seed_layers(network, plan.seed, epoch)
            fitted = network.fit(
                **in_batches(recipe.batch_size, images, targets),
                shuffle=False,  # the order is the epoch's own
                initial_epoch=epoch,
                epochs=epoch + 1,
                callbacks=callbacks,
                verbose=0,
            )
            row = {"epoch": epoch + 1, **{name: float(values[-1]) for name, values in fitted.history.items()}}
            _check_finite(row, plan, network, images)
            row["learning_rate"] = float(keras.ops.convert_to_numpy(network.optimizer.learning_rate))
            end = time.perf_counter()
            row["seconds"] = round(end - start, 3)  # with what it waited for its images
            start = end
            state.history.append(row)
            checkpoint.save(state.variables, state.history)
            progress.epoch(row)
    state.keep_average()


def _check_finite(row: dict[str, float], plan: TrainingPlan, network: keras.Model, images: np.ndarray) -> None:
    """Stop at a loss that is no number.

    It is that before the last step; what came out of that shows in the validation, or in one more answer.
    """
    import keras

    broken = next((row[name] for name in ("loss", "val_loss") if not math.isfinite(row.get(name, 0))), None)
    if not plan.recipe.hold_out:
        last = keras.ops.convert_to_numpy(network(images[-plan.recipe.batch_size :], training=False))
        broken = broken if np.isfinite(last).all() else math.nan
    if broken is not None:
        raise TrainingError(
            f"The loss became {broken} in epoch {row['epoch']}; training stopped, and nothing of this epoch was kept. "
            f"Lower the learning rate ({plan.recipe.learning_rate:g}), or look for broken images in the data."
        )


def _watch(state: TrainingState, plan: TrainingPlan, progress: Progress) -> Any:
    """A callback that updates the moving average after each execution of several steps, and validates it, if it may.

    It also ends an epoch whose loss is no number; Keras's own callback for that prints to standard output.

    Validation belongs to the logs of an epoch, so that the callbacks after this one see it: TensorBoard and history.
    """
    import keras

    images = plan.data.validation.scaled() if plan.recipe.hold_out else None

    class Watch(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            self._seen = 0

        def on_train_batch_end(self, batch: int, logs: dict[str, float]) -> None:
            if not math.isfinite(logs["loss"]):
                self.model.stop_training = True
            steps = batch + 1 - self._seen
            self._seen = batch + 1
            state.update(self.model, steps)
            progress.step(steps)

        def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
            network = self.model  # before its weights are looked at: see `TrainingState.update`
            if images is not None:
                with state.averaged():
                    logs.update(_validate(network, images, plan.data.validation.labels))

    return Watch()


def _validate(network: keras.Model, images: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Loss and accuracy on validation images, against their labels whatever the training's targets are."""
    from scipy.special import log_softmax

    logits = predict_logits(network, images).astype(np.float64)
    with np.errstate(invalid="ignore"):  # of a network that broke, which the loss tells
        own = log_softmax(logits, axis=1)[np.arange(len(labels)), labels]
    return {"val_accuracy": float((logits.argmax(axis=1) == labels).mean()), "val_loss": float(-own.mean())}


def predict_logits(network: keras.Model, images: np.ndarray) -> np.ndarray:
    """What a network returns for images (n, height, width, channels), float32 in [0, 1]: float32, (n, classes)."""
    logits: np.ndarray = network.predict(**in_batches(PREDICT_BATCH, images), verbose=0)
    return logits


def _seed_layers(network: keras.Model, seed: int, epoch: int) -> None:
    """Give every dropout layer a state that depends on (seed, epoch) alone; no checkpoint of Keras's keeps it."""
    weights = {id(weight) for weight in network.weights}
    states = [variable for variable in network.non_trainable_variables if id(variable) not in weights]
    random = np.random.default_rng([seed, epoch, 1])
    for state in states:
        state.assign(random.integers(0, 2**31, size=tuple(state.shape)).astype("uint32"))


def in_batches(size: int, *arrays: np.ndarray) -> dict[str, Any]:
    """Arguments for ``fit`` or ``predict``: images, and targets for ``fit``, in their order in batches of `size`.

    From arrays Keras itself makes a ``tf.data`` pipeline that tunes itself, in a thread that the end of each epoch has
    to wait for: a second, as often as not. So TensorFlow is given a pipeline that has nothing to tune.
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
