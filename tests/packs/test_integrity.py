"""Nothing is opened before its size and SHA-256 match, and a .keras file is never a program."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from helpers import assert_one_message, change_manifest, flip_byte, rewrite_artifact, run_zoo, tree
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zoo
from zoo.errors import PackError, UnknownNameError
from zoo.files import size_and_digest

RUNTIMES = {"keras": "keras", "saved_model": "tensorflow", "tflite": "litert", "onnx": "onnxruntime"}


def files_of(folder: Path, format: str) -> list[Path]:
    """The files of an artifact."""
    path = zoo.Pack(folder).artifact(format).path
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())


@pytest.mark.parametrize("format", RUNTIMES)
@pytest.mark.parametrize("position", [0, 1 / 3, 1 / 2, 1])
def test_one_changed_byte_is_refused(pack_copy: Path, format: str, position: float) -> None:
    for file in files_of(pack_copy, format):
        before = file.read_bytes()
        flip_byte(file, int((len(before) - 1) * position))
        with pytest.raises(PackError, match=r"is not what its manifest says: .*It was not opened"):
            zoo.load(pack_copy, RUNTIMES[format])
        file.write_bytes(before)
    zoo.load(pack_copy, RUNTIMES[format])  # all is well again


@pytest.mark.parametrize("format", RUNTIMES)
def test_more_less_and_no_bytes_are_refused(pack_copy: Path, format: str) -> None:
    file = files_of(pack_copy, format)[-1]
    data = file.read_bytes()
    for content in (data + b"\0", data[:-1], b""):
        file.write_bytes(content)
        with pytest.raises(PackError, match=r"is not what its manifest says"):
            zoo.load(pack_copy, RUNTIMES[format])
    file.unlink()
    with pytest.raises(PackError, match=r"cannot be read: No such file|is not what its manifest says"):
        zoo.load(pack_copy, RUNTIMES[format])


def test_a_missing_folder_is_refused(pack_copy: Path) -> None:
    shutil.rmtree(pack_copy / "saved_model")
    with pytest.raises(PackError, match=r"'saved_model' of the pack .* cannot be read: No such file"):
        zoo.load(pack_copy, "tensorflow")


def test_files_added_to_a_saved_model_are_refused(pack_copy: Path) -> None:
    (pack_copy / "saved_model" / "variables" / "more").write_text("")
    with pytest.raises(PackError, match=r"is not what its manifest says"):
        zoo.load(pack_copy, "tensorflow")


def test_renamed_files_of_a_saved_model_are_refused(pack_copy: Path) -> None:
    file = files_of(pack_copy, "saved_model")[0]
    file.rename(file.with_name("other"))
    with pytest.raises(PackError, match=r"is not what its manifest says"):
        zoo.load(pack_copy, "tensorflow")


@pytest.mark.parametrize("format", RUNTIMES)
def test_a_wrong_hash_in_the_manifest_is_refused(pack_copy: Path, format: str) -> None:
    def change(manifest: dict[str, list[dict[str, str]]]) -> None:
        entry = next(entry for entry in manifest["artifacts"] if entry["format"] == format)
        entry["sha256"] = "0" * 64

    change_manifest(pack_copy, change)
    with pytest.raises(PackError, match=r"is not what its manifest says"):
        zoo.load(pack_copy, RUNTIMES[format])


def test_the_command_says_it_once(pack_copy: Path, digit_png: Path) -> None:
    flip_byte(pack_copy / "model_fp32.tflite", 1000)
    result = run_zoo("predict", pack_copy, digit_png)
    assert result.stdout == ""
    assert_one_message(result, "'model_fp32.tflite' of the pack", "It was not opened", "Restore the pack")


@pytest.mark.parametrize("format", RUNTIMES)
@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x1c\0\0\0TFL3" + b"\0" * 40, b"PK\x03\x04" + b"\0" * 40])
def test_a_file_of_nonsense_that_the_manifest_vouches_for_is_refused(
    pack_copy: Path, format: str, content: bytes
) -> None:
    """The hash is right; the file is none that its runtime opens."""
    if format == "saved_model":

        def change(manifest: dict[str, list[dict[str, object]]]) -> None:
            (pack_copy / "saved_model" / "saved_model.pb").write_bytes(content or b"\xff")
            entry = next(entry for entry in manifest["artifacts"] if entry["format"] == format)
            entry["size_bytes"], entry["sha256"] = size_and_digest(pack_copy / "saved_model")

        change_manifest(pack_copy, change)
    else:
        rewrite_artifact(pack_copy, format, content)
    with pytest.raises(PackError):
        zoo.load(pack_copy, RUNTIMES[format])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_change_of_an_onnx_or_tflite_file_is_noticed(pack_copy: Path, data: st.DataObject) -> None:
    """About half of them would load and answer wrongly."""
    format = data.draw(st.sampled_from(["onnx", "tflite"]))
    (file,) = files_of(pack_copy, format)
    before = file.read_bytes()
    content = bytearray(before)
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    file.write_bytes(content)
    try:
        if bytes(content) == before:  # two changes took each other back
            return
        with pytest.raises(PackError, match=r"It was not opened"):
            zoo.load(pack_copy, RUNTIMES[format])
    finally:
        file.write_bytes(before)


def test_the_digest_of_a_folder_is_the_documented_one(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "b").mkdir(parents=True)
    (folder / "b" / "x").write_bytes(b"one")
    (folder / "a").write_bytes(b"two!")
    (folder / "b.c").write_bytes(b"")
    contents = {"a": b"two!", "b.c": b"", "b/x": b"one"}
    lines = "".join(f"{name}\0{hashlib.sha256(data).hexdigest()}\n" for name, data in sorted(contents.items()))
    assert size_and_digest(folder) == (7, hashlib.sha256(lines.encode()).hexdigest())


# -- .keras is data, not a program --------------------------------------------------------------------------------


def test_a_keras_file_is_never_run(pack_copy: Path, tmp_path: Path, images: npt.NDArray[np.float32]) -> None:
    import keras

    honest = zoo.load(pack_copy, "keras").run(images)
    marker, attacked = tmp_path / "owned", tmp_path / "attacked.keras"
    attack = eval(f"lambda image: (__import__('pathlib').Path({str(marker)!r}).touch(), image)[1]")
    network = zoo.get_architecture("lenet5").build((28, 28, 1), 10)
    network.load_weights(pack_copy / "model.keras")
    shape = (28, 28, 1)
    layers = [keras.Input(shape), keras.layers.Lambda(attack, output_shape=shape), *network.layers]
    keras.Sequential(layers).save(attacked)
    marker.unlink(missing_ok=True)

    rewrite_artifact(pack_copy, "keras", attacked.read_bytes())
    assert (zoo.load(pack_copy, "keras").run(images) == honest).all()
    assert not marker.exists()
    keras.models.load_model(attacked, safe_mode=False)(images[:1])  # the attack is a real one: Keras's loader runs it
    assert marker.exists()


def test_weights_of_another_network_are_refused(pack_copy: Path, tmp_path: Path) -> None:
    recipe = zoo.Recipe(dataset="digits", epochs=1)
    other = zoo.train("softmax_regression", dataset="digits", recipe=recipe, output=tmp_path / "other")
    rewrite_artifact(pack_copy, "keras", (other.folder / "model.keras").read_bytes())
    with pytest.raises(PackError, match=r"do not fit the installed architecture 'lenet5'"):
        zoo.load(pack_copy, "keras")


def test_an_architecture_that_is_not_installed_is_named(pack_copy: Path, images: npt.NDArray[np.float32]) -> None:
    change_manifest(pack_copy, lambda manifest: manifest.update(architecture="lenet7", id="lenet7.digits"))
    with pytest.raises(UnknownNameError, match=r"Unknown architecture 'lenet7'. Did you mean 'lenet5'"):
        zoo.load(pack_copy, "keras")
    assert zoo.load(pack_copy, "onnxruntime").run(images).shape == (360, 10)  # an export needs no architecture


# -- packs are portable -------------------------------------------------------------------------------------------


def test_a_moved_pack_works(pack_copy: Path, tmp_path: Path, images: npt.NDArray[np.float32]) -> None:
    before = zoo.load(pack_copy).run(images)
    moved = tmp_path / "a folder with spaces" / "ünïcode"
    moved.parent.mkdir()
    pack_copy.rename(moved)
    for runtime in RUNTIMES.values():
        assert np.abs(zoo.load(moved, runtime).run(images) - before).max() < 1e-4
    contents = "".join(
        data.decode(errors="replace") for name, data in tree(moved).items() if name.endswith((".json", ".md", ".csv"))
    )
    assert str(pack_copy.parent) not in contents  # no absolute path is remembered
