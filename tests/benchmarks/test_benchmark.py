"""``zoo benchmark``: every cell measured, or told why not; nothing lost when it is interrupted."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import shutil
import signal
import subprocess
import textwrap
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from helpers import (
    ZOO,
    assert_one_message,
    change_manifest,
    environment,
    flip_byte,
    make_distribution,
    rewrite_artifact,
    run_python,
    run_zoo,
    started_zoo,
    tree,
    wait_for,
    without_packages,
)

import zoo
import zoo_benchmarks
from studies.repeatability import MODELS, second_to_first
from studies.repeatability import RUNTIMES as REPEATED_ON
from zoo.runtimes.open import find_runtime
from zoo_benchmarks.measure.cell_process import REFERENCE
from zoo_benchmarks.measure.timing import timed_block
from zoo_benchmarks.report.progress import TimeLeft
from zoo_benchmarks.report.summary import answers
from zoo_benchmarks.report.table import half_ranges

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# The schema that other programs rely on.
COLUMNS = [
    "model", "parameters", "macs", "runtime", "format", "precision", "threads", "batch", "p50_ms", "p90_ms", "p99_ms",
    "images_per_second", "load_ms", "first_ms", "import_ms", "peak_rss_mb", "size_bytes", "accuracy", "accuracy_low",
    "accuracy_high", "agreement", "overhead_ratio", "status", "reason", "versions", "cpu", "commit", "artifact_sha256",
]  # fmt: skip
RUNTIMES = ("keras", "tensorflow", "litert", "onnxruntime", "openvino")
PRECISIONS = ("fp32", "fp16", "dynamic", "int8")
LIGHT = ("--runtime", "litert", "--runtime", "onnxruntime", "--precision", "fp32", "--quick", "--rounds", "2")


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "results.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def cell_of(row: dict[str, Any]) -> tuple[str, str]:
    return row["runtime"], row["precision"]


def cells(folder: Path) -> dict[str, Any]:
    found = (json.loads(path.read_text()) for path in sorted((folder / "cells").glob("*.json")))
    return {cell["runtime"]: cell for cell in found if cell["precision"] == "fp32"}


@pytest.mark.slow
def test_every_runtime_and_scenario_is_measured(own_pack: zoo.Pack, tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = (
        "benchmark",
        "lenet5.digits",
        "--quick",
        "--rounds",
        "2",
        "--precision",
        "fp32",
        "--json",
        "--output",
        run,
    )
    result = run_zoo(*command)
    assert result.returncode == 0, result.stderr
    rows = json.loads(result.stdout)
    assert [list(row) for row in rows] == [COLUMNS] * len(rows)
    measured = {row["runtime"]: row for row in rows if row["status"] == "ok"}
    assert measured.keys() == set(RUNTIMES)
    for row in measured.values():
        artifact = own_pack.artifact(row["format"])
        assert (row["parameters"], row["macs"]) == (own_pack.parameters, own_pack.macs)
        assert (row["size_bytes"], row["artifact_sha256"]) == (artifact.size_bytes, artifact.sha256)
        assert 0 < row["p50_ms"] <= row["p90_ms"] <= row["p99_ms"]
        assert row["batch"] in (1, 8, 32, 128, 512)
        assert row["images_per_second"] > 0
        assert min(row["import_ms"], row["load_ms"], row["first_ms"]) > 0
        assert 1 < row["peak_rss_mb"] < 4000
        assert row["accuracy_low"] < row["accuracy"] < row["accuracy_high"]
        assert row["agreement"] == 1
        assert 0.3 < row["overhead_ratio"] < 3
        assert f"onnxruntime={version('onnxruntime')}" in row["versions"]
        assert row["threads"] == 1
    assert measured["litert"]["peak_rss_mb"] < measured["tensorflow"]["peak_rss_mb"]
    assert measured["keras"]["accuracy"] == own_pack.accuracy

    assert {row["runtime"] for row in table(run)} == set(RUNTIMES)
    for cell in cells(run).values():
        assert len(cell["rounds"]) == 2
        for number, found in enumerate(cell["rounds"]):
            assert 10 <= len(found["single"]["samples_ns"]) <= 1000
            assert len(found["single"]["samples_ns"]) % 10 == found["single"]["calls"] % 10 == 0  # whole blocks
            assert ("accuracy" in found) == (number == 0)
        assert cell["size_gzip_bytes"] < cell["size_bytes"]
    settings = {name: cell["rounds"][0]["settings"] for name, cell in cells(run).items()}
    assert all(found["threads"] == 1 == len(found["cores"] or [0]) for found in settings.values())
    assert settings["litert"]["xnnpack"] is True
    assert settings["onnxruntime"]["providers"] == ["CPUExecutionProvider"]
    assert settings["onnxruntime"]["session.intra_op.allow_spinning"] == "0"
    assert settings["openvino"]["INFERENCE_NUM_THREADS"] == settings["openvino"]["NUM_STREAMS"] == 1
    assert settings["tensorflow"]["intra_op_parallelism_threads"] == 1
    assert settings["keras"]["backend"] == "tensorflow"
    assert json.loads((run / "run.json").read_text())["protocol"]["name"] == "quick"


@pytest.mark.slow
def test_lacking_precisions_are_exported_into_a_cache(own_pack: zoo.Pack, zoo_home: Path, tmp_path: Path) -> None:
    run, before = tmp_path / "run", sorted(own_pack.folder.rglob("*"))
    runtimes = ("litert", "onnxruntime", "openvino", "keras")
    options = [word for name in runtimes for word in ("--runtime", name)]
    options += [word for name in PRECISIONS[1:] for word in ("--precision", name)]
    command = ("benchmark", "lenet5.digits", *options, "--quick", "--scenario", "accuracy", "--scenario", "size")
    result = run_zoo(*command, "--output", run)
    assert result.returncode == 0, result.stderr
    assert "exporting lenet5.digits" in result.stderr
    assert sorted(own_pack.folder.rglob("*")) == before
    (cache,) = (zoo_home / "benchmarks" / "exports").iterdir()
    made = zoo.Pack(cache)
    rows = {cell_of(row): row for row in table(run)}
    assert len(rows) == len(runtimes) * 3
    for (runtime, precision), row in rows.items():
        if runtime == "keras":
            assert (row["status"], row["reason"]) == ("unsupported", "the Keras model is float32")
            continue
        refused = [
            entry for entry in made.refused if (entry["format"], entry["precision"]) == (row["format"], precision)
        ]
        if refused:
            assert (row["status"], row["p50_ms"]) == ("failed", "")
            assert row["reason"] == " ".join(refused[0]["reason"].split())
        else:
            assert row["artifact_sha256"] == made.artifact(row["format"], precision).sha256
            assert int(row["size_bytes"]) < own_pack.artifact(row["format"]).size_bytes
            assert float(row["agreement"]) > 0.99
    assert {rows[runtime, "fp16"]["status"] for runtime in runtimes[:3]} == {"ok"}

    again = run_zoo(*command, "--output", run)
    assert "exporting" not in again.stderr
    assert again.returncode == 0, again.stderr
    assert {cell_of(row): row for row in table(run)} == rows


@pytest.mark.slow
def test_what_cannot_be_exported_is_a_row_with_its_reason(trained_copy: Path, tmp_path: Path) -> None:
    lossy = ("--runtime", "litert", "--runtime", "keras", "--precision", "int8", "--precision", "fp32")
    command = ("benchmark", trained_copy, *lossy, "--scenario", "size", "--quick")
    run_zoo(*command, "--output", tmp_path / "without", ZOO_DISABLED_PLUGINS="digit-zoo:exporters")
    found = {cell_of(row): row for row in table(tmp_path / "without")}
    assert found["keras", "fp32"]["status"] == "ok"
    for cell, reason in {("litert", "int8"): "no plugin exports to tflite", ("keras", "int8"): "float32"}.items():
        assert found[cell]["status"] == "unsupported"
        assert reason in found[cell]["reason"]

    change_manifest(trained_copy, lambda manifest: manifest["recipe"].update(dataset="folder:/nowhere"))
    result = run_zoo(*command, "--output", tmp_path / "absent")
    assert "Traceback" not in result.stderr
    found = {cell_of(row): row for row in table(tmp_path / "absent")}
    assert found["litert", "int8"]["status"] == "failed"
    assert "/nowhere" in found["litert", "int8"]["reason"]
    assert found["keras", "fp32"]["status"] == "ok"


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


def test_a_terminal_gets_a_table_that_is_drawn_again_in_place(exported: Path, tmp_path: Path) -> None:
    import fcntl
    import pty
    import struct
    import termios

    command = [ZOO, "benchmark", exported, *LIGHT, "--scenario", "single", "--output", tmp_path / "run"]
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 80, 0, 0))
    with subprocess.Popen(
        command, stdin=slave, stdout=subprocess.PIPE, stderr=slave, env=environment(TERM="xterm-256color")
    ) as process:
        os.close(slave)
        shown = b""
        with contextlib.suppress(OSError):  # how a terminal tells that the other side has closed
            while part := os.read(master, 65536):
                shown += part
        os.close(master)
        assert process.stdout is not None
        printed = process.stdout.read().decode()
    assert process.returncode == 0
    text = shown.decode()
    assert "\x1b[1A" in text  # the cursor goes up: in place
    for expected in ("p50 ms", "lenet5.digits", "onnxruntime", "1/4", "4/4", "s left"):
        assert expected in text
    assert text.rindex("4/4") > text.rindex("1/4")
    assert "2 cells ok" in printed
    assert "\x1b" not in printed


def test_time_left_is_that_of_the_same_runtime() -> None:
    left = TimeLeft(["litert", "keras", "litert", "keras", "openvino"])
    assert left.note("litert", 1.0) == pytest.approx(1.0 * 4)  # nothing is known of the others
    assert left.note("keras", 9.0) == pytest.approx(1.0 + 9.0 + 5.0)
    assert left.note("litert", 3.0) == pytest.approx(9.0 + 13 / 3)
    assert left.note("keras", 9.0) == pytest.approx(5.5)
    assert left.note("openvino", 100.0) == 0


@pytest.mark.parametrize("scenario", ["single", "size"])
def test_a_cell_that_fails_stops_no_other(own_pack: zoo.Pack, tmp_path: Path, scenario: str) -> None:
    flip_byte(own_pack.artifact("tflite").path, 2000)
    result = run_zoo("benchmark", "lenet5.digits", *LIGHT, "--scenario", scenario, "--output", tmp_path / "run")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    litert, onnxruntime = table(tmp_path / "run")
    assert (litert["status"], onnxruntime["status"]) == ("failed", "ok")
    assert "is not what its manifest says" in litert["reason"]
    assert litert["reason"] in result.stderr


def test_a_scenario_that_fails_takes_nothing_from_the_others(pack_copy: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = ("benchmark", pack_copy, *LIGHT[2:], "--scenario", "single", "--scenario", "accuracy", "--output", run)
    dataset = json.loads((pack_copy / "pack.json").read_text())["recipe"]["dataset"]
    change_manifest(pack_copy, lambda manifest: manifest["recipe"].update(dataset="folder:/nowhere"))
    result = run_zoo(*command)
    assert result.returncode == 1
    (row,) = table(run)
    assert (row["status"], row["accuracy"]) == ("failed", "")
    assert "accuracy: " in row["reason"]
    assert "/nowhere" in row["reason"]
    assert float(row["p50_ms"]) > 0
    assert "0 cells ok, 1 failed" in result.stdout
    before = cells(run)["onnxruntime"]["rounds"]
    assert len(before) == 2

    change_manifest(pack_copy, lambda manifest: manifest["recipe"].update(dataset=dataset))
    again = run_zoo(*command)
    assert again.returncode == 0, again.stderr
    (row,) = table(run)
    assert (row["status"], row["reason"]) == ("ok", "")
    assert float(row["agreement"]) == 1
    assert [found["single"] for found in cells(run)["onnxruntime"]["rounds"]] == [found["single"] for found in before]


def test_agreement_is_counted_where_there_is_keras(exported: Path, tmp_path: Path) -> None:
    run, missing = tmp_path / "run", without_packages(tmp_path / "missing", "keras", "tensorflow")
    command = ("benchmark", exported, "--precision", "fp32", "--quick", "--scenario", "accuracy", "--output", run)
    litert, onnxruntime = ("--runtime", "litert"), ("--runtime", "onnxruntime")
    without = run_zoo(*command, *litert, PYTHONPATH=missing)
    assert without.returncode == 0, without.stderr
    assert [row["agreement"] for row in table(run)] == [""]
    shutil.rmtree(run / "references", ignore_errors=True)  # as in a run that came by git
    result = run_zoo(*command, *onnxruntime)
    assert result.returncode == 0, result.stderr
    assert [row["agreement"] for row in table(run)] == ["", "1.0"]
    (reference,) = (run / "references").iterdir()
    whole = reference.read_bytes()
    reference.write_bytes(whole[:-100])
    assert run_zoo(*command, *onnxruntime, "--overwrite").returncode == 0
    assert [row["agreement"] for row in table(run)] == ["", "1.0"]
    assert reference.read_bytes() == whole


def test_a_process_that_dies_leaves_its_last_words_and_what_it_has_measured(exported: Path, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        textwrap.dedent(
            """
            import os, sys

            class Dies:
                def find_spec(self, name, path=None, target=None):
                    if name == "zoo.evaluation.answers" and "keras" not in sys.modules:
                        os.write(2, b"much ado\\nno such device\\n")
                        os._exit(3)

            if "zoo_benchmarks.measure.cell_process" in sys.orig_argv:
                sys.meta_path.insert(0, Dies())
            """
        )
    )
    command = ("benchmark", exported, *LIGHT[2:], "--scenario", "accuracy", "--scenario", "cold")
    result = run_zoo(*command, "--output", tmp_path / "run", PYTHONPATH=str(tmp_path / "site"))
    assert result.returncode == 1
    (row,) = table(tmp_path / "run")
    assert row["reason"] == "accuracy: the process ended with code 3: no such device"
    assert float(row["load_ms"]) > 0
    assert ["cold" in found for found in cells(tmp_path / "run")["onnxruntime"]["rounds"]] == [True, True]


NARROW = """
import numpy as np
import zoo

