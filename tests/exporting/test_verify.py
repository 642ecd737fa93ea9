"""``zoo verify`` finds what is not as its certificate says, and says which and why."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from helpers import assert_one_message, change_manifest, flip_byte, rewrite_artifact, run_zoo

import zoo
from zoo.cli.main import build_cli
from zoo.errors import PackError
from zoo.files import size_and_digest
from zoo.plugins import load_plugins

FORMATS = ["onnx", "saved_model", "tflite"]


def failed(folder: Path) -> dict[str, str]:
    """The reason of each artifact that did not pass."""
    return {item.format: item.reason for item in zoo.verify(folder) if item.reason is not None}


def test_a_sound_pack_passes(exported: Path) -> None:
    items = zoo.verify(exported)
    assert [item.format for item in items] == FORMATS
    for item in items:
        assert item.passed
        assert item.reason is None
        assert item.parity is not None
        assert item.parity.images == 360
        assert item.parity.max_difference <= 1e-4


@pytest.mark.slow
def test_the_command(own_pack: zoo.Pack) -> None:
    result = run_zoo("verify", "lenet5.digits", "--json")
    assert result.returncode == 0, result.stderr
    entries = json.loads(result.stdout)
    keys = ["certificate", "format", "model", "parity", "passed", "precision", "reason", "variant"]
    assert [sorted(entry) for entry in entries] == [keys] * 3
    assert all(entry["passed"] for entry in entries)
    flip_byte(own_pack.folder / "model_fp32.onnx", 1_000)
    result = run_zoo("verify", "lenet5.digits")
    assert result.returncode == 1
    (line,) = [line for line in result.stdout.splitlines() if "FAILED" in line]
    assert line.split()[:3] == ["lenet5.digits", "onnx", "fp32"]
    assert "is not what its manifest says" in line
    assert result.stdout.count("passed") == 2


def vouch(folder: Path, format: str) -> None:
    """Make manifest and certificate speak of the file that is there now."""

    def change(manifest: dict[str, Any]) -> None:
        entry = next(entry for entry in manifest["artifacts"] if entry["format"] == format)
        entry["size_bytes"], entry["sha256"] = size_and_digest(folder / entry["path"])
        path = folder / entry["certificate"]
        facts = {"artifact_sha256": entry["sha256"], "size_bytes": entry["size_bytes"]}
        path.write_text(json.dumps({**json.loads(path.read_text()), **facts}))

    change_manifest(folder, change)


@pytest.mark.parametrize("format", FORMATS)
def test_a_changed_file_fails_alone(pack_copy: Path, format: str) -> None:
    path = zoo.get_pack(pack_copy).artifact(format).path
    flip_byte(path if path.is_file() else path / "saved_model.pb", 500)
    reasons = failed(pack_copy)
    assert list(reasons) == [format]
    assert "is not what its manifest says" in reasons[format]


def remove(path: Path) -> None:
    path.unlink()


CERTIFICATES: dict[str, Callable[[Path], object]] = {
    "absent": remove,
    "empty": lambda path: path.write_text(""),
    "no object": lambda path: path.write_text("[]"),
    "other keys": lambda path: path.write_text("{}"),
    "of another file": lambda path: path.write_text(
        json.dumps({**json.loads(path.read_text()), "artifact_sha256": "0" * 64})
    ),
    "of another source": lambda path: path.write_text(
        json.dumps({**json.loads(path.read_text()), "source_sha256": "0" * 64})
    ),
}


@pytest.fixture
def one_file(pack_copy: Path) -> Path:
    """The exported pack with its TFLite file alone, so that verifying is a matter of a moment."""

    def change(manifest: dict[str, Any]) -> None:
        manifest["artifacts"] = [entry for entry in manifest["artifacts"] if entry["format"] in ("keras", "tflite")]

    change_manifest(pack_copy, change)
    return pack_copy


@pytest.fixture
def verified(one_file: Path) -> Callable[[], str | None]:
    """Verifies that file; the reason, or None."""

    def reason() -> str | None:
        (item,) = zoo.verify(one_file)
        return item.reason

    return reason


@pytest.mark.parametrize("kind", CERTIFICATES)
def test_a_certificate_that_does_not_fit_fails(pack_copy: Path, kind: str) -> None:
    CERTIFICATES[kind](pack_copy / "model_fp32.tflite.certificate.json")
    reasons = failed(pack_copy)
    assert list(reasons) == ["tflite"]
    assert "certificate" in reasons["tflite"]


def edit(path: Path, keys: str, value: Any) -> None:
    """Change one entry of a certificate: ``accuracy.keras.accuracy``."""
    certificate = json.loads(path.read_text())
    *outer, last = keys.split(".")
    place = certificate
    for key in outer:
        place = place[key]
    place[last] = value
    path.write_text(json.dumps(certificate))


@pytest.mark.parametrize(
    ("keys", "value", "text"),
    [
        ("model", "mlp.mnist", "speaks of another file .*: model is 'mlp.mnist', not 'lenet5.digits'"),
        ("size_bytes", 1, "size_bytes is 1, not"),
        ("precision", "int8", "precision is 'int8', not 'fp32'"),
        ("passed", False, "it says that the file failed"),
        ("failures", ["no"], "it says that the file failed"),
        ("gate", {"min_agreement": 2}, "gate is {'min_agreement': 2}"),
        ("gate", {"max_difference": 0}, "its gate is not held: a probability differs by"),
        ("images", 10_000, "images is 10000 there and 360 here"),
        ("agreement", 0.75, "agreement is 0.75 there and 1 here"),
        ("agreement", 1 - 1 / 360, "agreement is 0.997222 there and 1 here"),
        ("flipped", [7], "flipped is a list of 1 there and a list of 0 here"),
        ("max_difference", 0.01, "max_difference is 0.01 there"),
        ("mean_difference", "small", "mean_difference is 'small' there"),
        ("accuracy.artifact.accuracy", 1.0, "accuracy.artifact.accuracy is 1 there"),
        ("accuracy.artifact.negative_log_likelihood", 0.001, "negative_log_likelihood is 0.001 there"),
        ("accuracy.keras.accuracy_low", 0.5, "accuracy.keras.accuracy_low is 0.5 there"),
        ("accuracy.only_keras_right", 1, "accuracy.only_keras_right is 1 there and 0 here"),
        ("accuracy.p_value", 0.01, "accuracy.p_value is 0.01 there and 1 here"),
        ("accuracy", None, "accuracy.keras.accuracy is None there .*and 3 more"),
    ],
)
def test_a_figure_that_is_not_what_is_measured_is_named(
    verified: Callable[[], str | None], one_file: Path, keys: str, value: Any, text: str
) -> None:
    edit(one_file / "model_fp32.tflite.certificate.json", keys, value)
    reason = verified()
    assert reason is not None
    assert re.search(text, reason)


@pytest.mark.parametrize(
    ("edits", "fits"),
    [
        ({"max_difference": 5e-5, "mean_difference": 9e-6}, True),  # rounding
        ({"agreement": 1 - 1 / 360, "flipped": [7], "largest_flipped_gap": 1e-5}, True),  # a tie
        ({"accuracy.artifact.accuracy": 0.5}, False),
        ({"agreement": 1 - 2 / 360, "flipped": [7, 9]}, False),
        ({"max_difference": 2e-4}, False),
        ({"accuracy.p_value": 0.01}, False),
    ],
)
def test_on_another_processor_figures_may_be_a_little_otherwise(
    verified: Callable[[], str | None], one_file: Path, edits: dict[str, Any], fits: bool
) -> None:
    for keys, value in {"cpu": "Another", **edits}.items():
        edit(one_file / "model_fp32.tflite.certificate.json", keys, value)
    assert (verified() is None) == fits


def test_a_certificate_about_other_images_is_not_compared(verified: Callable[[], str | None], one_file: Path) -> None:
    for keys, value in {"dataset": "another", "images": 7, "agreement": 0.5}.items():
        edit(one_file / "model_fp32.tflite.certificate.json", keys, value)
    assert verified() is None


def test_no_certificate_at_all_fails(pack_copy: Path) -> None:
    def change(manifest: dict[str, Any]) -> None:
        next(entry for entry in manifest["artifacts"] if entry["format"] == "onnx")["certificate"] = None

    change_manifest(pack_copy, change)
    assert "has no certificate" in failed(pack_copy)["onnx"]


def test_a_model_that_answers_otherwise_fails_though_every_hash_is_right(pack_copy: Path) -> None:
    """Somebody changed a weight and covered the tracks: hashes and certificate are those of the new file."""
    import onnx
    from onnx import numpy_helper

    path = pack_copy / "model_fp32.onnx"
    model = onnx.load(path)
    tensor = max(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) * 1.5, tensor.name))
    rewrite_artifact(pack_copy, "onnx", model.SerializeToString())
    vouch(pack_copy, "onnx")
    reasons = failed(pack_copy)
    assert list(reasons) == ["onnx"]
    assert "a probability differs by" in reasons["onnx"]


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x1c\0\0\0TFL3" + b"\0" * 40])
@pytest.mark.parametrize("format", FORMATS)
def test_nonsense_fails_though_every_hash_is_right(pack_copy: Path, format: str, content: bytes) -> None:
    path = zoo.get_pack(pack_copy).artifact(format).path
    (path if path.is_file() else path / "saved_model.pb").write_bytes(content)
    vouch(pack_copy, format)
    assert list(failed(pack_copy)) == [format]


def test_an_onnx_file_of_another_opset_or_name_fails(pack_copy: Path) -> None:
    import onnx

    def change_opset(model: Any) -> None:
        model.opset_import[0].version = 17

    def fix_batch(model: Any) -> None:
        model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 4

    for change, text in ((change_opset, "opset"), (fix_batch, "batch size")):
        original = (pack_copy / "model_fp32.onnx").read_bytes()
        model = onnx.load_model_from_string(original)
        change(model)
        rewrite_artifact(pack_copy, "onnx", model.SerializeToString())
        vouch(pack_copy, "onnx")
        assert text in failed(pack_copy)["onnx"]
        rewrite_artifact(pack_copy, "onnx", original)


def test_a_damaged_source_is_an_error(pack_copy: Path) -> None:
    flip_byte(pack_copy / "model.keras", 5_000)
    with pytest.raises(PackError, match=r"'model.keras' of the pack .* is not what its manifest says"):
        zoo.verify(pack_copy)
    assert_one_message(run_zoo("verify", pack_copy), "is not what its manifest says")


def test_a_pack_without_exports_has_nothing_to_verify(trained: Path) -> None:
    assert zoo.verify(trained) == []


def test_of_all_packs_one_that_cannot_be_verified_is_told_at_the_end(
    trained: Path, one_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = Path(shutil.copytree(one_file, tmp_path / "lost"))
    change_manifest(lost, lambda manifest: manifest["recipe"].update(dataset="folder:/nowhere"))
    packs = [zoo.Pack(folder) for folder in (lost, lost, trained, one_file)]
    monkeypatch.setattr("zoo.cli.export.list_models", lambda: packs)
    result = CliRunner().invoke(build_cli(load_plugins()), ["verify", "--all"])
    assert isinstance(result.exception, PackError)
    assert str(result.exception).count("There is no folder '/nowhere'") == 1
    _, line, row = result.stdout.splitlines()
    assert row.split()[:3] == ["lenet5.digits", "tflite", "fp32"]
    assert row.endswith("passed")
    assert row.index("passed") == line.rindex(" ") + 1
