"""Where packs are found: by id, by architecture and by path; the user's own before the bundled ones."""

from __future__ import annotations

import functools
import json
import shutil
from pathlib import Path

import pytest
from helpers import assert_one_message, change_manifest, make_distribution, run_zoo, tree

import zoo
from zoo.errors import PackError, UnknownNameError


def test_a_model_is_named_in_four_ways(own_pack: zoo.Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("lenet5.digits", own_pack.folder, str(own_pack.folder), own_pack):
        assert zoo.get_pack(name).folder == own_pack.folder
    monkeypatch.chdir(own_pack.folder.parent)
    assert zoo.get_pack("./lenet5.digits").id == "lenet5.digits"
    monkeypatch.chdir(own_pack.folder)
    assert zoo.get_pack(".").id == "lenet5.digits"
    assert not zoo.get_pack("lenet5.digits").bundled


def test_an_architecture_stands_for_its_default_tag(own_pack: zoo.Pack) -> None:
    change_manifest(own_pack.folder, lambda manifest: manifest.update(id="lenet5.mnist", tag="mnist"))
    own_pack.folder.rename(own_pack.folder.with_name("lenet5.mnist"))
    assert zoo.get_pack("lenet5").folder.name == "lenet5.mnist"
    assert zoo.get_pack("lenet5").folder.is_relative_to(own_pack.folder.parent)


def test_unknown_models_suggest_the_nearest(own_pack: zoo.Pack) -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown model 'lenet5.digit'. Did you mean 'lenet5.digits'"):
        zoo.get_pack("lenet5.digit")
    with pytest.raises(UnknownNameError, match=r"zoo train mlp --dataset digits"):
        zoo.get_pack("mlp.digits")
    with pytest.raises(UnknownNameError, match=r"Unknown model 'nothing-like-it'"):
        zoo.get_pack("nothing-like-it")


def test_list_models_by_pattern(own_pack: zoo.Pack) -> None:
    mine = own_pack.folder.parent
    for name in ("mlp.digits", "mlp.letters"):
        architecture, tag = name.split(".")
        shutil.copytree(own_pack.folder, mine / name)
        rename = functools.partial(dict.update, id=name, architecture=architecture, tag=tag)
        change_manifest(mine / name, rename)
    (mine / "notes.txt").write_text("no pack")
    (mine / "empty").mkdir()
    shutil.copytree(own_pack.folder, mine / ".mlp.digits.123.tmp")

    def ids(*pattern: str) -> list[str]:
        return [pack.id for pack in zoo.list_models(*pattern) if not pack.bundled]

    assert ids() == ["lenet5.digits", "mlp.digits", "mlp.letters"]
    assert ids("mlp*") == ids("mlp") == ids("m?p.*") == ["mlp.digits", "mlp.letters"]
    assert ids("*.digits") == ["lenet5.digits", "mlp.digits"]
    assert ids("[a-k]*") == []


def test_a_damaged_pack_is_told_and_the_others_listed(own_pack: zoo.Pack) -> None:
    damaged = own_pack.folder.with_name("mlp.digits")
    shutil.copytree(own_pack.folder, damaged)
    (damaged / "pack.json").write_text("{")
    with pytest.warns(UserWarning, match=r"Left out: .*mlp\.digits"):
        packs = zoo.list_models("*.digits")
    assert [pack.id for pack in packs] == ["lenet5.digits"]
    result = run_zoo("list", "*.digits")
    assert result.returncode == 0
    assert "lenet5.digits" in result.stdout
    assert "Warning: Left out: " in result.stderr
    assert "Traceback" not in result.stderr
    assert_one_message(run_zoo("info", "mlp.digits"), "is damaged")


@pytest.fixture
def bundled(exported: Path, tmp_path: Path) -> dict[str, str]:
    """An environment in which a distribution brings the exported pack; its folder is ``PACKS``."""
    packs = tmp_path / "brought"
    shutil.copytree(exported, packs / "lenet5.digits")
    make_distribution(
        tmp_path / "site",
        "zoo-packs",
        f"""
        from pathlib import Path

        import zoo

        ZOO_API_VERSION = 1

        @zoo.hookimpl
        def zoo_register_packs(register):
            register(Path({str(packs)!r}))
        """,
    )
    return {"PYTHONPATH": str(tmp_path / "site"), "PACKS": str(packs)}


def test_a_distribution_brings_packs(bundled: dict[str, str], digit_png: Path) -> None:
    listed = run_zoo("list", "*.digits", **bundled)
    (row,) = (line for line in listed.stdout.splitlines() if line.startswith("lenet5.digits"))
    assert row.endswith("bundled")
    assert "(bundled)" in run_zoo("info", "lenet5.digits", **bundled).stdout
    assert json.loads(run_zoo("info", "lenet5.digits", "--json", **bundled).stdout)["bundled"] is True
    assert run_zoo("predict", "lenet5.digits", digit_png, **bundled).returncode == 0


def test_ones_own_pack_shadows_a_bundled_one_visibly(bundled: dict[str, str], own_pack: zoo.Pack) -> None:
    listed = run_zoo("list", "*.digits", **bundled)
    rows = [line for line in listed.stdout.splitlines() if line.startswith("lenet5.digits")]
    assert len(rows) == 1
    assert rows[0].endswith("yours, hides the bundled one")
    shown = run_zoo("info", "lenet5.digits", **bundled).stdout
    assert str(own_pack.folder) in shown
    assert "hides the bundled one" in shown


@pytest.mark.slow
def test_exporting_and_evaluating_a_bundled_pack_leaves_it_as_it_is(bundled: dict[str, str], zoo_home: Path) -> None:
    before = tree(Path(bundled["PACKS"]))
    evaluated = run_zoo("evaluate", "lenet5.digits", "--runtime", "litert", **bundled)
    assert evaluated.returncode == 0, evaluated.stderr
    assert [path.name for path in zoo_home.iterdir()] == ["test_evaluations.jsonl"]  # the look at them, and no pack
    result = run_zoo("export", "lenet5.digits", "--format", "onnx", **bundled)
    assert result.returncode == 0, result.stderr
    own = zoo_home / "packs" / "lenet5.digits"
    assert result.stdout.splitlines()[-1] == str(own)
    assert zoo.get_pack(own).formats == ["keras", "onnx", "saved_model", "tflite"]
    assert tree(Path(bundled["PACKS"])) == before


def test_zoo_home_decides_where_packs_are(own_pack: zoo.Pack, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(own_pack.folder, other / "packs" / "lenet5.elsewhere")
    change_manifest(
        other / "packs" / "lenet5.elsewhere",
        lambda manifest: manifest.update(id="lenet5.elsewhere", tag="elsewhere"),
    )
    assert "lenet5.elsewhere" in run_zoo("list", ZOO_HOME=str(other)).stdout
    assert "lenet5.elsewhere" not in run_zoo("list").stdout


def test_the_artifacts_of_a_pack(own_pack: zoo.Pack) -> None:
    assert own_pack.formats == ["keras", "onnx", "saved_model", "tflite"]
    artifact = own_pack.artifact("tflite")
    assert artifact.path == own_pack.folder / "model_fp32.tflite"
    assert artifact.size_bytes == artifact.path.stat().st_size
    assert artifact.verified_path() == artifact.path
    assert artifact.verified_bytes() == artifact.path.read_bytes()
    with pytest.raises(UnknownNameError, match=r"onnx int8.*zoo export lenet5.digits --format onnx --precision int8"):
        own_pack.artifact("onnx", "int8")
    with pytest.raises(PackError):
        zoo.Pack(own_pack.folder.parent)


def test_a_bundled_pack_that_is_named_by_its_path_is_not_written_to(zoo_home: Path) -> None:
    folder = zoo.get_pack("softmax_regression.mnist").folder
    before = tree(folder)
    assert zoo.get_pack(folder).bundled
    zoo.evaluate(folder, dataset="digits", runtime="litert")
    assert tree(folder) == before


def test_a_folder_that_is_not_named_by_its_pack_is_left_out_with_a_word(own_pack: zoo.Pack) -> None:
    own_pack.folder.rename(own_pack.folder.with_name("mine"))
    with pytest.warns(UserWarning, match=r"mine' holds the pack lenet5.digits; name the folder so"):
        assert "lenet5.digits" not in [pack.id for pack in zoo.list_models()]


def test_bundled_packs_were_trained_by_the_registered_recipes() -> None:
    packs = [pack for pack in zoo.list_models() if pack.bundled]
    assert packs
    for pack in packs:
        recipe = zoo.get_architecture(pack.architecture).recipes[pack.tag]
        assert zoo.Recipe.from_dict(pack.manifest["recipe"]) == recipe, pack.id
        assert pack.manifest["seed"] == 0


def test_bundled_packs_for_drawing_name_whose_strokes_they_learned_from() -> None:
    packs = [pack for pack in zoo.list_models("*.canvas") if pack.bundled]
    assert packs
    for pack in packs:
        card = (pack.folder / "README.md").read_text(encoding="utf-8")
        assert "UCI, https://doi.org/10.24432/C5MG6K" in card
        assert "CC BY 4.0 (pen digits)" in card
        assert pack.rejection is not None
