"""ONNX, opset 18, by tf2onnx."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zoo import Exporter
from zoo.errors import ExportError
from zoo_exporters.signature import INPUT, OUTPUT, serving_function

if TYPE_CHECKING:
    import keras

__all__ = ["ONNX"]

OPSET = 18


def export(model: keras.Model, path: Path, precision: str) -> None:
    """Convert the serving function; ``tf2onnx.convert.from_keras`` does not work with Keras 3."""
    import tf2onnx

    function, signature = serving_function(model)
    tf2onnx.convert.from_function(function, input_signature=signature, opset=OPSET, output_path=str(path))


def check(path: Path) -> None:
    """Check the file with ONNX's own checker, then opset, names, free batch size and that it is self-contained."""
    import onnx

    try:
        model = onnx.load_model_from_string(path.read_bytes())
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:  # the checker's and protobuf's errors derive from Exception alone
        raise ExportError(f"onnx.checker refuses the file: {error}") from error
    opsets = {entry.domain: entry.version for entry in model.opset_import}
    if opsets.get("", opsets.get("ai.onnx")) != OPSET:
        raise ExportError(f"the opset is {opsets}, not {OPSET}")
    inputs = [value.name for value in model.graph.input]
    outputs = [value.name for value in model.graph.output]
    if inputs != [INPUT] or outputs != [OUTPUT]:
        raise ExportError(f"the graph maps {inputs} to {outputs}, not {INPUT!r} to {OUTPUT!r}")
    batch = model.graph.input[0].type.tensor_type.shape.dim[0]
    if batch.HasField("dim_value"):
        raise ExportError(f"the batch size is fixed at {batch.dim_value}")
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in model.graph.initializer):
        raise ExportError("the weights are in another file; they must be inside")


ONNX = Exporter(
    format="onnx",
    file_name="model_{precision}.onnx",
    precisions=("fp32",),
    export=export,
    check=check,
    package="tf2onnx",
    extra="export",
)