ZOO_API_VERSION = 1


class Session(zoo.Session):
    def __init__(self, artifact, threads):
        pass

    def run(self, images):
        return np.full((len(images), 3), 1 / 3, np.float32)


@zoo.hookimpl
def zoo_register_runtimes(register):
    register(zoo.Runtime(name="narrow", formats=("onnx",), open=Session, package="numpy", extra="", rank=-1))
"""


def test_a_runtime_that_answers_something_else_stops_no_other(exported: Path, tmp_path: Path) -> None:
    make_distribution(tmp_path / "site", "zoo-narrow", NARROW)
    command = ("benchmark", exported, "--precision", "fp32", "--quick", "--scenario", "accuracy")
    runtimes = ("--runtime", "narrow", "--runtime", "litert")
    result = run_zoo(*command, *runtimes, "--output", tmp_path / "run", PYTHONPATH=str(tmp_path / "site"))
    assert result.returncode == 1, result.stderr
    by_runtime = {row["runtime"]: row for row in table(tmp_path / "run")}
    assert by_runtime["narrow"]["status"] == "failed"
    assert "accuracy: ValueError: the outputs have shapes" in by_runtime["narrow"]["reason"]
    assert (by_runtime["litert"]["status"], by_runtime["litert"]["agreement"]) == ("ok", "1.0")


def test_no_figure_holds_the_search_for_plugins(exported: Path, tmp_path: Path) -> None:
    make_distribution(tmp_path / "site", "zoo-slow", "import time\ntime.sleep(1)\nZOO_API_VERSION = 1\n")
    command = ("benchmark", exported, *LIGHT[2:], "--scenario", "cold", "--output", tmp_path / "run")
    result = run_zoo(*command, PYTHONPATH=str(tmp_path / "site"))
    assert result.returncode == 0, result.stderr
    (row,) = table(tmp_path / "run")
    assert float(row["load_ms"]) < 1000
    assert float(row["import_ms"]) < 1000


def test_the_first_call_of_a_block_does_not_count() -> None:
    seen: list[int] = []
    assert len(timed_block(seen.append, 0, 10)) == 10
    assert len(seen) == 11


def test_a_commit_is_that_of_the_code_that_runs(tmp_path: Path) -> None:
    package = tmp_path / "zoo_benchmarks"
    package.mkdir()
    source = Path(zoo_benchmarks.__file__).parent
    for name in ("__init__.py", "conditions.py", "memory.py"):
        shutil.copy(source / name, package)

    def git(*arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        command = ["git", *who, *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()

    def commit() -> str:
        code = "from zoo_benchmarks.measure.conditions import commit; print(commit())"
        result = run_python(code, PYTHONPATH=str(tmp_path))
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "something else")
    assert commit() == ""  # installed within a checkout of something else
    git("add", "zoo_benchmarks/*.py")
    git("commit", "--quiet", "--message", "the code")
    head = git("rev-parse", "--short=12", "HEAD")
    assert commit() == head
    with (package / "memory.py").open("a") as file:
        file.write("# changed\n")
    assert commit() == f"{head}-dirty"


def test_a_file_that_answers_otherwise_fails_its_check(own_pack: zoo.Pack, tmp_path: Path) -> None:
    import onnx
    from onnx import numpy_helper

    model = onnx.load_from_string(own_pack.artifact("onnx").path.read_bytes())
    for weights in model.graph.initializer:
        array = numpy_helper.to_array(weights)
        if array.dtype == "float32" and array.ndim > 1:
            weights.CopyFrom(numpy_helper.from_array(-array, weights.name))
    rewrite_artifact(own_pack.folder, "onnx", model.SerializeToString())
    result = run_zoo(
        "benchmark", "lenet5.digits", *LIGHT, "--scenario", "accuracy", "--output", tmp_path / "run", "--quiet"
    )
    assert result.returncode == 1
    litert, onnxruntime = table(tmp_path / "run")
    assert (litert["status"], onnxruntime["status"]) == ("ok", "failed")
    assert "answers differ" in onnxruntime["reason"]
    assert float(onnxruntime["agreement"]) < 0.9


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

    with_compare = ("benchmark", "--compare", tmp_path, tmp_path)
    for options in (["--runtime", "litert"], ["--scenario", "single"], ["--threads", "1"], ["--quick"]):
        assert_one_message(run_zoo(*with_compare, *options), "--compare measures nothing", code=2)
    drawn = run_zoo("benchmark", "--scenario", "drawn", "--overwrite")
    assert_one_message(drawn, "drawn stands alone", code=2)
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


def test_a_damaged_copy_of_a_model_leaves_the_other_alone(
    own_pack: zoo.Pack, exported: Path, zoo_home: Path, tmp_path: Path
) -> None:
    command = ("--runtime", "litert", "--precision", "fp32", "--precision", "fp16", "--scenario", "size", "--quick")
    damaged = shutil.copytree(exported, tmp_path / "damaged")
    (damaged / "model_fp32.tflite").write_bytes(b"no model")
    assert run_zoo("benchmark", damaged, *command, "--output", tmp_path / "first").returncode == 1
    intact = run_zoo("benchmark", "lenet5.digits", *command, "--output", tmp_path / "second")
    assert intact.returncode == 0, intact.stderr
    assert [row["status"] for row in table(tmp_path / "second")] == ["ok", "ok"]

    (cache,) = (zoo_home / "benchmarks" / "exports").iterdir()
    made = zoo.Pack(cache).artifact("tflite", "fp16").path
    made.write_bytes(b"no model either")
    again = run_zoo("benchmark", "lenet5.digits", *command, "--output", tmp_path / "third")
    assert again.returncode == 0, again.stderr
    assert zoo.Pack(cache).artifact("tflite", "fp16").verified_path() == made


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


def test_a_provider_is_measured_and_named(exported: Path, tmp_path: Path) -> None:
    run, cpu = tmp_path / "run", "CPUExecutionProvider"
    command = ("benchmark", exported, "--quick", "--precision", "fp32", "--scenario", "single", "--output", run)
    _, *others = find_runtime("onnxruntime").providers()
    providers = [cpu, *others[:1]]
    result = run_zoo(*command, *(word for name in providers for word in ("--provider", name)))
    assert result.returncode == 0, result.stderr
    assert [row["runtime"] for row in table(run)] == ["onnxruntime", *(f"onnxruntime:{name}" for name in others[:1])]
    for name, cell in zip(providers, cells(run).values(), strict=True):
        assert cell["rounds"][0]["settings"]["providers"][0] == name
    refused = run_zoo(*command, "--provider", "NoExecutionProvider")
    assert_one_message(refused, "'NoExecutionProvider'", "Available:", cpu)
    both = ("--runtime", "onnxruntime", "--runtime", "litert")
    assert_one_message(run_zoo(*command, *both, "--provider", cpu), "litert has no choice", "onnxruntime", "--provider")


@pytest.fixture(scope="module")
def measured(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one model on two runtimes. Not to be changed."""
    run = tmp_path_factory.mktemp("measured") / "run"
    result = run_zoo("benchmark", exported, *LIGHT, "--scenario", "single", "--scenario", "offline", "--output", run)
    assert result.returncode == 0, result.stderr
    for path in (run / "cells").glob("*.json"):
        steady(path)
    return run


