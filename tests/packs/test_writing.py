"""A pack is whole or absent: a failure while one is written leaves everything as it was."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from helpers import change_manifest, tree

import zoo
from zoo.errors import PackError
from zoo.packs.writing import check_target, edit_pack, new_pack

FAILURES = [RuntimeError("midway"), OSError(28, "No space left on device"), KeyboardInterrupt(), SystemExit(3)]


def fill(folder: Path, source: Path) -> None:
    """Put a whole pack into the folder that `new_pack` gives."""
    shutil.copytree(source, folder, dirs_exist_ok=True)


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_a_failure_leaves_no_new_pack(tmp_path: Path, trained: Path, failure: BaseException) -> None:
    parent = tmp_path / "packs"
    with pytest.raises((PackError, type(failure))), new_pack(parent / "new") as folder:
        fill(folder, trained)
        raise failure
    assert list(parent.iterdir()) == []


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_a_failure_leaves_an_old_pack_as_it_was(trained_copy: Path, exported: Path, failure: BaseException) -> None:
    before = tree(trained_copy.parent)
    with pytest.raises((PackError, type(failure))), new_pack(trained_copy, overwrite=True) as folder:
        fill(folder, exported)
        raise failure
    assert tree(trained_copy.parent) == before
    with (
        pytest.raises((PackError, type(failure))),
        edit_pack(zoo.get_pack(trained_copy)) as (folder, manifest),
    ):
        (folder / "model.keras").write_bytes(b"")
        manifest["seed"] = 7
        raise failure
    assert tree(trained_copy.parent) == before


def test_a_full_disk_is_told(trained_copy: Path) -> None:
    with (
        pytest.raises(PackError, match=r"cannot be written: .*No space left on device.*Nothing was changed"),
        edit_pack(zoo.get_pack(trained_copy)),
    ):
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("content", [None, "{", "{}"])
def test_a_pack_without_a_valid_manifest_is_not_delivered(tmp_path: Path, trained: Path, content: str | None) -> None:
    with pytest.raises((PackError, ValueError)), new_pack(tmp_path / "packs" / "new") as folder:
        fill(folder, trained)
        (folder / "pack.json").unlink()
        if content is not None:
            (folder / "pack.json").write_text(content)
    assert list((tmp_path / "packs").iterdir()) == []


def test_a_new_pack_appears_whole(tmp_path: Path, trained: Path) -> None:
    target = tmp_path / "packs" / "new"
    with new_pack(target) as folder:
        fill(folder, trained)
        assert folder.parent == target.parent  # one file system, so that renaming is one step
        assert folder.name.startswith(".")
        assert not target.exists()
    assert tree(target) == tree(trained)
    assert [path.name for path in target.parent.iterdir()] == ["new"]


def test_an_edited_pack_is_replaced_whole(trained_copy: Path) -> None:
    with edit_pack(zoo.get_pack(trained_copy)) as (folder, manifest):
        (folder / "notes.txt").write_text("mine")
        manifest["seed"] = 7
        assert zoo.get_pack(trained_copy).manifest["seed"] == 0
    assert zoo.get_pack(trained_copy).manifest["seed"] == 7
    assert (trained_copy / "notes.txt").read_text() == "mine"
    assert [path.name for path in trained_copy.parent.iterdir()] == [trained_copy.name]


def test_a_change_by_somebody_else_is_detected(trained_copy: Path) -> None:
    def theirs(manifest: dict[str, Any]) -> None:
        manifest["seed"] = 5

    with (
        pytest.raises(PackError, match=r"was changed by another program meanwhile; nothing was written"),
        edit_pack(zoo.get_pack(trained_copy)) as (_, manifest),
    ):
        manifest["seed"] = 7
        change_manifest(trained_copy, theirs)
    assert zoo.get_pack(trained_copy).manifest["seed"] == 5
    assert [path.name for path in trained_copy.parent.iterdir()] == [trained_copy.name]


def test_packs_of_other_seeds_survive(trained_copy: Path, trained: Path, exported: Path) -> None:
    shutil.copytree(trained, trained_copy / "seeds" / "1")
    with edit_pack(zoo.get_pack(trained_copy)) as (folder, manifest):
        assert not (folder / "seeds").exists()  # neither copied nor hashed
        manifest["seed"] = 7
    assert tree(trained_copy / "seeds" / "1") == tree(trained)
    with new_pack(trained_copy, overwrite=True) as folder:
        fill(folder, exported)
    assert tree(trained_copy / "seeds" / "1") == tree(trained)
    with pytest.raises(RuntimeError), new_pack(trained_copy, overwrite=True) as folder:
        raise RuntimeError
    assert tree(trained_copy / "seeds" / "1") == tree(trained)


def test_targets(trained_copy: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "seeds only" / "seeds").mkdir(parents=True)
    for target in (tmp_path / "empty", tmp_path / "new", tmp_path / "seeds only", tmp_path / "a" / "b"):
        check_target(target, overwrite=False)
    check_target(trained_copy, overwrite=True)
    with pytest.raises(PackError, match=r"holds a pack already"):
        check_target(trained_copy, overwrite=False)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("")
    for overwrite in (False, True):
        with pytest.raises(PackError, match=r"holds something that is no pack"):
            check_target(tmp_path / "full", overwrite=overwrite)
        with pytest.raises(PackError, match=r"is a file"):
            check_target(tmp_path / "full" / "file", overwrite=overwrite)


def test_an_export_never_replaces_another_model(trained_copy: Path, tmp_path: Path) -> None:
    """--output names a new folder or an earlier output of the same model; anything else is somebody's work."""
    other = tmp_path / "mlp.digits"
    shutil.copytree(trained_copy, other)
    change_manifest(other, lambda manifest: manifest.update(id="mlp.digits", architecture="mlp"))
    before = tree(other)
    with pytest.raises(PackError, match=r"holds the pack mlp\.digits"), edit_pack(zoo.get_pack(trained_copy), other):
        pass
    assert tree(other) == before
    with edit_pack(zoo.get_pack(trained_copy), tmp_path / "new"):
        pass
    with edit_pack(zoo.get_pack(trained_copy), tmp_path / "new"):
        pass
    assert zoo.get_pack(tmp_path / "new").id == "lenet5.digits"


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_needs_stays(trained_copy: Path) -> None:
    parent = trained_copy.parent
    dead, alive = (parent / f".{trained_copy.name}.{process}.tmp" for process in (4_194_304, os.getppid()))
    dead.mkdir()
    alive.mkdir()
    with edit_pack(zoo.get_pack(trained_copy)):
        pass
    assert not dead.exists()
    assert alive.exists()
