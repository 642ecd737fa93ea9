"""SavedModel: what TensorFlow Serving and TensorFlow itself load."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zoo import Exporter
from zoo_exporters.signature import INPUT, check_batch, check_names, serving_function

if TYPE_CHECKING:
    import keras

    from zoo import ExportJob

__all__ = ["SAVED_MODEL", "write_saved_model"]


def export(model: keras.Model, path: Path, job: ExportJob) -> None:
    """Write a SavedModel of the model as it is."""
    write_saved_model(model, path, job.batch_size)


def write_saved_model(model: keras.Model, path: Path, batch_size: int | None) -> None:
    """Write a SavedModel with the function ``serve`` and the signature ``serving_default``.

    By TensorFlow itself: Keras's ``ExportArchive`` writes every weight twice.
    """
    import tensorflow as tf

    function, _ = serving_function(model, batch_size)
    module = tf.Module()
    module.weights = [variable.value for variable in model.variables]
    module.serve = function
    tf.saved_model.save(module, str(path), signatures={"serving_default": function.get_concrete_function()})


def check(path: Path, job: ExportJob) -> None:
    """Check the names and the batch of ``serving_default``."""
    import tensorflow as tf

    signature = tf.saved_model.load(str(path)).signatures["serving_default"]
    inputs = signature.structured_input_signature[1]
    check_names("SavedModel", list(inputs), list(signature.structured_outputs))
    check_batch(inputs[INPUT].shape[0], job)


QUANTIZED = "TensorFlow itself computes in float32; export to TFLite or ONNX for this precision"

SAVED_MODEL = Exporter(
    format="saved_model",
    file_name="saved_model{suffix}",
    precisions=("fp32",),
    export=export,
    check=check,
    package="tensorflow",
    extra="export",
    unsupported={"fp16": QUANTIZED, "dynamic": QUANTIZED, "int8": QUANTIZED},
    options=("batch_size",),
)