def steady(path: Path, factor: float = 1.0) -> None:
    """Give both rounds of a cell nearly the same latency, so that two rounds are enough to tell a change."""
    cell = json.loads(path.read_text())
    latency = cell["rounds"][0]["single"]["p50_ms"] * factor
    for number, found in enumerate(cell["rounds"]):
        found["single"]["p50_ms"] = latency * (1 + number / 1000)
    path.write_text(json.dumps(cell))


def changed(measured: Path, tmp_path: Path, factors: dict[str, float]) -> Path:
    """A copy of the run in which some runtimes take longer, or shorter."""
    copy = Path(shutil.copytree(measured, tmp_path / "new"))
    for runtime, factor in factors.items():
        (path,) = (copy / "cells").glob(f"*-{runtime}-*-fp32-1.json")
        steady(path, factor)
    return copy


@pytest.mark.parametrize(
    ("factors", "reference", "verdicts", "code"),
    [
        ({}, False, {"litert": "same", "onnxruntime": "same"}, 0),
        ({"litert": 1.02}, False, {"litert": "same", "onnxruntime": "same"}, 0),
        ({"litert": 2.0}, False, {"litert": "worse", "onnxruntime": "same"}, 1),
        ({"onnxruntime": 0.5}, False, {"litert": "same", "onnxruntime": "better"}, 0),
        ({"litert": 2.0, "onnxruntime": 2.0}, True, {"litert": "same", "onnxruntime": "same"}, 0),
    ],
)
def test_runs_are_compared(
    measured: Path, tmp_path: Path, factors: dict[str, float], reference: bool, verdicts: dict[str, str], code: int
) -> None:
    new = changed(measured, tmp_path, factors)
    command = ["benchmark", "--compare", str(measured), str(new), "--json"]
    if reference:
        (cell,) = (path.stem for path in (new / "cells").glob("*-litert-*-fp32-1.json"))
        command += ["--reference", cell]
    result = run_zoo(*command)
    assert result.returncode == code, result.stderr
    latency = [change for change in json.loads(result.stdout) if change["figure"] == "p50_ms"]
    assert {change["cell"].split("-")[1]: change["verdict"] for change in latency} == verdicts
    for change in latency:
        runtime = change["cell"].split("-")[1]
        expected = 1 if reference else factors.get(runtime, 1)
        assert change["ratio"] == pytest.approx(expected, rel=0.01)
        assert change["ratio_low"] <= change["ratio"] <= change["ratio_high"]


