"""Precisions and variants: a file is what it is called, and what cannot be made is listed with its reason."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from helpers import assert_one_message, run_python, run_zoo, tree

import zoo
from zoo.errors import ExportError, UnknownNameError, UnsupportedExportError
from zoo.exporting.converter import Converter

Images = npt.NDArray[np.float32]
LOOSE = {"min_agreement": 0.9, "max_accuracy_drop": 0.1}  # 360 images of a network that saw 1,257


@pytest.fixture(scope="module")
def folder(trained: Path, converter: Converter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The LeNet-5 of the digits in every format and precision."""
    output = tmp_path_factory.mktemp("precisions") / "pack"
    return zoo.export(trained, precision=None, gate=LOOSE, output=output, converter=converter).folder


@pytest.fixture(scope="module")
def variants(folder: Path, converter: Converter) -> Path:
    """The same pack with variants of int8 TFLite beside it."""
    pack = Path(shutil.copytree(folder, folder.with_name("variants")))
    variants: list[dict[str, Any]] = [{"batch_size": 1}, {"float_io": True}, {"batch_size": 3, "strip": True}]
    for options in variants:
        zoo.export(pack, "tflite", precision="int8", gate=LOOSE, converter=converter, **options)
    zoo.export(pack, ["onnx", "saved_model"], batch_size=2, converter=converter)
    return pack


@pytest.fixture(scope="module")
def answers(folder: Path, images: Images) -> Images:
    """What the Keras model answers."""
    return zoo.load(folder, "keras").run(images)


def tflite(path: Path) -> Any:
    """A file as the objects of TFLite's schema."""
    from ai_edge_litert import schema_py_generated as schema

    return schema.ModelT.InitFromPackedBuf(bytearray(path.read_bytes()), 0)


def types(path: Path) -> Iterator[tuple[str, int, bool, bool]]:
    """Type, count, whether constant and whether at an end, of every tensor of a TFLite file."""
    from ai_edge_litert import schema_py_generated as schema

    names = {value: name for name, value in vars(schema.TensorType).items() if name.isupper()}
    model = tflite(path)
    graph = model.subgraphs[0]
    for index, tensor in enumerate(graph.tensors):
        data = model.buffers[tensor.buffer].data
        constant = data is not None and len(data) > 0
        yield names[tensor.type], math.prod(tensor.shape), constant, index in (*graph.inputs, *graph.outputs)


# -- what a precision means ---------------------------------------------------------------------------------------


def test_every_cell_is_there_or_has_a_reason(folder: Path) -> None:
    pack = zoo.get_pack(folder)
    cells = {(artifact.format, artifact.precision) for artifact in pack.artifacts}
    assert cells == {
        ("keras", "fp32"),
        ("saved_model", "fp32"),
        *((format, precision) for format in ("tflite", "onnx") for precision in ("fp32", "fp16", "dynamic", "int8")),
    }
    shown = run_zoo("info", folder).stdout.splitlines()
    for precision in ("fp16", "dynamic", "int8"):
        (line,) = [line for line in shown if line.startswith("saved_model") and f" {precision} " in line]
        assert "unsupported" in line
        assert "export to TFLite or ONNX" in line


@pytest.mark.parametrize("precision", ["fp16", "dynamic", "int8"])
@pytest.mark.parametrize("runtime", ["litert", "onnxruntime"])
def test_every_precision_answers_like_keras(
    folder: Path, images: Images, answers: Images, runtime: str, precision: str
) -> None:
    session = zoo.load(folder, runtime, precision=precision)
    found = np.concatenate([session.run(images[:1]), session.run(images[1:8]), session.run(images[8:])])
    assert found.dtype == np.float32
    assert found.shape == answers.shape
    assert (found.argmax(axis=1) == answers.argmax(axis=1)).mean() >= 0.98
    assert np.abs(found - answers).max() <= (1e-2 if precision == "fp16" else 0.5)


def test_int8_tflite_is_int8_inside_and_out(folder: Path) -> None:
    found = list(types(folder / "model_int8.tflite"))
    assert {kind for kind, *_ in found} == {"INT8", "INT32"}
    assert {kind for kind, _, _, end in found if end} == {"INT8"}


def test_int8_tflite_has_a_scale_for_each_channel(folder: Path) -> None:
    from ai_edge_litert import schema_py_generated as schema

    model = tflite(folder / "model_int8.tflite")
    graph = model.subgraphs[0]
    convolutions = [
        operator
        for operator in graph.operators
        if model.operatorCodes[operator.opcodeIndex].builtinCode == schema.BuiltinOperator.CONV_2D
    ]
    assert len(convolutions) == 2
    for operator in convolutions:
        weights = graph.tensors[operator.inputs[1]]
        assert len(weights.quantization.scale) == weights.shape[0] > 1


