"""``zoo verify`` finds what is not as its certificate says, and says which and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers import assert_one_message, change_manifest, flip_byte, rewrite_artifact, run_zoo

import zoo
from zoo.errors import PackError
from zoo.packs.digests import size_and_digest

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
        path.write_text(json.dumps({**json.loads(path.read_text()), "artifact_sha256": entry["sha256"]}))

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


@pytest.mark.parametrize("kind", CERTIFICATES)
def test_a_certificate_that_does_not_fit_fails(pack_copy: Path, kind: str) -> None:
    CERTIFICATES[kind](pack_copy / "model_fp32.tflite.certificate.json")
    reasons = failed(pack_copy)
    assert list(reasons) == ["tflite"]
    assert "certificate" in reasons["tflite"]


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

    for change, text in (
        (lambda model: setattr(model.opset_import[0], "version", 17), "opset"),
        (lambda model: setattr(model.graph.input[0].type.tensor_type.shape.dim[0], "dim_value", 4), "batch size"),
    ):
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
