"""What cannot be exported: a clear error, and the pack is as it was."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner, Result
from helpers import ZOO, assert_one_message, change_manifest, environment, run_zoo, started_zoo, tree, wait_for

import zoo
from zoo.cli.main import build_cli
from zoo.errors import DatasetError, ExportError, UnknownNameError, ZooError
from zoo.exporting.converter import Converter
from zoo.files import size_and_digest
from zoo.plugins import load_plugins


@pytest.mark.usefixtures("known")
def test_a_layer_that_the_converters_lack(odd_packs: Path, tmp_path: Path, converter: Converter) -> None:
    pack = Path(shutil.copytree(odd_packs / "odd", tmp_path / "odd"))
    before = tree(tmp_path)
    with pytest.raises(ExportError) as told:
        zoo.export(pack, ["tflite", "onnx"], converter=converter)
    for text in ("Making tflite fp32 failed", "Making onnx fp32 failed"):
        assert text in str(told.value)
    assert str(told.value).count("Erfinv") >= 2
    assert tree(tmp_path) == before


@pytest.mark.slow
def test_what_one_format_lacks_another_delivers(odd_packs: Path, site: str, tmp_path: Path) -> None:
    pack = Path(shutil.copytree(odd_packs / "odd", tmp_path / "odd"))
    result = run_zoo("export", pack, "--format", "saved_model", "--format", "tflite", PYTHONPATH=site)
    assert_one_message(result, "Making tflite fp32 failed", "Erfinv")
    exported = zoo.Pack(pack)
    assert exported.formats == ["keras", "saved_model"]
    (entry,) = exported.refused
    assert (entry["format"], entry["outcome"], entry["certificate"]) == ("tflite", "error", None)
    assert "Erfinv" in entry["reason"]


def test_weights_that_are_no_numbers(trained_copy: Path, converter: Converter) -> None:
    from zoo.runtimes.keras import load_keras_model

    model = load_keras_model(zoo.get_pack(trained_copy).artifact("keras"))
    weights = model.get_weights()
    weights[0][0, 0, 0, 0] = np.nan
    model.set_weights(weights)
    model.save(trained_copy / "model.keras")
    size_bytes, sha256 = size_and_digest(trained_copy / "model.keras")
    change_manifest(
        trained_copy, lambda manifest: manifest["artifacts"][0].update(size_bytes=size_bytes, sha256=sha256)
    )
    before = tree(trained_copy.parent)
    # The weights are looked at, and meanwhile the answers, where some CPUs let a ReLU swallow a NaN and others do not.
    weights_named, answers_named = r"in 1 of its 10 weights: .*conv2d.*train it anew", r"360 images with NaN.*Train it"
    with pytest.raises(ExportError, match=f"{weights_named}|{answers_named}"):
        zoo.export(trained_copy, "tflite", precision="int8", converter=converter)
    assert tree(trained_copy.parent) == before


@pytest.mark.parametrize(
    ("calibration", "text"),
    [
        (np.zeros((1, 28, 28, 1), np.float32), "has 1 calibration image; int8 needs at least 10"),
        (np.zeros((0, 28, 28, 1), np.float32), "has 0 calibration images"),
        (np.zeros((20, 32, 32, 3), np.float32), r"shape \(32, 32, 3\).*the model takes float32 of shape \(28, 28, 1\)"),
        (np.zeros((20, 28, 28), np.float32), r"shape \(28, 28\)"),
        (np.zeros((20, 28, 28, 1), np.uint8), "type uint8"),
        (np.full((20, 28, 28, 1), np.nan, np.float32), "NaN or infinity"),
        (np.full((20, 28, 28, 1), 255.0), r"values from 255 to 255; the model takes .* in \[0, 1\]. Divide by 255"),
        (np.full((20, 28, 28, 1), -0.5), "values from -0.5 to -0.5"),
        ([[0.5, 0.5], [0.5]], "no array of calibration images, the model takes float32"),
        ([*np.zeros((20, 28, 28, 1)).tolist(), None], "no array of calibration images"),
        ("digits", "type <U6"),
    ],
)
def test_a_calibration_set_that_cannot_calibrate(trained_copy: Path, calibration: Any, text: str) -> None:
    before = tree(trained_copy.parent)
    with pytest.raises(ExportError, match=text):
        zoo.export(trained_copy, "tflite", precision="int8", calibration=calibration)
    assert tree(trained_copy.parent) == before


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"calibration_samples": 1}, ExportError, "1 calibration images are too few"),
        ({"calibration_data": "digts"}, UnknownNameError, "Unknown dataset 'digts'. Did you mean 'digits'"),
        ({"calibration_data": "folder:/nowhere"}, DatasetError, "There is no folder '/nowhere'.*--calibration-data"),
        ({"gate": {"min_agreement": 1.0}, "precision": "int9"}, UnknownNameError, "Unknown precision for tflite"),
        ({"gate": {"agreement": 1.0}}, UnknownNameError, "Unknown limit of a gate 'agreement'. Did you mean 'min_ag"),
        ({"gate": {"min_agreement": 99.8}}, ExportError, "'min_agreement=99.8' is no number from 0 to 1.*0.998"),
        ({"gate": {"max_difference": "small"}}, ExportError, "'max_difference=small' is no number from 0 to 1"),
        (
            {"calibration_samples": 20, "precision": "fp16"},
            ExportError,
            "calibrated, and calibration_samples would chan",
        ),
        ({"calibration": [], "precision": "dynamic"}, ExportError, "calibration would change nothing; .* int8"),
        (
            {"calibration": [], "calibration_data": "digits"},
            ExportError,
            "the images itself; leave calibration_data out",
        ),
    ],
)
def test_wrong_options(trained_copy: Path, options: dict[str, Any], error: type[Exception], text: str) -> None:
    before = tree(trained_copy.parent)
    with pytest.raises(error, match=text):
        zoo.export(trained_copy, "tflite", **{"precision": "int8", **options})
    assert tree(trained_copy.parent) == before


@pytest.mark.mnist
def test_a_batch_that_the_calibration_images_do_not_fill(trained_copy: Path) -> None:
    with pytest.raises(ExportError, match="10 calibration images fill no batch of 20"):
        zoo.export(trained_copy, "tflite", precision="int8", batch_size=20, calibration_samples=10)


@pytest.mark.mnist
def test_no_more_calibration_images_than_the_list_has(trained_copy: Path) -> None:
    with pytest.raises(ExportError, match="'mnist' lists 500 calibration images; 501 were asked for"):
        zoo.export(trained_copy, "tflite", precision="int8", calibration_data="mnist", calibration_samples=501)


def invoke(*arguments: str | Path) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(build_cli(load_plugins()), [*map(str, arguments)])


@pytest.mark.parametrize("verb", ["export", "verify"])
@pytest.mark.parametrize(
    ("limit", "text"),
    [
        ("min_agreement=two", "The limit 'min_agreement=two' is no number from 0 to 1"),
        ("min_agreement=2", "The limit 'min_agreement=2.0' is no number from 0 to 1"),
        ("max_difference=-1", "write max_difference=0.0001, or max_difference=none"),
        ("max_accuracy_drop=nan", "The limit 'max_accuracy_drop=nan'"),
        ("largest_flipped_gap=inf", "The limit 'largest_flipped_gap=inf'"),
        ("min_agreement", "The limit 'min_agreement=' is no number"),
        ("agreement=0.9", "Unknown limit of a gate 'agreement'. Did you mean 'min_agreement'?"),
    ],
)
def test_a_gate_that_is_none(trained: Path, verb: str, limit: str, text: str) -> None:
    result = invoke(verb, trained, "--gate", limit)
    assert isinstance(result.exception, ZooError)
    assert text in str(result.exception)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--calibration-samples", "100"], "--calibration-samples: only int8 is calibrated; add --precision int8 or"),
        (["--precision", "fp16", "--calibration-data", "digits"], "--calibration-data: only int8 is calibrated"),
        (["--layout", "triton", "--output", "new", "--strip"], "--strip is for making files"),
        (["--layout", "triton", "--output", "new", "--gate", "min_agreement=0"], "--gate is for making files"),
    ],
)
def test_options_that_would_change_nothing(trained: Path, options: list[str], text: str) -> None:
    result = invoke("export", trained, *options)
    assert result.exit_code == 2
    assert text in " ".join(result.stderr.split())


def test_nothing_is_said_to_begin_before_the_arguments_are_right(trained: Path) -> None:
    for options in (["--precision", "in8"], ["--format", "tflit"], ["--output", "/proc/none/new"]):
        result = invoke("export", trained, *options)
        assert isinstance(result.exception, ZooError)
        assert result.output == ""


def test_calibration_images_may_be_anything_that_is_an_array(
    trained_copy: Path, images: npt.NDArray[np.float32], converter: Converter
) -> None:
    digests = []
    for calibration in (images[:20], images[:20].tolist()):
        gate = {"min_agreement": 0, "max_accuracy_drop": 1}
        pack = zoo.export(
            trained_copy, "tflite", precision="int8", calibration=calibration, gate=gate, converter=converter
        )
        digests.append(pack.artifact("tflite", "int8").sha256)
    assert digests[0] == digests[1]


FULL = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.mark.parametrize("room", [pytest.param(-100_000, marks=pytest.mark.slow), 3_000])
def test_a_full_disk(trained_copy: Path, room: int) -> None:
    """No file may be longer than the source by so much: the copy of the pack fails, or what is made of it."""
    before = tree(trained_copy.parent)
    limit = (trained_copy / "model.keras").stat().st_size + room
    command = [sys.executable, "-c", FULL, str(limit), str(ZOO), "export", str(trained_copy), "--format", "keras"]
    result = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=240)
    assert_one_message(
        result, "File too large", "cannot be written" if room < 0 else "Making keras fp32 standalone failed"
    )
    assert tree(trained_copy.parent) == before


def test_ctrl_c_between_two_files(trained_copy: Path, tmp_path: Path) -> None:
    """One file has passed already, the next is being made: neither is delivered."""
    before = tree(trained_copy.parent)
    log = tmp_path / "log"
    options = ("--format", "onnx", "--all")
    with started_zoo(log, "export", trained_copy, *options) as process:
        wait_for(lambda: "onnx fp32: " in log.read_text(), process)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 1
    assert tree(trained_copy.parent) == before
    assert [path.name for path in trained_copy.parent.iterdir()] == [trained_copy.name]
    assert "Interrupted." in log.read_text()
    assert "Traceback" not in log.read_text()
