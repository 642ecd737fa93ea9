"""The built-in layouts: each is opened by what a server or a device opens it with, as it lies there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from helpers import assert_one_message, environment, run_zoo, tree

import zoo
from zoo.exporting.converter import Converter

Images = npt.NDArray[np.float32]
LOOSE = {"min_agreement": 0.9, "max_accuracy_drop": 0.1}  # 360 images of a network that saw 1,257
LAYOUTS = ("triton", "tfserving", "ovms", "kserve", "c-array")
NAME = "lenet5.digits"


@pytest.fixture(scope="module")
def pack(exported: Path, converter: Converter, tmp_path_factory: pytest.TempPathFactory) -> zoo.Pack:
    """The exported pack with what a microcontroller takes."""
    folder = shutil.copytree(exported, tmp_path_factory.mktemp("layouts") / "pack")
    return zoo.export(folder, "tflite", precision="int8", batch_size=1, strip=True, gate=LOOSE, converter=converter)


@pytest.fixture(scope="module")
def layouts(pack: zoo.Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every layout."""
    folder = tmp_path_factory.mktemp("trees")
    for layout in LAYOUTS:
        zoo.lay_out(pack, layout, folder / layout)
    return folder


@pytest.fixture(scope="module")
def answers(pack: zoo.Pack, images: Images) -> Images:
    """What the Keras model answers."""
    return zoo.load(pack, "keras").run(images)


def names(folder: Path) -> list[str]:
    """Files of a tree, but those inside of a SavedModel."""
    return sorted(name for name in tree(folder) if "/variables/" not in name and "fingerprint" not in name)


def test_trees(layouts: Path) -> None:
    served = [f"{NAME}/1/model.onnx", f"{NAME}/certificate.json", f"{NAME}/labels.txt"]
    assert names(layouts / "triton") == sorted([*served, f"{NAME}/config.pbtxt"])
    assert names(layouts / "ovms") == sorted([*served, "config.json"])
    assert names(layouts / "tfserving") == [
        f"{NAME}/1/assets.extra/certificate.json",
        f"{NAME}/1/assets.extra/labels.txt",
        f"{NAME}/1/saved_model.pb",
        "models.config",
    ]
    assert names(layouts / "kserve") == [
        "inference_service.yaml",
        "models/lenet5-digits/1/model.onnx",
        "models/lenet5-digits/certificate.json",
        "models/lenet5-digits/config.pbtxt",
        "models/lenet5-digits/labels.txt",
    ]
    for path in layouts.rglob("labels.txt"):
        assert path.read_text() == "".join(f"{digit}\n" for digit in range(10))


def test_another_precision_on_request(exported: Path, tmp_path: Path) -> None:
    result = run_zoo("export", exported, "--layout", "triton", "--precision", "int8", "--output", tmp_path / "new")
    assert_one_message(result, "onnx int8", "zoo export lenet5.digits --format onnx --precision int8")
    result = run_zoo("export", exported, "--layout", "c-array", "--output", tmp_path / "new")
    assert_one_message(result, "--format tflite --precision int8 --batch-size 1 --strip")
    assert not (tmp_path / "new").exists()


# -- servers ------------------------------------------------------------------------------------------------------


def test_tensorflow_serves_the_saved_model(layouts: Path, images: Images, answers: Images) -> None:
    import tensorflow as tf

    serve = tf.saved_model.load(str(layouts / "tfserving" / NAME / "1")).signatures["serving_default"]
    for size in (1, 5):
        found = serve(image=tf.constant(images[:size]))["probabilities"].numpy()
        np.testing.assert_allclose(found, answers[:size], atol=1e-4)


@pytest.mark.slow
def test_saved_model_cli_runs_the_saved_model(layouts: Path, images: Images, answers: Images, tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", images[:3])
    command = [
        str(Path(sys.executable).with_name("saved_model_cli")), "run", "--dir",
        str(layouts / "tfserving" / NAME / "1"), "--tag_set", "serve", "--signature_def", "serving_default",
        "--inputs", f"image={tmp_path / 'images.npy'}", "--outdir", str(tmp_path),
    ]  # fmt: skip
    result = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=240)
    assert result.returncode == 0, result.stderr
    np.testing.assert_allclose(np.load(tmp_path / "probabilities.npy"), answers[:3], atol=1e-4)


