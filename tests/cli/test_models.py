"""``zoo list``, ``info`` and the command itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from helpers import REPOSITORY, assert_one_message, change_manifest, run_zoo

import zoo

LIST_KEYS = ["id", "architecture", "tag", "parameters", "accuracy", "size_bytes", "formats"]
BUNDLED = REPOSITORY / "plugins/zoo_plugins/packs"


def test_list_as_json_has_the_documented_keys() -> None:
    models = json.loads(run_zoo("list", "--json").stdout)
    assert [model["id"] for model in models] == sorted(folder.name for folder in BUNDLED.iterdir())
    for model in models:
        assert list(model) == LIST_KEYS
        whole = ["saved_model"] if model["id"] == "lenet5.mnist" else []  # all have what plugins/bundle.py ships
        assert set(model["formats"]) - {"onnx"} == {"keras", *whole, "tflite"}
        assert 0.9 < model["accuracy"] < 1
        assert model["size_bytes"] == zoo.get_pack(model["id"]).artifact("keras").path.stat().st_size


def test_list_takes_wildcards() -> None:
    assert "lenet5.mnist" in (text := run_zoo("list", "lenet*").stdout)
    assert "mlp" not in text
    nothing = run_zoo("list", "vgg*")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert "No model matches 'vgg*'" in nothing.stderr


def test_an_own_pack_hides_the_bundled_one_visibly(zoo_home: Path) -> None:
    own = zoo_home / "packs" / "lenet5.mnist"
    shutil.copytree(zoo.get_pack("lenet5.mnist").folder, own)
    change_manifest(own, lambda manifest: manifest["metrics"].update(accuracy=0.5))
    (line,) = [line for line in run_zoo("list").stdout.splitlines() if line.startswith("lenet5.mnist")]
    assert "50.00 %" in line
    assert "hides the bundled one" in line
    assert "hides the bundled one" in run_zoo("info", "lenet5").stdout


def test_a_damaged_pack_hides_no_other(zoo_home: Path) -> None:
    damaged = zoo_home / "packs" / "broken.mnist"
    damaged.mkdir(parents=True)
    (damaged / "pack.json").write_text('{"schema": 1, "id"')
    result = run_zoo("list")
    assert result.returncode == 0
    assert "lenet5.mnist" in result.stdout
    assert "Warning: Left out:" in result.stderr
    assert "is damaged" in result.stderr


def test_info(exported: Path) -> None:
    text = run_zoo("info", "lenet5").stdout
    for part in ("lenet5.mnist", "61,706", "416,520", "5 seeds", "95 % interval", "onnxruntime", "model_fp32.tflite"):
        assert part in text
    facts = json.loads(run_zoo("info", exported, "--json").stdout)
    assert facts["folder"] == str(exported)
    assert facts["bundled"] is False
    assert facts["artifacts"][0]["path"] == "model.keras"


@pytest.mark.parametrize("verb", ["info", "evaluate", "export", "verify"])
def test_a_mistyped_model_is_suggested(verb: str) -> None:
    assert_one_message(run_zoo(verb, "lenet5.mnits"), "Unknown model 'lenet5.mnits'. Did you mean 'lenet5.mnist'?")


def test_a_mistyped_verb_is_wrong_usage() -> None:
    result = run_zoo("lst")
    assert result.returncode == 2
    assert "Did you mean 'list'?" in result.stderr
    assert run_zoo("list", "--jsn").returncode == 2


def test_version() -> None:
    assert run_zoo("--version").stdout == f"zoo, version {zoo.__version__}\n"


def test_every_verb_explains_itself() -> None:
    verbs = [line.split()[0] for line in run_zoo("--help").stdout.partition("Commands:")[2].strip().splitlines()]
    assert {"demo", "evaluate", "export", "info", "list", "plugins", "predict", "train", "verify"} <= set(verbs)


def test_a_traceback_only_with_debug() -> None:
    assert "Traceback" not in run_zoo("info", "nothing").stderr
    assert "Traceback" in run_zoo("--debug", "info", "nothing").stderr


def test_output_that_nobody_reads_is_no_error(tmp_path: Path) -> None:
    import subprocess

    from helpers import ZOO, environment

    process = subprocess.Popen(
        [str(ZOO), "info", "lenet5", "--json"], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert b"Traceback" not in process.stderr.read()
