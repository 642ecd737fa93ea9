"""pack.json is somebody else's data: whatever it holds gives a pack or a PackError, and nothing outside is touched."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from helpers import change_manifest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zoo
from zoo.cli.main import build_cli
from zoo.errors import PackError
from zoo.plugins import load_plugins

Manifest = dict[str, Any]


def write(folder: Path, text: str | bytes) -> None:
    """Replace ``pack.json``."""
    (folder / "pack.json").write_bytes(text.encode() if isinstance(text, str) else text)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'"pack"', b"\xff\xfe\x00", b"[" * 200_000, b'{"schema": 1' + b"9" * 5_000 + b"}"],
)
def test_files_that_are_no_manifest_are_refused(trained_copy: Path, content: bytes) -> None:
    write(trained_copy, content)
    with pytest.raises(PackError, match=r"pack.json"):
        zoo.get_pack(trained_copy)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_manifest_is_refused(trained_copy: Path, share: float) -> None:
    text = (trained_copy / "pack.json").read_bytes().rstrip()
    write(trained_copy, text[: int(len(text) * share)])
    with pytest.raises(PackError, match=r"is damaged"):
        zoo.get_pack(trained_copy)


def test_a_huge_manifest_is_not_read(trained_copy: Path) -> None:
    write(trained_copy, b" " * 5_000_000 + b"{}")
    with pytest.raises(PackError, match=r"larger than 4000000 bytes"):
        zoo.get_pack(trained_copy)


def test_a_folder_without_a_manifest_is_no_pack(tmp_path: Path) -> None:
    for model in (tmp_path, tmp_path / "nowhere", f"{tmp_path}/nowhere", "./nowhere"):
        with pytest.raises(PackError, match=r"is not a pack: pack\.json cannot be read.*zoo list"):
            zoo.get_pack(model)


def change(*keys: str | int, to: Any) -> Callable[[Manifest], None]:
    """A change of the value that a path of keys leads to; ``...`` removes it."""

    def apply(manifest: Any) -> None:
        for key in keys[:-1]:
            manifest = manifest[key]
        if to is ...:
            del manifest[keys[-1]]
        else:
            manifest[keys[-1]] = to

    return apply


WRONG: list[tuple[Callable[[Manifest], None], str]] = [
    (change("schema", to=2), "has schema 2, this version reads 1; upgrade digit-zoo"),
    (change("schema", to=True), "schema is True"),
    (change("schema", to="1"), "schema is '1'"),
    (change("id", to=...), "lacks the key 'id'"),
    (change("id", to="../evil"), "id is '../evil'"),
    (change("tag", to="mnist"), "id is 'lenet5.digits'"),
    (change("tag", to=3), "tag is 3"),
    (change("parameters", to=-1), "parameters is -1"),
    (change("parameters", to=1.5), "parameters is 1.5"),
    (change("temperature", to=0.0), "temperature is 0.0"),
    (change("temperature", to=-1.0), "temperature is -1.0"),
    (change("temperature", to=float("nan")), "temperature is nan"),
    (change("temperature", to=float("inf")), "temperature is inf"),
    (change("classes", to=[]), r"classes is \[\]"),
    (change("classes", to=[1, 2]), r"classes is \[1, 2\]"),
    (change("classes", to=["a", "a"]), "must be a list of different labels"),
    (change("input", to={}), "input.shape is None"),
    (change("input", "shape", to=[28, 28]), r"input.shape is \[28, 28\]"),
    (change("input", "shape", to=[28, 28, 0]), r"input.shape is \[28, 28, 0\]"),
    (change("input", "shape", to=[28, 28, 1.5]), "input.shape"),
    (change("input", "shape", to=[28, 28, True]), "input.shape"),
    (change("metrics", to={}), "metrics lacks the key 'accuracy'"),
    (change("metrics", "accuracy", to="99 %"), "metrics: accuracy is '99 %'"),
    (change("metrics", "accuracy_low", to=...), "metrics lacks the key 'accuracy_low'"),
    (change("metrics", "images", to=...), "metrics lacks the key 'images'"),
    (change("dataset", to={}), "dataset lacks the key 'name'"),
    (change("recipe", to={}), "recipe lacks the key 'dataset'"),
    (change("artifacts", to={}), "artifacts is {}"),
    (change("artifacts", to=[]), "keras fp32 among them"),
    (change("artifacts", 0, to="model.keras"), "artifact 0 holds a str"),
    (change("artifacts", 0, "sha256", to=...), "artifact 0 lacks the key 'sha256'"),
    (change("artifacts", 0, "size_bytes", to="big"), "size_bytes is 'big'"),
    (change("artifacts", 0, "path", to=""), "path is ''"),
    (change("artifacts", 0, "path", to="a\0b"), "path"),
    (change("artifacts", 0, "path", to="\ud800"), "path"),
]


@pytest.mark.parametrize(("damage", "message"), WRONG, ids=[message for _, message in WRONG])
def test_wrong_values_are_named(trained_copy: Path, damage: Callable[[Manifest], None], message: str) -> None:
    change_manifest(trained_copy, damage)
    with pytest.raises(PackError, match=message):
        zoo.get_pack(trained_copy)


@pytest.mark.parametrize(
    "path", ["../secret", "a/../../secret", "/etc/passwd", "..", "C:\\secret", "..\\secret", "file:///etc/passwd"]
)
@pytest.mark.parametrize("key", ["path", "certificate"])
def test_a_manifest_that_points_outside_is_not_followed(pack_copy: Path, path: str, key: str) -> None:
    change_manifest(pack_copy, change("artifacts", 1, key, to=path))
    with pytest.raises(PackError, match=r"points outside the pack; it was not followed"):
        zoo.get_pack(pack_copy)


@pytest.mark.parametrize("key", ["path", "certificate"])
@pytest.mark.parametrize("to_folder", [False, True])
def test_a_symbolic_link_that_points_outside_is_not_followed(
    pack_copy: Path, tmp_path: Path, key: str, to_folder: bool
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    name = "link/secret" if to_folder else "link"
    (pack_copy / "link").symlink_to(outside if to_folder else outside / "secret")
    change_manifest(pack_copy, change("artifacts", 1, key, to=name))
    with pytest.raises(PackError, match=r"points outside the pack; it was not followed"):
        zoo.get_pack(pack_copy)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["..", "/", "a\0b", "\ud800", "x" * 5_000, 10**400, [28, 28, 1], "keras", "fp32"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a JSON document, as the keys that lead there."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_mutation_gives_a_usable_pack_or_a_pack_error(exported: Path, pack_copy: Path, data: st.DataObject) -> None:
    manifest = copy.deepcopy(zoo.get_pack(exported).manifest)
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.sampled_from(places(manifest)))
        change(*place, to=copy.deepcopy(data.draw(st.just(...) | json_values)))(manifest)  # the next may change it
    try:
        write(pack_copy, json.dumps(manifest))
        pack = zoo.get_pack(pack_copy)
    except PackError:
        return
    # Whatever a reader may ask of a pack must work then, and so must the commands that show it.
    assert isinstance(repr(pack), str)
    assert pack.size_bytes >= 0
    assert pack.formats
    assert pack.macs is None or pack.macs >= 0
    for arguments in (["info", str(pack_copy)], ["info", str(pack_copy), "--json"]):
        result = CliRunner().invoke(build_cli(load_plugins()), arguments)
        assert result.exception is None, result.output
    for artifact in pack.artifacts:
        try:
            artifact.verified_path()
        except PackError:
            continue
        assert artifact.path.resolve().is_relative_to(pack_copy.resolve())