def test_openvino_opens_what_its_server_is_given(
    layouts: Path, pack: zoo.Pack, images: Images, answers: Images
) -> None:
    """The tree of the model server with the settings of its ``config.json``, and the pack's TFLite and SavedModel."""
    import openvino

    config = json.loads((layouts / "ovms" / "config.json").read_text())
    (model,) = (entry["config"] for entry in config["model_config_list"])
    assert model["base_path"] == f"/models/{model['name']}"
    served = layouts / "ovms" / model["name"] / "1" / "model.onnx"
    core = openvino.Core()
    for path in (served, pack.artifact("tflite").path, pack.artifact("saved_model").path):
        compiled = core.compile_model(core.read_model(path), "CPU", model["plugin_config"])
        assert compiled.input(0).get_partial_shape()[0].is_dynamic
        for size in (1, 4):
            found = compiled(images[:size])[compiled.output(0)]
            np.testing.assert_allclose(found, answers[:size], atol=1e-4)
    compiled = core.compile_model(core.read_model(served), "CPU", model["plugin_config"])
    assert "image" in compiled.input(0).get_names()
    assert "probabilities" in compiled.output(0).get_names()


# -- microcontrollers ---------------------------------------------------------------------------------------------

PROGRAM = """
#include <cstdint>
#include <cstdio>

#include "lenet5_digits_model_data.h"
#include "lenet5_digits_model_settings.h"
#include "lenet5_digits_test_vectors.h"

struct Resolver {
  void AddConv2D() { std::puts("Conv2D"); }
  void AddFullyConnected() { std::puts("FullyConnected"); }
  void AddMaxPool2D() { std::puts("MaxPool2D"); }
  void AddReshape() { std::puts("Reshape"); }
  void AddSoftmax() { std::puts("Softmax"); }
};

int main(int count, char** arguments) {
  namespace model = lenet5_digits;
  Resolver resolver;
  std::printf("%d %d\\n", static_cast<int>(reinterpret_cast<std::uintptr_t>(g_lenet5_digits_model_data) % 16),
              model::kOperatorCount);
  model::RegisterOperators(resolver);
  for (int label = 0; label < model::kLabelCount; ++label) std::printf("%s,", model::kLabels[label]);
  std::FILE* file = std::fopen(arguments[1], "wb");
  std::fwrite(g_lenet5_digits_model_data, 1, g_lenet5_digits_model_data_size, file);
  std::fclose(file);
  file = std::fopen(arguments[2], "wb");
  std::fwrite(g_lenet5_digits_test_inputs, 1, sizeof(g_lenet5_digits_test_inputs), file);
  std::fwrite(g_lenet5_digits_test_outputs, 1, sizeof(g_lenet5_digits_test_outputs), file);
  std::fclose(file);
}
"""


