"""The commands of ``zoo benchmark``, as they are spelt now and as they were."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarking import LIGHT
from helpers import assert_one_message, run_zoo, tree

import zoo


def test_what_cannot_be_meant_is_refused(own_pack: zoo.Pack, exported: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    refused = run_zoo("benchmark", "lenet5.digits", *LIGHT, "--output", tmp_path)
    assert_one_message(refused, "holds something else", "--output")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["mine.txt"]
    assert_one_message(run_zoo("benchmark", "lenet5.digits", "--precision", "int9"), "int9", "int8")
    assert_one_message(run_zoo("benchmark", "lenet5.digts"), "lenet5.digits")
    twice = run_zoo("benchmark", "lenet5.digits", exported, *LIGHT, "--output", tmp_path / "twice")
    assert_one_message(twice, "lenet5.digits", repr(str(own_pack.folder)), repr(str(exported)), "--output")
    assert not (tmp_path / "twice").exists()

    few = run_zoo("benchmark", "lenet5.digits", "--rounds", "4")
    assert_one_message(few, "--rounds is 4", "5 or more", "--quick", code=2)


def test_a_bad_output_is_told_before_anything_is_exported(trained_copy: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text("{}")  # of some other tool
    for options in ([], ["--overwrite"]):
        refused = run_zoo("benchmark", trained_copy, *LIGHT, *options, "--output", tmp_path / "run")
        assert_one_message(refused, "did not write it", "--output")
        assert "exporting" not in refused.stderr
    assert tree(tmp_path / "run") == {"run.json": b"{}"}
    for place, told in ((tmp_path / "run" / "run.json" / "below", "is a file"), (Path("/proc/run"), "Nothing can be")):
        refused = run_zoo("benchmark", trained_copy, *LIGHT, "--output", place)
        assert_one_message(refused, told, "--output")
        assert "exporting" not in refused.stderr


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (["--compare", "a", "b", "--json"], "compare", "'a/run.json' cannot be read"),
        (["--reference", "x", "--compare", "a", "b"], "compare", "'a/run.json' cannot be read"),
        (["nope", "--quick", "--scenario", "drawn"], "drawn", "Unknown model 'nope'"),
        (["--scenario=drawn", "nope"], "drawn", "Unknown model 'nope'"),
    ],
)
def test_an_old_spelling_works_and_names_the_new_one(old: list[str], new: str, told: str) -> None:
    result = run_zoo("benchmark", *old)
    assert_one_message(result, told)
    assert f"is now 'zoo benchmark {new}'" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--compare", "a", "b", "--runtime", "litert"],
        ["--compare", "a", "b", "--quick"],
        ["--compare", "a"],
        ["--scenario", "drawn", "--scenario", "size"],
        ["--scenario", "drawn", "--overwrite"],
        ["--reference", "lenet5"],
        ["drawn", "--threads", "1"],
        ["compare", "a", "b", "c"],
    ],
)
def test_what_does_not_belong_to_a_command_is_wrong_usage(arguments: list[str]) -> None:
    assert_one_message(run_zoo("benchmark", *arguments), code=2)


def test_what_is_no_command_is_a_model() -> None:
    for words in (["nope"], ["run", "nope"], ["--quick", "nope"]):
        assert_one_message(run_zoo("benchmark", *words), "Unknown model 'nope'")
    assert "Usage: zoo benchmark [OPTIONS] COMMAND" in run_zoo("benchmark", "-h").stdout
    assert "Usage: zoo benchmark run [OPTIONS] [MODELS]..." in run_zoo("benchmark", "--quick", "-h").stdout