def test_fp16_and_dynamic_tflite_hold_such_weights(folder: Path) -> None:
    half = list(types(folder / "model_fp16.tflite"))
    assert {kind for kind, _, constant, _ in half if constant} == {"FLOAT16", "INT32"}
    assert {kind for kind, _, _, end in half if end} == {"FLOAT32"}
    dynamic = list(types(folder / "model_dynamic.tflite"))
    assert {kind for kind, count, constant, _ in dynamic if constant and count >= 1024} == {"INT8"}
    assert {kind for kind, _, _, end in dynamic if end} == {"FLOAT32"}


def test_int8_onnx_reads_every_weight_and_activation_through_dequantize_linear(folder: Path) -> None:
    import onnx

    model = onnx.load(folder / "model_int8.onnx", load_external_data=False)
    makers = {name: node.op_type for node in model.graph.node for name in node.output}
    weighted = [node for node in model.graph.node if node.op_type in ("Conv", "Gemm", "MatMul")]
    assert len(weighted) == 5
    assert {makers[name] for node in weighted for name in node.input[:2]} == {"DequantizeLinear"}
    scales = {tensor.name: math.prod(tensor.dims) for tensor in model.graph.initializer}
    per_channel = [
        node for node in model.graph.node if node.op_type == "DequantizeLinear" and scales.get(node.input[1], 1) > 1
    ]
    assert len(per_channel) >= 5


def test_fp16_and_dynamic_onnx_hold_such_weights(folder: Path) -> None:
    import onnx

    half = onnx.load(folder / "model_fp16.onnx")
    wide = [tensor.name for tensor in half.graph.initializer if tensor.data_type == onnx.TensorProto.FLOAT]
    assert wide == []
    dynamic = onnx.load(folder / "model_dynamic.onnx")
    names = [node.op_type for node in dynamic.graph.node]
    assert names.count("ConvInteger") + names.count("MatMulInteger") == 5
    for precision in ("fp32", "fp16", "dynamic", "int8"):
        model = onnx.load(folder / f"model_{precision}.onnx")
        assert {entry.domain: entry.version for entry in model.opset_import} == {"": 18}
        for value in (*model.graph.input, *model.graph.output):
            assert value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
            assert value.type.tensor_type.shape.dim[0].dim_param == "batch"


def test_smaller_precisions_are_smaller(folder: Path) -> None:
    pack = zoo.get_pack(folder)
    for format in ("tflite", "onnx"):
        sizes = {name: pack.artifact(format, name).size_bytes for name in ("fp32", "fp16", "dynamic", "int8")}
        assert sizes["fp16"] < 0.55 * sizes["fp32"]
        assert max(sizes["dynamic"], sizes["int8"]) < 0.4 * sizes["fp32"]


def test_what_a_file_says_about_itself(folder: Path) -> None:
    import onnx

    pack = zoo.get_pack(folder)
    source = pack.artifact("keras").sha256
    said = {entry.key: entry.value for entry in onnx.load(folder / "model_int8.onnx").metadata_props}
    model = tflite(folder / "model_int8.tflite")
    (place,) = [entry.buffer for entry in model.metadata if entry.name == b"DIGIT_ZOO"]
    for metadata in (said, json.loads(bytes(model.buffers[place].data))):
        assert metadata["model_id"] == pack.id
        assert json.loads(metadata["classes"]) == pack.classes
        assert json.loads(metadata["preprocessing"]) == pack.manifest["preprocessing"]
        assert metadata["source_sha256"] == source


# -- variants -----------------------------------------------------------------------------------------------------


def test_variants_lie_beside_the_plain_file(variants: Path) -> None:
    pack = zoo.get_pack(variants)
    names = {artifact.variant: artifact.path.name for artifact in pack.artifacts if artifact.precision == "int8"}
    assert names.keys() == {"", "batch1", "float_io", "batch3_stripped"}
    assert pack.artifact("tflite", "int8", "batch1").path.name == "model_int8_batch1.tflite"
    assert pack.artifact("saved_model", variant="batch2").path.name == "saved_model_batch2"
    for entry in zoo.verify(pack, gate=LOOSE):
        assert entry.passed, entry.reason


def test_a_fixed_batch_takes_any_number_of_images(variants: Path, images: Images) -> None:
    for runtime, precision, variant in (
        ("litert", "int8", "batch1"),
        ("litert", "int8", "batch3_stripped"),
        ("onnxruntime", "fp32", "batch2"),
        ("tensorflow", "fp32", "batch2"),
    ):
        plain = zoo.load(variants, runtime, precision=precision).run(images[:7])
        session = zoo.load(variants, runtime, precision=precision, variant=variant)
        for size in (7, 1, 2, 3):
            found = session.run(images[:size])
            assert found.shape == (size, 10)
            np.testing.assert_allclose(found, plain[:size], atol=1e-4 if precision == "fp32" else 0.05)


def test_float_io_is_float_at_the_ends_only(variants: Path) -> None:
    found = list(types(variants / "model_int8_float_io.tflite"))
    assert {kind for kind, _, _, end in found if end} == {"FLOAT32"}
    assert "FLOAT32" not in {kind for kind, _, _, end in found if not end}


