"""Layouts: a plugin builds a tree of files from a pack's exports; it is delivered whole or not at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from helpers import assert_one_message, flip_byte, make_distribution, run_zoo, tree

import zoo

SOURCE = """
    import shutil
    import zoo

    ZOO_API_VERSION = 1

    def build(artifacts, folder):
        (folder / "1").mkdir()
        shutil.copy(artifacts["onnx"].path, folder / "1" / "model.onnx")
        (folder / "labels.txt").write_text("\\n".join(artifacts["onnx"].pack.classes))

    def fail(artifacts, folder):
        (folder / "half").write_text("written")
        raise OSError("the disk is full")

    @zoo.hookimpl
    def zoo_register_layouts(register):
        register(zoo.Layout("server", ("onnx",), build, "A model server's tree"))
        register(zoo.Layout("failing", ("onnx",), fail, "Fails halfway"))
"""


@pytest.fixture
def site(tmp_path: Path) -> str:
    make_distribution(tmp_path / "site", "zoo-server", SOURCE)
    return str(tmp_path / "site")


def test_a_layout_of_a_plugin_is_built(exported: Path, tmp_path: Path, site: str) -> None:
    output = tmp_path / "served"
    result = run_zoo("export", exported, "--layout", "server", "--output", output, PYTHONPATH=site)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == str(output)
    assert sorted(tree(output)) == ["1/model.onnx", "labels.txt"]
    assert (output / "1" / "model.onnx").read_bytes() == zoo.Pack(exported).artifact("onnx").path.read_bytes()
    (plugin,) = [
        entry
        for entry in json.loads(run_zoo("plugins", "--json", PYTHONPATH=site).stdout)
        if entry["distribution"] == "zoo-server"
    ]
    assert plugin["registered"] == {"layouts": ["server", "failing"]}


def test_what_cannot_be_built_leaves_nothing(exported: Path, pack_copy: Path, tmp_path: Path, site: str) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "thesis.tex").write_text("mine")

    def refused(pack: Path, layout: str, output: Path, *texts: str) -> None:
        result = run_zoo("export", pack, "--layout", layout, "--output", output, PYTHONPATH=site)
        assert_one_message(result, *texts)

    refused(exported, "servre", tmp_path / "new", "Unknown layout 'servre'. Did you mean 'server'?")
    refused(exported, "server", full, "holds something already")
    refused(exported, "failing", tmp_path / "new", "the disk is full")
    flip_byte(pack_copy / "model_fp32.onnx", 100)
    refused(pack_copy, "server", tmp_path / "new", "is not what its manifest says")
    shutil.rmtree(pack_copy)
    assert tree(full) == {"thesis.tex": b"mine"}
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".*.tmp"))


def test_a_layout_needs_an_output() -> None:
    result = run_zoo("export", "lenet5", "--layout", "server")
    assert result.returncode == 2
    assert "--layout needs --output" in result.stderr
