"""Every look at test images is in the log; looks at validation images are not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from helpers import environment, run_zoo

import zoo
from zoo.evaluation.log import log_path, log_test_evaluation


def entries(home: Path) -> list[dict[str, Any]]:
    """The lines of the log in a home; none when there is no log."""
    path = home / "test_evaluations.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_looks_at_test_images_are_logged_and_no_others(pack_copy: Path, zoo_home: Path, digits: zoo.Dataset) -> None:
    result = run_zoo("evaluate", pack_copy, "--runtime", "onnxruntime", "--json")
    assert result.returncode == 0, result.stderr
    (entry,) = entries(zoo_home)
    pack = zoo.Pack(pack_copy)
    assert entry["command"] == f"zoo evaluate {pack_copy} --runtime onnxruntime --json"
    assert entry["time"].endswith("+00:00")
    assert (entry["model"], entry["seed"]) == ("lenet5.digits", 0)
    assert entry["weights_sha256"] == pack.artifact("keras").sha256
    assert entry["artifact_sha256"] == pack.artifact("onnx").sha256
    assert (entry["dataset"], entry["split"], entry["runtime"]) == ("digits", "test", "onnxruntime")
    assert entry["dataset_digests"] == dict(digits.digests)
    found = json.loads(result.stdout)
    for key in ("accuracy", "negative_log_likelihood", "expected_calibration_error", "images"):
        assert entry[key] == found[key]

    zoo.evaluate(pack_copy, split="validation")
    zoo.evaluate(pack_copy, split="train")
    assert len(entries(zoo_home)) == 1
    zoo.compare(pack_copy, pack_copy, split="validation")
    assert len(entries(zoo_home)) == 1
    zoo.compare(pack_copy, pack_copy)
    assert [line["model"] for line in entries(zoo_home)] == ["lenet5.digits"] * 3


def test_the_end_of_a_training_is_logged(zoo_home: Path, tmp_path: Path) -> None:
    pack = zoo.train("softmax_regression", dataset="digits", epochs=1, seed=2, output=tmp_path / "pack")
    (entry,) = entries(zoo_home)
    assert (entry["model"], entry["seed"], entry["runtime"]) == ("softmax_regression.digits", 2, "keras")
    assert entry["weights_sha256"] == entry["artifact_sha256"] == pack.artifact("keras").sha256
    assert entry["accuracy"] == pack.accuracy


def test_a_log_that_cannot_be_written_is_a_warning(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "file" / "home"))
    with pytest.warns(UserWarning, match=r"missing in the log .*test_evaluations.jsonl"):
        result = zoo.evaluate(exported, output=tmp_path / "out")
    assert result.accuracy > 0.5
    command = run_zoo("evaluate", exported, "--output", tmp_path / "out")
    assert command.returncode == 0
    assert "Warning: This evaluation on test images is missing in the log" in command.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk is needed, such as /dev/full")
def test_a_full_disk_is_a_warning(exported: Path, zoo_home: Path, digits: zoo.Dataset) -> None:
    zoo_home.mkdir()
    log_path().symlink_to("/dev/full")
    with pytest.warns(UserWarning, match=r"No space left on device"):
        log_test_evaluation(zoo.Pack(exported).artifact("keras"), "keras", digits, {})


def test_lines_of_several_processes_never_mix(exported: Path, zoo_home: Path) -> None:
    program = f"""
import numpy as np
import zoo
from zoo.evaluation.log import log_test_evaluation
artifact = zoo.Pack({str(exported)!r}).artifact("keras")
part = zoo.Split(np.zeros((1, 8, 8, 1), np.uint8), np.zeros(1, np.int64))
data = zoo.Dataset("made", ("a", "b"), part, part, part, {{}})
for number in range(200):
    log_test_evaluation(artifact, "keras", data, {{"number": number, "padding": "x" * 5000}})
"""
    processes = [
        subprocess.Popen([sys.executable, "-c", program], env=environment(ZOO_HOME=os.environ["ZOO_HOME"]))
        for _ in range(3)
    ]
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0]
    numbers = sorted(entry["number"] for entry in entries(zoo_home))
    assert numbers == sorted(list(range(200)) * 3)
