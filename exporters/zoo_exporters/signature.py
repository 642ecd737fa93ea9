"""What every format has in common: one function of named input and output, and what is asked of a file of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from zoo.errors import ExportError

if TYPE_CHECKING:
    import keras
    import numpy as np

    from zoo import ExportJob

__all__ = ["INPUT", "OUTPUT", "calibration_batches", "check_batch", "check_metadata", "check_names", "serving_function"]

INPUT = "image"
OUTPUT = "probabilities"


def serving_function(model: keras.Model, batch_size: int | None = None) -> tuple[Any, list[Any]]:
    """The model as a ``tf.function`` with named input and output, and its signature; the batch is free or fixed.

    It returns ``{"probabilities": ...}``: a bare tensor would lose its name in ONNX.
    """
    import tensorflow as tf

    signature = [tf.TensorSpec((batch_size, *model.input_shape[1:]), tf.float32, name=INPUT)]

    def serve(image: Any) -> dict[str, Any]:
        return {OUTPUT: model(image, training=False)}

    return tf.function(serve, input_signature=signature), signature


def calibration_batches(job: ExportJob) -> Iterator[np.ndarray]:
    """The calibration images in batches as the file takes them, float32 (batch, height, width, channels)."""
    if job.calibration is None:
        raise ExportError("int8 needs calibration images, and was given none")
    size = job.batch_size or 1
    for start in range(0, len(job.calibration) - size + 1, size):
        yield job.calibration[start : start + size]


def check_names(what: str, inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Refuse a file whose input and output have other names."""
    if list(inputs) != [INPUT] or list(outputs) != [OUTPUT]:
        raise ExportError(f"the {what} maps {list(inputs)} to {list(outputs)}, not {INPUT!r} to {OUTPUT!r}")


def check_batch(batch: int | None, job: ExportJob) -> None:
    """Refuse a file that takes other batches than the job asks for; None is any."""
    if batch != job.batch_size:
        raise ExportError(f"the batch size is {batch or 'free'}, not {job.batch_size or 'free'}")


def check_metadata(inside: Mapping[str, str], job: ExportJob) -> None:
    """Refuse a file that says something else about itself than the job; only a stripped one may say nothing."""
    if job.strip:
        return
    for key, expected in job.metadata.items():
        if inside.get(key) != expected:
            raise ExportError(f"the file's metadata say {inside.get(key)!r} for {key}, the pack says {expected!r}")
