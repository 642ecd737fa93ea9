"""What is read back of a file after its export: each promise, broken on purpose, is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import zoo
from zoo.contract.exporter import ExportJob
from zoo.errors import ExportError, UnsupportedExportError
from zoo.plugins import load_plugins


def refusal(path: Path, job: ExportJob) -> str:
    """Why the exporter of a file's format refuses it."""
    exporter: zoo.Exporter = load_plugins().find("exporter", path.suffix.removeprefix("."))
    with pytest.raises(ExportError) as caught:
        exporter.check(path, job)
    return str(caught.value)


def changed_tflite(source: Path, target: Path, change: Callable[[Any], object]) -> Path:
    """A copy of a TFLite file with something changed in its objects."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(bytearray(source.read_bytes()), 0)
    change(model)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    target.write_bytes(bytes(builder.Output()))
    return target


def rename_signature(model: Any) -> None:
    model.signatureDefs[0].inputs[0].name = "picture"


def other_source(model: Any) -> None:
    (entry,) = [entry for entry in model.metadata if entry.name == b"DIGIT_ZOO"]
    model.buffers[entry.buffer].data = list(b'{"source_sha256": "' + b"0" * 64 + b'"}')


@pytest.mark.parametrize(
    ("precision", "text"),
    [
        ("int8", "input and output must be INT8"),
        ("fp16", "float32 constants"),
        ("dynamic", "the largest of this model has 48,000: the file would be fp32"),
    ],
)
def test_a_tflite_file_under_another_name(exported: Path, precision: str, text: str) -> None:
    assert text in refusal(exported / "model_fp32.tflite", ExportJob(precision))


def test_a_float_tensor_inside_int8(exported: Path) -> None:
    text = refusal(exported / "model_fp32.tflite", ExportJob("int8", float_io=True))
    assert "int8 holds" in text
    assert "float tensors" in text
    assert "(FLOAT32)" in text


def test_float_tensors_of_every_graph_are_found(exported: Path, tmp_path: Path) -> None:
    """The bodies of loops are graphs of their own."""
    job = ExportJob("int8", float_io=True)
    source = exported / "model_fp32.tflite"
    more = changed_tflite(source, tmp_path / "more.tflite", lambda model: model.subgraphs.append(model.subgraphs[0]))
    one, two = (int(refusal(path, job).split()[2]) for path in (source, more))  # "int8 holds 9 float tensors: ..."
    assert two > one


@pytest.mark.parametrize(
    ("change", "job", "text"),
    [
        (rename_signature, ExportJob(), "'picture'"),
        (other_source, ExportJob(metadata={"source_sha256": "1" * 64}), "the file's metadata say '0000"),
        (lambda model: None, ExportJob(batch_size=1), "the batch size is free, not 1"),
    ],
)
def test_a_tflite_file_that_breaks_a_promise(
    exported: Path, tmp_path: Path, change: Callable[[Any], object], job: ExportJob, text: str
) -> None:
    path = changed_tflite(exported / "model_fp32.tflite", tmp_path / "changed.tflite", change)
    assert text in refusal(path, job)


def test_an_operator_of_tensorflow_in_a_tflite_file(tmp_path: Path) -> None:
    """Made by the converter itself, once it is allowed what the exporter forbids."""
    import tensorflow as tf

    image = tf.TensorSpec((None, 28, 28, 1), tf.float32, name="image")
    serve = tf.function(lambda image: {"probabilities": tf.linalg.det(image[..., 0])}, input_signature=[image])
    module = tf.Module()
    module.serve = serve
    tf.saved_model.save(module, str(tmp_path / "model"), signatures={"serving_default": serve.get_concrete_function()})
    converter = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path / "model"))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    path = tmp_path / "flex.tflite"
    path.write_bytes(converter.convert())
    assert "operators that are no TFLite builtins: FlexMatrixDeterminant" in refusal(path, ExportJob())


def rename_input(model: Any) -> None:
    name = model.graph.input[0].name
    model.graph.input[0].name = "picture"
    for node in model.graph.node:
        node.input[:] = ["picture" if value == name else value for value in node.input]


def put_outside(model: Any) -> None:
    import onnx

    tensor = max(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    onnx.external_data_helper.set_external_data(tensor, location="weights.bin")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.ClearField("raw_data")


def other_domain(model: Any) -> None:
    import onnx

    model.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))
    next(node for node in model.graph.node if node.op_type == "Relu").domain = "com.microsoft"


@pytest.mark.parametrize(
    ("change", "job", "text"),
    [
        (rename_input, ExportJob(), "the graph maps ['picture'] to ['probabilities']"),
        (put_outside, ExportJob(), "weights.bin"),
        (other_domain, ExportJob(), "com.microsoft.Relu"),
        (
            lambda model: setattr(model.opset_import[0], "version", 17),
            ExportJob(),
            "the opset is {'ai.onnx': 17}, not 18",
        ),
        (lambda model: None, ExportJob(batch_size=4), "the batch size is free, not 4"),
        (lambda model: None, ExportJob("int8"), "int8 computes"),
        (lambda model: None, ExportJob("fp16"), "float32 constants"),
    ],
)
def test_an_onnx_file_that_breaks_a_promise(
    exported: Path, tmp_path: Path, change: Callable[[Any], object], job: ExportJob, text: str
) -> None:
    import onnx

    model = onnx.load(exported / "model_fp32.onnx")
    change(model)
    path = tmp_path / "changed.onnx"
    path.write_bytes(model.SerializeToString())
    assert text in refusal(path, job)


def test_dynamic_that_changed_nothing_is_unsupported_not_broken(exported: Path) -> None:
    for name in ("model_fp32.onnx", "model_fp32.tflite"):
        exporter: zoo.Exporter = load_plugins().find("exporter", name.rpartition(".")[2])
        with pytest.raises(UnsupportedExportError, match="would be fp32"):
            exporter.check(exported / name, ExportJob("dynamic"))