def test_a_repeated_run_is_taken_relative_to_its_reference(measured: Path, tmp_path: Path) -> None:
    new = changed(measured, tmp_path, {"litert": 1.5, "onnxruntime": 1.5})
    (path,) = (new / "cells").glob("*-litert-*-fp32-1.json")
    cell = json.loads(path.read_text())
    for found in cell["rounds"]:
        found["single"]["reference_p50_ms"] *= 1.5  # the machine was slower, not this cell
    path.write_text(json.dumps(cell))
    ratios = {name.split("-")[1]: ratio for name, ratio in second_to_first(measured, new).items()}
    assert ratios == {"litert": pytest.approx(1, rel=0.01), "onnxruntime": pytest.approx(1.5, rel=0.01)}


def test_repeatability_is_that_of_24_cells_of_bundled_models() -> None:
    assert len(set(MODELS)) * len(set(REPEATED_ON)) == 24
    bundled = {pack.id for pack in zoo.list_models() if pack.bundled}
    assert {*MODELS, REFERENCE} <= bundled
    assert REFERENCE not in MODELS


def test_sizes_starts_and_accuracies_are_compared_too(measured: Path, tmp_path: Path) -> None:
    old, new = Path(shutil.copytree(measured, tmp_path / "old")), changed(measured, tmp_path, {})
    for run, size, load, accuracy in ((old, 1000, 10.0, 0.99), (new, 1100, 12.0, 0.95)):
        (path,) = (run / "cells").glob("*-litert-*-fp32-1.json")
        cell = json.loads(path.read_text())
        cell["size_bytes"] = size
        for number, found in enumerate(cell["rounds"]):
            found["cold"] = {"load_ms": load + number / 100}
        cell["rounds"][0]["accuracy"] = {
            "accuracy": accuracy,
            "accuracy_low": accuracy - 0.01,
            "accuracy_high": accuracy + 0.005,
        }
        path.write_text(json.dumps(cell))
    result = run_zoo("benchmark", "--compare", old, new, "--json")
    assert result.returncode == 1, result.stderr
    found = {change["figure"]: change for change in json.loads(result.stdout) if "-litert-" in change["cell"]}
    verdicts = {figure: found[figure]["verdict"] for figure in ("size_bytes", "load_ms", "accuracy", "p50_ms")}
    assert verdicts == {"size_bytes": "worse", "load_ms": "worse", "accuracy": "worse", "p50_ms": "same"}
    assert found["size_bytes"]["ratio_low"] == found["size_bytes"]["ratio_high"] == pytest.approx(1.1)
    assert found["accuracy"]["ratio_high"] == pytest.approx(0.955 / 0.98)


