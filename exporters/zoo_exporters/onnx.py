"""ONNX, opset 18: converted by tf2onnx, quantised by ONNX Runtime."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo import Exporter
from zoo.errors import ExportError, UnsupportedExportError
from zoo_exporters.signature import (
    INPUT,
    calibration_batches,
    check_batch,
    check_metadata,
    check_names,
    serving_function,
)

if TYPE_CHECKING:
    import keras
    import numpy as np
    import onnx

    from zoo import ExportJob

__all__ = ["ONNX"]

OPSET = 18
WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul")
SMALL = 16  # numbers in a tensor that says how to compute: a scale, an exponent, a shape


def export(model: keras.Model, path: Path, job: ExportJob) -> None:
    """Convert the serving function; ``tf2onnx.convert.from_keras`` does not work with Keras 3."""
    import onnx
    import tf2onnx

    function, signature = serving_function(model, job.batch_size)
    proto, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=OPSET)
    if job.precision == "fp16":
        proto = _to_fp16(proto)
    elif job.precision != "fp32":
        proto = _quantized(proto, job)
    if job.batch_size is None:
        for value in (*proto.graph.input, *proto.graph.output):
            value.type.tensor_type.shape.dim[0].dim_param = "batch"
    used = {node.domain for node in proto.graph.node}
    for entry in [entry for entry in proto.opset_import if entry.domain not in ("", *used)]:
        proto.opset_import.remove(entry)  # the optimiser names every domain that it knows
    onnx.helper.set_model_props(proto, dict(job.metadata))
    path.write_bytes(proto.SerializeToString())


def _to_fp16(proto: onnx.ModelProto) -> onnx.ModelProto:
    from onnxruntime.quantization.onnx_model import ONNXModel
    from onnxruntime.transformers.float16 import convert_float_to_float16

    model = ONNXModel(convert_float_to_float16(proto, keep_io_types=True))
    model.topological_sort()  # the casts of input and output stand at the end
    return model.model


def _quantized(proto: onnx.ModelProto, job: ExportJob) -> onnx.ModelProto:
    import onnx
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder:
        plain, prepared, finished = (Path(folder) / f"{name}.onnx" for name in ("plain", "prepared", "quantized"))
        onnx.save(proto, plain)  # given a model in memory, the next line puts its weights into another file
        quant_pre_process(str(plain), str(prepared), skip_symbolic_shape=True)  # that needs sympy, and gains nothing
        if job.precision == "dynamic":
            # Unsigned weights: CPUs without VNNI add the products with signed ones in 16 bits, which saturate.
            quantization.quantize_dynamic(
                str(prepared), str(finished), per_channel=True, weight_type=quantization.QuantType.QUInt8
            )
        else:
            quantization.quantize_static(
                str(prepared),
                str(finished),
                _reader(job),
                quant_format=quantization.QuantFormat.QDQ,
                per_channel=True,
                activation_type=quantization.QuantType.QInt8,
                weight_type=quantization.QuantType.QInt8,
                reduce_range=True,  # 7-bit weights: CPUs without VNNI add 8-bit products in 16 bits, which saturate
            )
        return onnx.load(finished)


def _reader(job: ExportJob) -> Any:
    from onnxruntime.quantization import CalibrationDataReader

    batches = calibration_batches(job)

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        """Gives the calibration images, a batch at a time."""

        def get_next(self) -> dict[str, np.ndarray] | None:
            images = next(batches, None)
            return None if images is None else {INPUT: images}

    return Reader()


def check(path: Path, job: ExportJob) -> None:
    """Check the file with ONNX's own checker, then opset, names, batch, no external data, and the precision."""
    import onnx

    try:
        model = onnx.load_model_from_string(path.read_bytes())
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:  # the checker's and protobuf's errors derive from Exception alone
        raise ExportError(f"onnx.checker refuses the file: {error}") from error
    opsets = {entry.domain or "ai.onnx": entry.version for entry in model.opset_import}
    if opsets.get("ai.onnx") != OPSET:
        raise ExportError(f"the opset is {opsets}, not {OPSET}")
    nodes = list(_nodes(model.graph))
    custom = sorted({f"{node.domain}.{node.op_type}" for node in nodes if node.domain not in ("", "ai.onnx")})
    if custom:
        raise ExportError(f"operators that are not ONNX's own: {', '.join(custom)}")
    check_names("graph", *([value.name for value in end] for end in (model.graph.input, model.graph.output)))
    for value in (*model.graph.input, *model.graph.output):
        if value.type.tensor_type.elem_type != onnx.TensorProto.FLOAT:
            raise ExportError(f"{value.name!r} is not float32")
    batch = model.graph.input[0].type.tensor_type.shape.dim[0]
    check_batch(batch.dim_value if batch.HasField("dim_value") else None, job)
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in _tensors(model.graph)):
        raise ExportError("the weights are in another file; they must be inside")
    check_metadata({entry.key: entry.value for entry in model.metadata_props}, job)
    _check_precision(model, nodes, job.precision)


def _check_precision(model: onnx.ModelProto, nodes: list[onnx.NodeProto], precision: str) -> None:
    import onnx

    if precision == "fp16":
        wide = [
            tensor.name
            for tensor in _tensors(model.graph)
            if tensor.data_type == onnx.TensorProto.FLOAT and math.prod(tensor.dims) > SMALL
        ]
        if wide:
            raise ExportError(f"fp16 holds {len(wide)} float32 constants: {', '.join(wide[:5])}")
    elif precision == "int8":
        makers = {output: node.op_type for node in nodes for output in node.output}
        bare = [
            f"{node.op_type} {node.name!r} from {name!r}"
            for node in nodes
            if node.op_type in WEIGHTED
            for name in node.input[:2]
            if makers.get(name) != "DequantizeLinear"
        ]
        if bare:
            raise ExportError(f"int8 computes {len(bare)} inputs in float: {', '.join(bare[:5])}")
    elif precision == "dynamic" and not any(node.op_type in ("ConvInteger", "MatMulInteger") for node in nodes):
        raise UnsupportedExportError("ONNX Runtime's quantiser found nothing to quantise: the file would be fp32")


def _nodes(graph: onnx.GraphProto) -> Iterable[onnx.NodeProto]:
    """The nodes of a graph and of the graphs inside of them: the bodies of loops."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from _nodes(inner)


def _tensors(graph: onnx.GraphProto) -> Iterable[onnx.TensorProto]:
    """Every constant of a graph and of the graphs inside of it."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for inner in (attribute.g, *attribute.graphs):
                yield from _tensors(inner)


ONNX = Exporter(
    format="onnx",
    file_name="model_{precision}.onnx",
    precisions=("fp32", "fp16", "dynamic", "int8"),
    export=export,
    check=check,
    package="tf2onnx",
    extra="export",
    options=("batch_size",),
)
