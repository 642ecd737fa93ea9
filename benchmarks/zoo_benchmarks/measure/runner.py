"""Measures in turns, in a fresh process each time, and keeps every result as soon as it is there."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import zoo
from zoo import Artifact
from zoo.errors import ZooError, error_line
from zoo.files import check_output
from zoo_benchmarks.measure.accuracy import AccuracyCheck
from zoo_benchmarks.measure.conditions import commit, describe_machine
from zoo_benchmarks.measure.plan import Measurement
from zoo_benchmarks.measure.protocol import SCENARIOS, Protocol
from zoo_benchmarks.report.page import REPORT
from zoo_benchmarks.report.plots import PLOTS
from zoo_benchmarks.report.progress import Report, TimeLeft
from zoo_benchmarks.report.table import (
    CONDITIONS,
    is_measured,
    over_rounds,
    read_cell,
    read_cells,
    read_conditions,
    row_of,
    unlike_protocols,
    write_table,
)

__all__ = ["RESULTS", "Run", "default_output"]

RESULTS = "results.csv"
KERAS = "keras"  # its answers are what those of the other runtimes are held against
ONCE = ("size", "accuracy")  # the same in every round
SECONDS = 900  # after which a process is not waited for


def default_output(protocol: Protocol) -> Path:
    """Where results go unless told: ``$ZOO_HOME/benchmarks/full`` or ``quick``."""
    return zoo.home() / "benchmarks" / protocol.name


class Run:
    """A run in a folder; begun anew, or gone on with.

    The folder holds ``run.json`` (conditions), ``cells/NAME.json`` (every round of a cell, with raw samples),
    ``references/`` (the Keras models' probabilities) and ``results.csv``: a row for each cell of the folder that was
    measured or cannot be, written anew whenever something was measured. Until `measure`, nothing is written. With
    `overwrite` what is asked for is measured anew; an earlier run under other conditions is removed then.

    Raises `ZooError` when the folder holds a run under other conditions, or something else, or cannot be made, and
    `MissingExtraError` when something is not installed that measuring needs.
    """

    def __init__(
        self, folder: Path, protocol: Protocol, scenarios: Sequence[str] = SCENARIOS, *, overwrite: bool = False
    ) -> None:
        self.folder, self.protocol, self.scenarios, self.overwrite = folder, protocol, tuple(scenarios), overwrite
        self.commit = commit()
        self._rows: dict[str, dict[str, Any]] = {}
        self._reference_errors: dict[Path, str | None] = {}
        earlier = self._earlier()
        now = {"protocol": json.loads(json.dumps(asdict(protocol))), **describe_machine()}
        different = [key for key in ("protocol", "cpu", "versions") if earlier and earlier.get(key) != now[key]]
        if earlier and different and not overwrite:
            what = " and ".join(different)
            if different == ["protocol"]:
                what = f"protocol ({unlike_protocols(earlier['protocol'], now['protocol'])})"
            raise ZooError(
                f"The run in {str(folder)!r} was measured with another {what}; one table holds one protocol, one "
                "machine and one set of versions. Give another --output, or --overwrite it, which removes that run."
            )
        self.machine = now if earlier is None or different else earlier
        self._goes_on = self.machine is earlier

    def _earlier(self) -> dict[str, Any] | None:
        """The conditions of the run in the folder; None where there is nothing yet."""
        if (self.folder / CONDITIONS).is_file():
            return read_conditions(self.folder)
        check_output(self.folder)
        return None

    def measure(self, planned: Sequence[Measurement], report: Report) -> list[dict[str, Any]]:
        """Measure what is not there yet, in rounds over all; the rows of the table, which is written, too."""
        self._begin(planned)
        self._drop_stale(planned)
        for one in planned:
            self._prepare(one)
        states = read_cells(self.folder)
        self._rows = {name: row_of(state, self.machine) for name, state in states.items() if is_measured(state)}
        write_table(self._rows.values(), self.folder / RESULTS)
        in_turn = sorted(planned, key=lambda one: one.runtime != KERAS)  # first what the others are held against
        jobs = [
            (one, number)
            for number in range(self.protocol.repeats)
            for one in in_turn
            if one.artifact is not None and self._wanted(states[one.name], number)
        ]
        time_left = TimeLeft([one.runtime for one, _ in jobs])
        with tempfile.TemporaryDirectory() as drafts:
            accuracy_check = AccuracyCheck(self.folder / "references", Path(drafts))
            for done, (one, number) in enumerate(jobs, start=1):
                start = time.monotonic()
                self._measure_round(one, number, accuracy_check)
                left = time_left.note(one.runtime, time.monotonic() - start)
                report(self._rows[one.name], done, len(jobs), left)
        return [self._rows[one.name] for one in planned]

    def _begin(self, planned: Sequence[Measurement]) -> None:
        """Remove what is measured anew, and nothing that this command did not write."""
        if not self._goes_on:
            written = [self.folder / name for name in (RESULTS, REPORT, *PLOTS)]
            written += [*self.folder.glob("cells/*.json"), *self.folder.glob("references/*.npy")]
            for path in written:
                path.unlink(missing_ok=True)
            _write(self.folder / CONDITIONS, self.machine)
        elif self.overwrite:
            for one in planned:
                self._path(one.name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / "cells" / f"{name}.json"

    def _drop_stale(self, planned: Sequence[Measurement]) -> None:
        """Forget what was measured of a model before it was trained anew: a table holds one of each id."""
        weights = {one.pack.id: one.pack.artifact("keras").sha256 for one in planned}
        stale: dict[str, list[Path]] = {}
        for name, earlier in read_cells(self.folder).items():
            if (model := earlier["model"]) in weights and earlier["weights_sha256"] != weights[model]:
                stale.setdefault(model, []).append(self._path(name))
        for model, paths in stale.items():
            warnings.warn(
                f"{model} has other weights than when it was measured in {str(self.folder)!r}; its {len(paths)} cells "
                "there are dropped, and those that are asked for measured anew.",
                stacklevel=3,
            )
            for path in paths:
                path.unlink()

    def _prepare(self, planned: Measurement) -> None:
        """Write what is known about a measurement before it is made; keep what was measured of the same file."""
        path = self._path(planned.name)
        earlier = read_cell(path) if path.is_file() else None
        state = self._fresh(planned)
        if earlier and planned.artifact and earlier["artifact_sha256"] == planned.artifact.sha256:
            again = self.scenarios  # what failed is asked again
            errors = {scenario: text for scenario, text in earlier["errors"].items() if scenario not in again}
            state = {**earlier, "errors": errors}
            _settle(state)
        if state != earlier:
            _write(path, state)

    def _fresh(self, planned: Measurement) -> dict[str, Any]:
        """What is written while nothing was measured."""
        return {
            "model": planned.pack.id,
            "parameters": planned.pack.parameters,
            "macs": planned.pack.macs,
            "runtime": planned.runtime,
            "format": planned.cell.format,
            "precision": planned.cell.precision,
            "threads": planned.threads,
            "status": planned.status,
            "reason": planned.reason,
            "protocol": self.protocol.name,
            "commit": self.commit,
            "weights_sha256": planned.pack.artifact("keras").sha256,
            "artifact_sha256": planned.artifact.sha256 if planned.artifact else None,
            "size_bytes": None,
            "size_gzip_bytes": None,
            "errors": {},
            "rounds": [],
        }

    def _wanted(self, state: Mapping[str, Any], number: int) -> list[str]:
        """The scenarios of a round that are not there yet; what failed is not asked again in this run."""
        rounds = state["rounds"]
        there = {*state["errors"], *(rounds[number] if number < len(rounds) else ())}
        if number:
            there.update(ONCE)
        if state["size_bytes"] is not None:
            there.add("size")
        return [scenario for scenario in self.scenarios if scenario not in there]

    def _measure_round(self, planned: Measurement, number: int, accuracy_check: AccuracyCheck) -> None:
        """Ask for what is wanted of a round, and keep what came of it."""
        state = read_cell(self._path(planned.name))
        wanted = self._wanted(state, number)
        if not wanted:
            return
        assert planned.artifact is not None
        if "size" in wanted:
            self._measure_size(planned.artifact, state)
        answers: dict[str, str] = {}
        if "accuracy" in wanted:
            try:
                answers = self._answers_of(planned, accuracy_check)
            except ZooError as error:
                state["errors"]["accuracy"] = error_line(error)
        asked = [scenario for scenario in self._wanted(state, number) if scenario != "size"]
        if asked:
            result = self._ask(
                {
                    "pack": str(planned.artifact.pack.folder),
                    **{key: state[key] for key in ("runtime", "format", "precision", "threads")},
                    "scenarios": asked,
                    "batch": next(iter(over_rounds(state, "offline", "batch")), None),
                    **answers,
                },
                accuracy_check.drafts,
            )
            if "accuracy" in result:
                try:
                    result["accuracy"] = accuracy_check.figures(
                        planned.artifact, planned.runtime, Path(answers["answers"])
                    )
                except Exception as error:  # a runtime may answer anything
                    del result["accuracy"]
                    result["errors"]["accuracy"] = error_line(error)
            state["errors"].update(result.pop("errors"))
            if result:
                if number == len(state["rounds"]):
                    state["rounds"].append({})
                state["rounds"][number].update(result)
        state["commit"] = self.commit
        _settle(state)
        _write(self._path(planned.name), state)
        self._rows[planned.name] = row_of(state, self.machine)
        write_table(self._rows.values(), self.folder / RESULTS)

    def _measure_size(self, artifact: Artifact, state: dict[str, Any]) -> None:
        try:
            state["size_gzip_bytes"] = _gzip_bytes(artifact)
            state["size_bytes"] = artifact.size_bytes
        except ZooError as error:  # a damaged file
            state["errors"]["size"] = error_line(error)

    def _answers_of(self, planned: Measurement, accuracy_check: AccuracyCheck) -> dict[str, str]:
        """Which images are answered, and where to. The Keras model answers before the others of its model.

        Raises `ZooError` when there are no images, or the Keras model cannot answer.
        """
        images, reference = accuracy_check.images(planned.pack), accuracy_check.reference(planned.pack)
        of_keras = {"images": str(images), "answers": str(reference)}
        if planned.runtime == KERAS:
            return of_keras
        keras = zoo.load_plugins().runtimes.get(KERAS)
        if accuracy_check.reference_answers(planned.pack) is None and keras is not None and keras.installed:
            if reference not in self._reference_errors:
                order = {
                    "pack": str(planned.pack.folder),
                    "runtime": KERAS,
                    "format": "keras",
                    "precision": "fp32",
                    "threads": planned.threads,
                    "scenarios": ["accuracy"],
                    **of_keras,
                }
                answer = self._ask(order, accuracy_check.drafts)
                self._reference_errors[reference] = answer["errors"].get("accuracy")
            if error := self._reference_errors[reference]:
                raise ZooError(f"The Keras model, which the others are compared with, did not answer: {error}")
        return {"images": str(images), "answers": str(accuracy_check.answers)}

    def _ask(self, order: dict[str, Any], drafts: Path) -> dict[str, Any]:
        """What a fresh process answers, and ``errors``; one that dies is the error of what it has not told yet.

        It ends at once, and leaves in the folder of drafts what its packages put aside.
        """
        threads = str(order["threads"])
        pinned = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
        process = subprocess.Popen(
            [sys.executable, "-m", "zoo_benchmarks.measure.cell_process"],
            env={
                **os.environ,
                "TF_CPP_MIN_LOG_LEVEL": "3",
                "TMPDIR": str(drafts),
                **dict.fromkeys(pinned, threads),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        defaults = {"protocol": asdict(self.protocol), "batch": None}
        order = {**defaults, **order, "started": time.time()}
        try:
            text, last_words = process.communicate(json.dumps(order), timeout=SECONDS)
            end = _end(process.returncode, last_words)
        except subprocess.TimeoutExpired:
            process.kill()
            text, _ = process.communicate()
            end = f"no answer within {SECONDS} s"
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()
        return _answer(text, order["scenarios"], end)


def _answer(text: str, scenarios: Sequence[str], end: str) -> dict[str, Any]:
    """The lines of a process together; how it ended is the error of each scenario that they say nothing about."""
    answer: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for line in text.rpartition("\n")[0].splitlines():  # what follows the last line break is cut off
        part = json.loads(line)
        errors.update(part.pop("errors", {}))
        answer.update(part)
    missing = [scenario for scenario in scenarios if scenario not in {**answer, **errors}]
    return {**answer, "errors": {**errors, **dict.fromkeys(missing, end)}}


def _settle(state: dict[str, Any]) -> None:
    """Status and reason of a cell, from what went wrong and what its check found."""
    failures = [text for one in state["rounds"] for text in one.get("accuracy", {}).get("failures", ())]
    by_text: dict[str, list[str]] = {}
    for scenario, text in state["errors"].items():
        by_text.setdefault(text, []).append(scenario)
    errors = [f"{', '.join(scenarios)}: {text}" for text, scenarios in by_text.items()]
    state.update(status="failed" if errors or failures else "ok", reason="; ".join(failures + errors))


def _end(code: int, last_words: str) -> str:
    """How a process ended, with the last line that it wrote to standard error."""
    lines = [line for line in last_words.splitlines() if line.strip() and not line.startswith("INFO:")]
    end = signal.Signals(-code).name if code < 0 else f"code {code}"
    return f"the process ended with {end}{f': {lines[-1].strip()}' if lines else ''}"


def _gzip_bytes(artifact: Artifact) -> int:
    """Bytes of every file, each compressed by gzip -9."""
    path = artifact.verified_path()
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    return sum(len(gzip.compress(file.read_bytes(), 9, mtime=0)) for file in files)


def _write(path: Path, data: object) -> None:
    """Write JSON so that a file is whole or as it was."""
    with zoo.whole_file(path) as draft:
        draft.write_text(json.dumps(data) + "\n", encoding="utf-8")