def test_what_cannot_be_compared_is_told(measured: Path, tmp_path: Path) -> None:
    new = changed(measured, tmp_path, {})
    litert, onnxruntime = sorted((new / "cells").glob("*-fp32-1.json"))
    onnxruntime.rename(onnxruntime.with_stem(onnxruntime.stem.replace("onnxruntime", "openvino")))
    result = run_zoo("benchmark", "--compare", measured, new)
    assert result.returncode == 0, result.stderr
    assert "0 unsure, 1 only in the old run, 1 only in the new run" in result.stdout

    cell = json.loads(litert.read_text())
    litert.write_text(json.dumps({**cell, "rounds": cell["rounds"][:1]}))
    assert_one_message(run_zoo("benchmark", "--compare", measured, new), "Nothing can be compared", "two rounds")
    litert.write_text(json.dumps({**cell, "status": "failed", "reason": "broken"}))
    without = run_zoo("benchmark", "--compare", measured, new, "--reference", litert.stem)
    assert_one_message(without, litert.stem, "is failed in", repr(str(new)))


@pytest.mark.parametrize("text", ["[]", "{}", "null"])
def test_a_file_of_something_else_is_named(measured: Path, tmp_path: Path, text: str) -> None:
    new = changed(measured, tmp_path, {})
    cell = next((new / "cells").glob("*-litert-*.json"))
    for path in (cell, new / "run.json"):
        path.write_text(text)
        assert_one_message(run_zoo("benchmark", "--compare", measured, new), repr(str(path)), "did not write it")