def test_a_stripped_file_answers_bit_for_bit_the_same(variants: Path, converter: Converter, images: Images) -> None:
    """Against the file of the same batch with its names; and what was taken out is all that makes it smaller."""
    zoo.export(variants, "tflite", precision="int8", gate=LOOSE, batch_size=1, strip=True, converter=converter)
    named = variants / "model_int8_batch1.tflite"
    bare = variants / "model_int8_batch1_stripped.tflite"
    assert bare.stat().st_size < named.stat().st_size - 1_500
    ours = zoo.load(variants, "litert", precision="int8", variant="batch1_stripped").run(images)
    assert (ours == zoo.load(variants, "litert", precision="int8", variant="batch1").run(images)).all()
    model = tflite(bare)
    assert not any(tensor.name for tensor in model.subgraphs[0].tensors)
    assert not model.signatureDefs
    assert not model.metadata


@pytest.mark.slow
def test_plain_keras_opens_without_the_zoo(pack_copy: Path, images: Images, tmp_path: Path) -> None:
    pack = zoo.export(pack_copy, "keras")
    artifact = pack.artifact("keras", variant="standalone")
    assert artifact.path.name == "model_fp32_standalone.keras"
    np.save(tmp_path / "images.npy", images[:20])
    result = run_python(
        f"""
        import sys
        sys.modules["zoo"] = None
        import keras, numpy as np
        model = keras.saving.load_model({str(artifact.path)!r})
        np.save({str(tmp_path / "answers.npy")!r}, model.predict(np.load({str(tmp_path / "images.npy")!r}), verbose=0))
        print(model.inputs[0].name, model.output_names)
        """
    )
    assert result.returncode == 0, result.stderr
    expected = zoo.load(pack, "keras").run(images[:20])
    np.testing.assert_allclose(np.load(tmp_path / "answers.npy"), expected, atol=1e-5)
    assert zoo.load(pack, "keras", variant="standalone").run(images[:20]) == pytest.approx(expected, abs=1e-5)


# -- what cannot be made ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formats", "options", "error", "text"),
    [
        ("saved_model", {"precision": "int8"}, UnsupportedExportError, "saved_model int8 is not supported"),
        ("onnx", {"precision": "int8", "float_io": True}, UnsupportedExportError, "no option float_io"),
        ("tflite", {"float_io": True}, UnsupportedExportError, "float_io is for int8"),
        ("onnx", {"strip": True}, UnsupportedExportError, "no option strip"),
        ("tflite", {"batch_size": 0}, ExportError, "batch_size is 0"),
        ("tflite", {"precision": "int4"}, UnknownNameError, "Unknown precision for tflite 'int4'"),
    ],
)
def test_what_is_known_to_be_impossible_is_refused_before_any_work(
    trained_copy: Path, formats: str, options: dict[str, Any], error: type[Exception], text: str
) -> None:
    before = tree(trained_copy.parent)
    with pytest.raises(error, match=text):
        zoo.export(trained_copy, formats, **options)
    assert tree(trained_copy.parent) == before


@pytest.mark.slow
def test_when_all_is_unsupported_the_pack_is_as_it_was(odd_packs: Path, site: str, tmp_path: Path) -> None:
    pack = Path(shutil.copytree(odd_packs / "tiny", tmp_path / "tiny"))
    before = tree(tmp_path)
    result = run_zoo("export", pack, "--format", "tflite", "--precision", "dynamic", PYTHONPATH=site)
    assert_one_message(result, "tflite dynamic is not supported", "at least 1,024 numbers", "150", "would be fp32")
    assert tree(tmp_path) == before


@pytest.mark.usefixtures("known")
def test_dynamic_that_would_change_nothing_is_unsupported(
    odd_packs: Path, site: str, tmp_path: Path, converter: Converter
) -> None:
    """TFLite's converter leaves weights of fewer than 1,024 numbers alone: this network would come out as fp32."""
    pack = Path(shutil.copytree(odd_packs / "tiny", tmp_path / "tiny"))
    told: list[str] = []
    exported = zoo.export(pack, "tflite", precision=["fp32", "dynamic"], report=told.append, converter=converter)
    assert any(line.startswith("tflite dynamic: not supported: the converter quantises") for line in told)
    assert sorted(artifact.path.name for artifact in exported.artifacts) == ["model.keras", "model_fp32.tflite"]
    (entry,) = exported.refused
    assert (entry["precision"], entry["outcome"], entry["certificate"]) == ("dynamic", "unsupported", None)
    assert "1,024" in (pack / "README.md").read_text()
    info = run_zoo("info", pack, PYTHONPATH=site).stdout.splitlines()
    (line,) = [line for line in info if line.startswith("tflite ") and " dynamic " in line]
    assert "unsupported" in line
    assert "1,024" in line
