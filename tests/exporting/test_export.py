"""Exports of real networks: what a file promises, its certificate, and what becomes of the pack."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from helpers import assert_one_message, change_manifest, run_zoo, started_zoo, tree, wait_for, without_packages

import zoo
from zoo.errors import DatasetError, ExportError, PackError, UnknownNameError
from zoo.exporting.converter import Converter
from zoo.files import size_and_digest

Images = npt.NDArray[np.float32]
FORMATS = {"saved_model": "tensorflow", "tflite": "litert", "onnx": "onnxruntime"}
BUILT_IN = sorted(zoo.list_architectures())
BY_DEFAULT = ("lenet5", "softmax_regression", "mlp")
CERTIFICATE = {
    "model", "artifact", "format", "precision", "variant", "size_bytes", "artifact_sha256", "source_sha256", "runtime",
    "dataset", "images", "max_difference", "mean_difference", "agreement", "flipped", "largest_flipped_gap",
    "accuracy", "validation", "calibration", "gate", "passed", "failures", "contact_sheet", "versions", "cpu",
    "platform",
}  # fmt: skip


@pytest.fixture(scope="module", params=[
    pytest.param(name, marks=[] if name in BY_DEFAULT else pytest.mark.slow) for name in BUILT_IN
])  # fmt: skip
def folder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, exported: Path, converter: Converter
) -> Path:
    """An exported pack of every architecture; three of them in the default run."""
    if request.param == "lenet5":
        return exported
    recipe = zoo.Recipe(dataset="digits", epochs=1, batch_size=64)
    output = tmp_path_factory.mktemp(request.param) / "pack"
    pack = zoo.train(request.param, dataset="digits", recipe=recipe, output=output)
    return zoo.export(pack, converter=converter).folder


def test_every_format_is_there_and_answers_the_same(folder: Path, images: Images) -> None:
    pack = zoo.get_pack(folder)
    assert pack.formats == ["keras", *sorted(FORMATS)]
    expected = zoo.load(folder, "keras").run(images)
    for runtime in FORMATS.values():
        session = zoo.load(folder, runtime)
        for size in (1, 7, len(images)):  # the batch is free
            assert np.abs(session.run(images[:size]) - expected[:size]).max() <= 1e-4


def test_the_tflite_file_holds_what_it_promises(folder: Path) -> None:
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.interpreter import Interpreter

    data = (folder / "model_fp32.tflite").read_bytes()
    assert data[4:8] == b"TFL3"
    interpreter = Interpreter(model_content=data)
    assert interpreter.get_signature_list() == {"serving_default": {"inputs": ["image"], "outputs": ["probabilities"]}}
    (inputs,), (outputs,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert inputs["shape_signature"].tolist() == [-1, 28, 28, 1]
    assert outputs["shape_signature"].tolist() == [-1, 10]
    assert inputs["dtype"] == outputs["dtype"] == np.float32
    model = schema.Model.GetRootAsModel(data, 0)
    codes = [model.OperatorCodes(index) for index in range(model.OperatorCodesLength())]
    assert codes
    assert all(code.BuiltinCode() != schema.BuiltinOperator.CUSTOM for code in codes)  # no Flex


def test_the_onnx_file_holds_what_it_promises(folder: Path) -> None:
    import onnx

    model = onnx.load(folder / "model_fp32.onnx", load_external_data=False)
    onnx.checker.check_model(model, full_check=True)
    assert {entry.domain: entry.version for entry in model.opset_import}[""] == 18
    assert {node.domain for node in model.graph.node} <= {"", "ai.onnx"}
    (value,), (answer,) = model.graph.input, model.graph.output
    assert (value.name, answer.name) == ("image", "probabilities")
    for tensor in (value, answer):
        assert tensor.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
        assert not tensor.type.tensor_type.shape.dim[0].HasField("dim_value")
    assert [side.dim_value for side in value.type.tensor_type.shape.dim[1:]] == [28, 28, 1]


def test_the_saved_model_holds_what_it_promises(folder: Path) -> None:
    import tensorflow as tf

    signature = tf.saved_model.load(str(folder / "saved_model")).signatures["serving_default"]
    (value,) = signature.structured_input_signature[1].values()
    assert list(signature.structured_input_signature[1]) == ["image"]
    assert value.shape.as_list() == [None, 28, 28, 1]
    assert value.dtype == tf.float32
    assert list(signature.structured_outputs) == ["probabilities"]
    assert signature.structured_outputs["probabilities"].shape.as_list() == [None, 10]


def test_a_certificate_says_what_was_compared_and_how_far_they_differ(folder: Path, images: Images) -> None:
    pack = zoo.get_pack(folder)
    expected = zoo.load(folder, "keras").run(images)
    for format, runtime in FORMATS.items():
        artifact = pack.artifact(format)
        assert artifact.certificate == f"{artifact.path.name}.certificate.json"
        certificate = json.loads((folder / artifact.certificate).read_text())
        difference = np.abs(expected.astype(np.float64) - zoo.load(folder, runtime).run(images)).max()
        assert set(certificate) == CERTIFICATE
        assert (certificate["model"], certificate["artifact"]) == (pack.id, artifact.path.name)
        assert certificate["artifact_sha256"] == artifact.sha256 == size_and_digest(artifact.path)[1]
        assert certificate["source_sha256"] == pack.artifact("keras").sha256
        assert (certificate["runtime"], certificate["dataset"]) == (runtime, "digits")
        assert certificate["images"] == len(images)  # all of them
        assert certificate["max_difference"] == pytest.approx(difference, abs=1e-6)
        assert certificate["max_difference"] <= certificate["gate"]["max_difference"] == 1e-4
        assert certificate["agreement"] == 1 - len(certificate["flipped"]) / len(images)
        assert certificate["passed"] is True
        assert certificate["failures"] == []
        assert certificate["cpu"]
        assert artifact.source_sha256 == certificate["source_sha256"]
        assert {"keras", "tensorflow", runtime} <= set(certificate["versions"])
    card = (folder / "README.md").read_text()
    assert all(f"[{pack.artifact(format).path.name}](" in card for format in FORMATS)


def test_the_certificates_of_the_bundled_packs_are_whole() -> None:
    for pack in zoo.list_models():
        assert "tflite" in pack.formats
        for artifact in pack.artifacts:
            if artifact.certificate is not None:
                certificate = json.loads((pack.folder / artifact.certificate).read_text())
                assert CERTIFICATE - {"model"} <= set(certificate) <= CERTIFICATE, (pack.id, artifact.format)
                assert certificate["passed"]
                assert artifact.source_sha256 == pack.artifact("keras").sha256


@pytest.mark.slow
def test_a_file_does_not_depend_on_what_was_exported_before_it(trained: Path, tmp_path: Path) -> None:
    with Converter() as converter:
        for place in ("first", "second"):
            zoo.export(trained, "tflite", output=tmp_path / place, converter=converter)
    first, second = (zoo.Pack(tmp_path / place).artifact("tflite") for place in ("first", "second"))
    assert first.sha256 == second.sha256


def test_the_saved_model_holds_every_weight_once(exported: Path) -> None:
    pack = zoo.get_pack(exported)
    variables = (exported / "saved_model" / "variables" / "variables.data-00000-of-00001").stat().st_size
    assert variables < pack.parameters * 4 * 1.1


# -- what becomes of the pack -------------------------------------------------------------------------------------


def test_another_output_leaves_the_pack_alone(trained: Path, exported: Path) -> None:
    """`exported` was made from `trained` with an output."""
    assert zoo.get_pack(trained).formats == ["keras"]
    assert sorted(tree(trained)) == [
        "README.md",
        "confusion_matrix.png",
        "evaluation.json",
        "history.csv",
        "model.keras",
        "pack.json",
    ]
    for name in ("model.keras", "history.csv", "evaluation.json"):
        assert (exported / name).read_bytes() == (trained / name).read_bytes()
    names = {path.name for path in exported.iterdir()}
    assert not any(name.startswith((".", "tmp")) for name in names)


def test_exporting_again_replaces_the_file(pack_copy: Path, converter: Converter) -> None:
    before, names = zoo.get_pack(pack_copy), set(tree(pack_copy))
    change_manifest(pack_copy, lambda manifest: manifest.update(macs=None))  # as a training on JAX leaves it
    told: list[str] = []
    after = zoo.export(pack_copy, ["onnx"], report=told.append, converter=converter)
    assert len(told) == 1
    assert told[0].startswith("onnx fp32: ")
    assert "passed on 360 images" in told[0]
    assert after.formats == before.formats
    assert after.macs == before.macs
    assert len(after.artifacts) == len(before.artifacts)
    assert set(tree(pack_copy)) == names
    assert after.artifact("tflite").sha256 == before.artifact("tflite").sha256


@pytest.mark.parametrize(
    ("formats", "precision", "error", "text"),
    [
        (["onx"], "fp32", UnknownNameError, r"Unknown format 'onx'. Did you mean 'onnx'"),
        (
            ["tflite", "nonsense"],
            "fp32",
            UnknownNameError,
            r"Unknown format 'nonsense'.*Available: keras, onnx, saved_model, tflite",
        ),
        (["onnx"], "fp23", UnknownNameError, r"Unknown precision for onnx 'fp23'. Did you mean 'fp32'"),
    ],
)
def test_wrong_names_are_refused_before_any_work(
    trained_copy: Path, formats: list[str], precision: str, error: type[Exception], text: str
) -> None:
    before = tree(trained_copy.parent)
    with pytest.raises(error, match=text):
        zoo.export(trained_copy, formats, precision=precision)
    assert tree(trained_copy.parent) == before


def test_a_damaged_source_is_not_exported(trained_copy: Path) -> None:
    (trained_copy / "model.keras").write_bytes(b"damaged")
    before = tree(trained_copy.parent)
    with pytest.raises((PackError, ExportError), match=r"is not what its manifest says"):
        zoo.export(trained_copy, ["onnx"])
    assert tree(trained_copy.parent) == before


def test_without_the_images_nothing_is_exported(trained_copy: Path) -> None:
    change_manifest(trained_copy, lambda manifest: manifest["recipe"].update(dataset="folder:/nowhere"))
    before = tree(trained_copy.parent)
    with pytest.raises(DatasetError, match=r"There is no folder '/nowhere'"):
        zoo.export(trained_copy, ["onnx"])
    assert tree(trained_copy.parent) == before


@pytest.mark.slow
def test_other_images_are_named_in_the_certificate(trained_copy: Path) -> None:
    change_manifest(trained_copy, lambda manifest: manifest["recipe"].update(dataset="folder:/nowhere"))
    result = run_zoo("export", trained_copy, "--format", "onnx", "--parity-data", "digits")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == str(trained_copy)
    certificate = json.loads((trained_copy / "model_fp32.onnx.certificate.json").read_text())
    assert certificate["dataset"] == "digits"


def test_a_missing_extra_is_named(trained: Path, tmp_path: Path) -> None:
    blocked = without_packages(tmp_path / "blocked", "tf2onnx")
    result = run_zoo("export", trained, "--format", "onnx", "--output", tmp_path / "new", PYTHONPATH=blocked)
    assert_one_message(result, "pip install 'digit-zoo[export]'", "tf2onnx")
    assert not (tmp_path / "new").exists()


def test_ctrl_c_leaves_the_pack_as_it_was(trained_copy: Path, tmp_path: Path) -> None:
    before = tree(trained_copy.parent)
    log = tmp_path / "log"
    with started_zoo(log, "export", trained_copy, "--format", "onnx") as process:
        wait_for(lambda: list(trained_copy.parent.glob(".*.tmp/model.keras")), process)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 1
    assert tree(trained_copy.parent) == before
    assert [path.name for path in trained_copy.parent.iterdir()] == [trained_copy.name]
    assert log.read_text().count("Interrupted.") == 1
    assert "Traceback" not in log.read_text()


@pytest.mark.slow
def test_the_converter_goes_when_its_parent_is_killed(trained_copy: Path, tmp_path: Path) -> None:
    with started_zoo(tmp_path / "log", "export", trained_copy, "--format", "onnx") as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if not children.exists():
            pytest.skip("this system does not list the children of a process")
        wait_for(lambda: children.read_text().split(), process)
        child = int(children.read_text().split()[0])
        process.kill()
    end = time.monotonic() + 60
    while time.monotonic() < end:
        state = Path(f"/proc/{child}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            break
        time.sleep(0.1)
    else:
        os.kill(child, signal.SIGKILL)
        pytest.fail("the converter outlived the command by a minute")
    assert zoo.get_pack(trained_copy).formats == ["keras"]
