"""A run that was interrupted goes on, and one that is there grows."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest
from benchmarking import LIGHT, cells, table
from helpers import assert_one_message, run_zoo, started_zoo, wait_for

import zoo


def test_an_interrupted_run_goes_on(own_pack: zoo.Pack, tmp_path: Path) -> None:
    run, log = tmp_path / "run", tmp_path / "log"
    command = ("benchmark", "lenet5.digits", *LIGHT, "--scenario", "single", "--output", run)

    def first_result() -> bool:
        return "1/4" in log.read_text()

    with started_zoo(log, *command) as process:
        wait_for(first_result, process)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 1
    assert "Interrupted" in log.read_text()
    before = cells(run)["litert"]["rounds"][0]
    (litert,) = table(run)  # a cell that waits for its turn has no row
    assert float(litert["p50_ms"]) == pytest.approx(before["single"]["p50_ms"], abs=1e-5)

    again = run_zoo(*command)
    assert again.returncode == 0, again.stderr
    assert "/3 " in again.stderr
    after = cells(run)
    assert after["litert"]["rounds"][0] == before
    assert [len(cell["rounds"]) for cell in after.values()] == [2, 2]

    nothing_left = run_zoo(*command)
    assert nothing_left.returncode == 0, nothing_left.stderr
    assert not re.search(r"\d/\d", nothing_left.stderr)  # no progress; a note on the machine may be there
    assert cells(run) == after


def test_a_table_grows_by_scenarios_and_keeps_its_other_cells(exported: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    first = run_zoo("benchmark", exported, *LIGHT, "--scenario", "cold", "--output", run)
    assert first.returncode == 0, first.stderr
    assert [row["size_bytes"] for row in table(run)] == ["", ""]
    before = cells(run)
    litert = ("--runtime", "litert", *LIGHT[4:])
    second = run_zoo("benchmark", exported, *litert, "--scenario", "size", "--json", "--output", run)
    assert second.returncode == 0, second.stderr
    (asked,) = json.loads(second.stdout)
    sized, kept = table(run)
    assert (asked["runtime"], sized["runtime"], kept["runtime"]) == ("litert", "litert", "onnxruntime")
    assert int(sized["size_bytes"]) == asked["size_bytes"] == zoo.Pack(exported).artifact("tflite").size_bytes
    assert float(sized["load_ms"]) > 0
    assert float(kept["load_ms"]) > 0
    assert kept["size_bytes"] == ""
    assert [cell["rounds"] for cell in cells(run).values()] == [cell["rounds"] for cell in before.values()]

    # Trained anew since, as far as the run can tell.
    for path in (run / "cells").glob("*.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "weights_sha256": "0" * 64}))
    third = run_zoo("benchmark", exported, *litert, "--scenario", "size", "--output", run)
    assert "lenet5.digits has other weights" in third.stderr
    assert "2 cells" in third.stderr
    (anew,) = table(run)
    assert (anew["runtime"], anew["load_ms"]) == ("litert", "")


def test_overwriting_removes_what_is_measured_anew_and_nothing_else(own_pack: zoo.Pack, tmp_path: Path) -> None:
    run = tmp_path / "run"
    size = ("benchmark", "lenet5.digits", "--precision", "fp32", "--scenario", "size", "--output", run)
    litert = ("--runtime", "litert", "--runtime", "litert")
    both = (*litert, "--runtime", "onnxruntime", "--quick")
    assert run_zoo(*size, *both).returncode == 0
    assert [row["runtime"] for row in table(run)] == ["litert", "onnxruntime"]
    kept = cells(run)["onnxruntime"]
    assert run_zoo(*size, *litert, "--quick", "--overwrite").returncode == 0
    assert cells(run)["onnxruntime"] == kept

    for mine in (run / "mine.txt", run / "cells" / "mine.txt"):
        mine.write_text("keep me")
    assert_one_message(run_zoo(*size, *litert), "another protocol", "repeats 1, then 5", "--overwrite")
    assert run_zoo(*size, *litert, "--overwrite").returncode == 0
    assert json.loads((run / "run.json").read_text())["protocol"]["name"] == "full"
    assert [(row["runtime"], row["status"]) for row in table(run)] == [("litert", "ok")]
    assert {cell["protocol"] for cell in cells(run).values()} == {"full"}
    assert (run / "mine.txt").read_text() == (run / "cells" / "mine.txt").read_text() == "keep me"