def test_another_machine_or_version_is_told(measured: Path, tmp_path: Path) -> None:
    new = changed(measured, tmp_path, {})
    conditions = json.loads((new / "run.json").read_text())
    versions = {**conditions["versions"], "numpy": "0.1"}
    (new / "run.json").write_text(json.dumps({**conditions, "cpu": "an abacus", "versions": versions}))
    result = run_zoo("benchmark", "--compare", measured, new)
    assert result.returncode == 0, result.stderr
    assert "an abacus" in result.stderr
    assert "numpy" in result.stderr
    assert "keras" not in result.stderr


def test_a_cell_that_is_lost_is_told(measured: Path, tmp_path: Path) -> None:
    new = changed(measured, tmp_path, {})
    (path,) = (new / "cells").glob("*-litert-*-fp32-1.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "status": "failed", "reason": "broken"}))
    result = run_zoo("benchmark", "--compare", measured, new)
    assert result.returncode == 1
    assert "1 lost" in result.stdout
    assert_one_message(run_zoo("benchmark", "--compare", measured, tmp_path), "run.json", "zoo benchmark")
    assert_one_message(
        run_zoo("benchmark", "--compare", measured, new, "--reference", "lenet5-litert"), "lenet5.digits-litert"
    )


def test_the_report_is_one_page_that_needs_nothing_else(measured: Path) -> None:
    page = (measured / "report.html").read_text()
    assert (measured / "latency.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in measured.glob("*.png")] == ["latency.png"]  # no accuracy was measured to draw
    assert page.count('src="data:image/png;base64,') == page.count("src=") == 1
    assert not re.search(r"https?:|href=|@import|url\(", page)
    assert "A quick run" in page
    assert "parameter bytes" in page
    for cell in cells(measured).values():
        assert f">{4 * cell['parameters']:,}</td>" in page
    assert len(re.findall(r">0\.\d{4} \+- 0\.\d{4}</td>", page)) == 2
    assert {row["runtime"] for row in table(measured) if f">{row['runtime']}</td>" in page} == {"litert", "onnxruntime"}


def test_a_spread_is_half_the_range_of_the_rounds() -> None:
    judged = {"accuracy": 0.99, "accuracy_low": 0.98, "accuracy_high": 0.995}
    rounds = [{"single": {"p50_ms": p50_ms}, "offline": {"images_per_second": 1e3}} for p50_ms in (0.2, 0.1, 0.4)]
    spreads = half_ranges({"rounds": [{**rounds[0], "accuracy": judged}, *rounds[1:]]})
    assert spreads == pytest.approx({"p50_ms": 0.15, "images_per_second": 0, "accuracy": 0.0075})
    assert half_ranges({"rounds": rounds[:1]}) == {}  # one round says nothing about it


def test_the_best_batch_is_looked_for_from_single_images_on(measured: Path) -> None:
    for cell in cells(measured).values():
        first, second = (found["offline"] for found in cell["rounds"])
        assert list(first["tried"]) == ["1", "8", "32", "128", "512"]
        assert str(first["batch"]) == max(first["tried"], key=first["tried"].__getitem__)
        assert (second["batch"], second["tried"]) == (first["batch"], {})


@pytest.mark.parametrize(("slower", "told"), [(1.1, False), (1.5, True)])
def test_a_machine_that_changed_its_speed_is_told(
    measured: Path, exported: Path, tmp_path: Path, slower: float, told: bool
) -> None:
    run = changed(measured, tmp_path, {})
    for runtime, reference in (("litert", 0.01), ("onnxruntime", 0.01 * slower)):
        (path,) = (run / "cells").glob(f"*-{runtime}-*-fp32-1.json")
        cell = json.loads(path.read_text())
        for found in cell["rounds"]:
            found["single"]["reference_p50_ms"] = reference
        path.write_text(json.dumps(cell))
    result = run_zoo(
        "benchmark", exported, *LIGHT, "--scenario", "single", "--output", run
    )  # nothing is left to measure
    note = "the same reference took 10.0 us beside some cells and 15.0 us beside others"
    assert result.stdout.count(" +- ") == 4  # latency and images per second of two cells
    assert (note in result.stderr, note in (run / "report.html").read_text()) == (told, told)


@pytest.mark.slow
def test_the_report_is_sorted_on_a_phone(measured: Path, browser: Browser) -> None:
    with contextlib.closing(browser.new_context(viewport={"width": 390, "height": 844}, offline=True)) as context:
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto((measured / "report.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == 390

        def column() -> list[float]:
            read = "rows => rows.map(row => +row.cells[4].dataset.value)"
            found: list[float] = page.eval_on_selector_all("tbody tr", read)
            return found

        page.get_by_role("button", name="p50 ms").click()
        expected = sorted(float(row["p50_ms"]) for row in table(measured))
        assert column() == expected
        page.get_by_role("button", name="p50 ms").click()
        assert column() == expected[::-1]
        assert page.eval_on_selector("th[aria-sort]", "header => header.ariaSort") == "descending"
        assert problems == []


def row(
    model: str, accuracy: float | None, p50_ms: float | None, size_bytes: int, status: str = "ok"
) -> dict[str, Any]:
    interval = {} if accuracy is None else {"accuracy_low": accuracy - 0.002, "accuracy_high": accuracy + 0.002}
    cell = {"model": model, "runtime": "litert", "precision": "fp32", "threads": 1, "status": status}
    return {**cell, "accuracy": accuracy, "p50_ms": p50_ms, "size_bytes": size_bytes, **interval}


def test_the_summary_answers_questions() -> None:
    rows = [
        row("large", 0.997, 0.2, 4_000_000),
        row("middle", 0.9951, 0.06, 100_000),
        row("small", 0.9935, 0.03, 20_000),
        row("tiny", 0.92, 0.005, 9_000),
        row("broken", 0.999, 0.001, 10, status="failed"),
    ]
    found = dict(answers(rows))
    assert found["fastest at >= 99.5%"].startswith("middle litert fp32: 99.51% +- 0.20%, 60.0 us")
    assert found["smallest at >= 99.3%"].startswith("small ")
    threads = {**rows[1], "threads": 2}
    assert dict(answers([threads]))["fastest at >= 99.5%"].startswith("middle litert fp32, 2 threads: 99.51%")
    assert found["best accuracy under 50 us"].startswith("small ")
    assert dict(answers(rows[3:]))["fastest at >= 99.5%"] == "none of these cells"
    assert answers([row("unjudged", None, 0.1, 10)]) == []