@pytest.fixture(scope="module")
def compiled(layouts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a program wrote that was compiled from the sources."""
    compiler = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    folder = tmp_path_factory.mktemp("compiled")
    sources = layouts / "c-array"
    (folder / "main.cc").write_text(PROGRAM)
    command = [
        compiler, "-std=c++11", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", f"-I{sources}", "-o",
        str(folder / "main"), str(folder / "main.cc"), *map(str, sorted(sources.glob("*.cc"))),
    ]  # fmt: skip
    subprocess.run(command, check=True, timeout=240)
    result = subprocess.run([folder / "main", "model", "vectors"], cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0
    (folder / "printed").write_text(result.stdout)
    return folder


def test_the_array_is_aligned_and_is_the_file(compiled: Path, pack: zoo.Pack) -> None:
    assert (compiled / "model").read_bytes() == pack.artifact("tflite", "int8", "batch1_stripped").path.read_bytes()
    first, *operators, labels = (compiled / "printed").read_text().splitlines()
    assert first == "0 5"  # aligned to 16 bytes
    assert operators == ["Conv2D", "FullyConnected", "MaxPool2D", "Reshape", "Softmax"]
    assert labels == "0,1,2,3,4,5,6,7,8,9,"


def test_the_test_vectors_are_digits_and_their_answers(
    compiled: Path, layouts: Path, pack: zoo.Pack, digits: zoo.Dataset
) -> None:
    numbers = np.frombuffer((compiled / "vectors").read_bytes(), np.int8)
    inputs, outputs = numbers[: 10 * 784].reshape(10, 28, 28, 1), numbers[10 * 784 :].reshape(10, 10)
    settings = (layouts / "c-array" / "lenet5_digits_model_settings.h").read_text()
    values = dict(re.findall(r"(k\w+) = ([-\d.e]+)f?;", settings))

    def real(quantized: npt.NDArray[np.int8], kind: str) -> Images:
        shifted = quantized.astype(np.float32) - int(values[f"k{kind}ZeroPoint"])
        scaled: Images = shifted * np.float32(values[f"k{kind}Scale"])
        return scaled

    pictures = real(inputs, "Input")
    session = zoo.load(pack, "litert", precision="int8", variant="batch1_stripped")
    assert np.abs(session.run(pictures) - real(outputs, "Output")).max() <= 2 * float(values["kOutputScale"])
    known = {image.tobytes(): label for image, label in zip(digits.test.images, digits.test.labels, strict=True)}
    labels = [known[np.rint(picture * 255).astype(np.uint8).tobytes()] for picture in pictures]
    assert sorted(labels) == list(range(10))


# -- in an environment of its own, since these pin other versions than ours --------------------------------------

TRITON = """
    import sys
    from pathlib import Path

    from google.protobuf import text_format
    from tritonclient.grpc import model_config_pb2

    trees = Path(sys.argv[1])
    for path in (trees / "triton" / "lenet5.digits", trees / "kserve" / "models" / "lenet5-digits"):
        config = text_format.Parse((path / "config.pbtxt").read_text(), model_config_pb2.ModelConfig())
        assert config.name == path.name
        assert config.platform == "onnxruntime_onnx"
        assert config.max_batch_size > 1
        (taken,), (given,) = config.input, config.output
        assert (taken.name, list(taken.dims), taken.data_type) == ("image", [28, 28, 1], model_config_pb2.TYPE_FP32)
        assert (given.name, list(given.dims), given.data_type) == ("probabilities", [10], model_config_pb2.TYPE_FP32)
        assert (path / given.label_filename).is_file()
"""

KSERVE = """
    import re
    import sys
    from pathlib import Path

    import kserve.models
    import yaml
    from kubernetes import client

    written = yaml.safe_load((Path(sys.argv[1]) / "kserve" / "inference_service.yaml").read_text())
    kinds = set()

    def check(value, kind):  # no field that KServe or Kubernetes does not know
        model = getattr(kserve.models, kind, None) or getattr(client, kind, None)
        if model is None or not isinstance(value, dict):
            return
        kinds.add(kind)
        attributes = {name: attribute for attribute, name in model.attribute_map.items()}
        assert set(value) <= set(attributes), (kind, set(value) - set(attributes))
        for name, inner in value.items():
            check(inner, model.openapi_types[attributes[name]])

    check(written, "V1beta1InferenceService")
    assert kinds >= {"V1ObjectMeta", "V1beta1InferenceServiceSpec", "V1beta1PredictorSpec", "V1beta1ModelSpec"}, kinds
    assert written["spec"]["predictor"]["model"]["modelFormat"]["name"] == "onnx"
    assert re.fullmatch("[a-z]([-a-z0-9]*[a-z0-9])?", written["metadata"]["name"])
"""

TFLITE_MICRO = """
    import sys
    from pathlib import Path

    import numpy as np
    from tflite_micro import runtime

    model, vectors, arena = Path(sys.argv[2]).read_bytes(), Path(sys.argv[3]).read_bytes(), int(sys.argv[4])
    numbers = np.frombuffer(vectors, np.int8)
    images, answers = numbers[:7840].reshape(10, 1, 28, 28, 1), numbers[7840:].reshape(10, 10)
    interpreter = runtime.Interpreter.from_bytes(model, arena_size=arena)
    for image, answer in zip(images, answers):
        interpreter.set_input(image, 0)
        interpreter.invoke()
        assert np.abs(interpreter.get_output(0)[0].astype(int) - answer).max() <= 1
    try:
        runtime.Interpreter.from_bytes(model, arena_size=int(arena * 0.7))
    except RuntimeError:
        pass
    else:
        raise AssertionError("the estimate is a gross exaggeration")
"""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_triton_kserve_and_tflite_micro_take_what_is_theirs(
    layouts: Path, compiled: Path, pack: zoo.Pack, tmp_path: Path
) -> None:
    """The real schemas of Triton and KServe, and the real interpreter for microcontrollers in the arena we estimate."""
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=120)
    python = tmp_path / "venv" / "bin" / "python"
    install = [
        python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "tritonclient[grpc]", "kserve", "tflite-micro",
    ]  # fmt: skip
    installed = subprocess.run([*map(str, install)], env=environment(), capture_output=True, text=True, timeout=600)
    assert installed.returncode == 0, installed.stderr
    settings = (layouts / "c-array" / "lenet5_digits_model_settings.h").read_text()
    found = re.search(r"kTensorArenaSize = (\d+)", settings)
    assert found is not None
    model = pack.artifact("tflite", "int8", "batch1_stripped").path
    for check in (TRITON, KSERVE, TFLITE_MICRO):  # a process each: two of them define the same protobuf messages
        command = [python, "-c", textwrap.dedent(check), layouts, model, compiled / "vectors", found[1]]
        result = subprocess.run([*map(str, command)], env=environment(), capture_output=True, text=True, timeout=240)
        assert result.returncode == 0, result.stderr
