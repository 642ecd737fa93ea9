"""TFLite: what LiteRT runs on phones, microcontrollers and here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zoo import Exporter
from zoo.errors import ExportError
from zoo_exporters import saved_model
from zoo_exporters.signature import INPUT, OUTPUT

if TYPE_CHECKING:
    import keras

__all__ = ["TFLITE"]


def export(model: keras.Model, path: Path, precision: str) -> None:
    """Convert through a SavedModel: converting a concrete function gives files that answer NaN without an error."""
    import tempfile

    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder:
        saved_model.export(model, Path(folder) / "model", "fp32")
        converter = tf.lite.TFLiteConverter.from_saved_model(str(Path(folder) / "model"))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]  # no Flex: an error instead
        path.write_bytes(converter.convert())


def check(path: Path) -> None:
    """Check names, free batch size and that every operator is a builtin."""
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.interpreter import Interpreter

    data = path.read_bytes()
    if data[4:8] != b"TFL3":
        raise ExportError(f"the file's identifier is {data[4:8]!r}, not b'TFL3'")
    interpreter = Interpreter(model_content=data)
    signature = interpreter.get_signature_list().get("serving_default")
    if signature != {"inputs": [INPUT], "outputs": [OUTPUT]}:
        raise ExportError(f"the signature is {signature}, not {INPUT!r} to {OUTPUT!r}")
    batch = interpreter.get_input_details()[0]["shape_signature"][0]
    if batch != -1:
        raise ExportError(f"the batch size is fixed at {batch}")
    model = schema.Model.GetRootAsModel(data, 0)
    codes = [model.OperatorCodes(index) for index in range(model.OperatorCodesLength())]
    # Flex operators, which need TensorFlow beside the runtime, are custom ones too.
    custom = sorted(code.CustomCode().decode() for code in codes if code.BuiltinCode() == schema.BuiltinOperator.CUSTOM)
    if custom:
        raise ExportError(f"operators that are no TFLite builtins: {', '.join(custom)}")


TFLITE = Exporter(
    format="tflite",
    file_name="model_{precision}.tflite",
    precisions=("fp32",),
    export=export,
    check=check,
    package="tensorflow",
    extra="export",
)
