"""TFLite: what LiteRT runs on phones, microcontrollers and here."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo import Exporter
from zoo.errors import ExportError, UnsupportedExportError
from zoo_exporters import flatbuffer
from zoo_exporters.saved_model import write_saved_model
from zoo_exporters.signature import INPUT, OUTPUT, calibration_batches, check_batch, check_metadata

if TYPE_CHECKING:
    import keras

    from zoo import ExportJob

__all__ = ["TFLITE"]


def export(model: keras.Model, path: Path, job: ExportJob) -> None:
    """Convert through a SavedModel: converting a concrete function gives files that answer NaN without an error."""
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder:
        write_saved_model(model, Path(folder) / "model", job.batch_size)
        converter = tf.lite.TFLiteConverter.from_saved_model(str(Path(folder) / "model"))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]  # no Flex: an error instead
        if job.precision != "fp32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if job.precision == "fp16":
            converter.target_spec.supported_types = [tf.float16]
        if job.precision == "int8":
            converter.representative_dataset = lambda: ([images] for images in calibration_batches(job))
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]  # no float kernel: an error
            if not job.float_io:
                converter.inference_input_type = converter.inference_output_type = tf.int8
        data = converter.convert()
    path.write_bytes(flatbuffer.finish(data, {} if job.strip else job.metadata, strip=job.strip))


def check(path: Path, job: ExportJob) -> None:
    """Check names, batch, that every operator is a builtin, and that the precision is what it is called."""
    from ai_edge_litert.interpreter import Interpreter

    data = path.read_bytes()
    if data[4:8] != b"TFL3":
        raise ExportError(f"the file's identifier is {data[4:8]!r}, not b'TFL3'")
    interpreter = Interpreter(model_content=data)
    signature = interpreter.get_signature_list().get("serving_default")
    if not job.strip and signature != {"inputs": [INPUT], "outputs": [OUTPUT]}:
        raise ExportError(f"the signature is {signature}, not {INPUT!r} to {OUTPUT!r}")
    batch = interpreter.get_input_details()[0]["shape_signature"][0]
    check_batch(None if batch == -1 else int(batch), job)
    model = flatbuffer.read(data)
    check_metadata(flatbuffer.read_metadata(model), job)
    custom = flatbuffer.custom_operators(model)
    if custom:
        raise ExportError(f"operators that are no TFLite builtins: {', '.join(custom)}")
    main = model.subgraphs[0]
    ends = [main.tensors[index] for index in sorted({*main.inputs, *main.outputs})]
    constants, inside = [], []
    for tensor in (tensor for graph in model.subgraphs for tensor in graph.tensors):  # bodies of loops are graphs, too
        if flatbuffer.is_constant(model, tensor):
            constants.append(tensor)
        elif not any(tensor is end for end in ends):
            inside.append(tensor)
    _check_ends(ends, job)
    if job.precision == "int8":
        floats = flatbuffer.of_types([*constants, *inside], flatbuffer.FLOATS)
        if floats:
            raise ExportError(f"int8 holds {len(floats)} float tensors: {_named(floats)}")
        flat = flatbuffer.convolutions_per_tensor(model)
        if flat:
            raise ExportError(f"weights that are not quantised per channel: {_named(flat)}")
    elif job.precision == "fp16":
        wide = flatbuffer.of_types(constants, ("FLOAT32",))
        if wide:
            raise ExportError(f"fp16 holds {len(wide)} float32 constants: {_named(wide)}")
    elif job.precision == "dynamic" and not flatbuffer.of_types(constants, ("INT8",)):
        raise UnsupportedExportError(
            f"the converter quantises weights of at least 1,024 numbers, and the largest of this model has "
            f"{max((flatbuffer.count(tensor) for tensor in constants), default=0):,}: the file would be fp32"
        )


def _check_ends(ends: list[Any], job: ExportJob) -> None:
    expected = "INT8" if job.precision == "int8" and not job.float_io else "FLOAT32"
    wrong = [tensor for tensor in ends if flatbuffer.type_name(tensor) != expected]
    if wrong:
        raise ExportError(f"input and output must be {expected}: {_named(wrong)}")


def _named(tensors: list[Any]) -> str:
    shown = [f"{flatbuffer.name(tensor)} ({flatbuffer.type_name(tensor)})" for tensor in tensors[:5]]
    return ", ".join([*shown, *(["..."] if len(tensors) > len(shown) else [])])


TFLITE = Exporter(
    format="tflite",
    file_name="model_{precision}.tflite",
    precisions=("fp32", "fp16", "dynamic", "int8"),
    export=export,
    check=check,
    package="tensorflow",
    extra="export",
    options=("batch_size", "float_io", "strip"),
)
