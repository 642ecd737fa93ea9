"""Measures cells in turns, one fresh process each time, and keeps every result as soon as it is there."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zoo.errors import ZooError
from zoo.files import whole_file
from zoo.packs.pack import Artifact
from zoo.packs.store import user_packs
from zoo_benchmarks.cells import Cell
from zoo_benchmarks.conditions import commit, describe_machine
from zoo_benchmarks.progress import Report, TimeLeft
from zoo_benchmarks.protocol import SCENARIOS, Protocol
from zoo_benchmarks.table import row_of, write_table

__all__ = ["RESULTS", "Run", "default_output"]

RESULTS = "results.csv"
ONCE = ("accuracy",)  # the same in every round
SECONDS = 900  # after which a process is not waited for


def default_output(protocol: Protocol) -> Path:
    """Where results go unless told: ``$ZOO_HOME/benchmarks/full`` or ``quick``."""
    return user_packs().parent / "benchmarks" / protocol.name


class Run:
    """A run in a folder; begun anew, or gone on with.

    The folder holds ``run.json`` (conditions), ``cells/NAME.json`` (every round of a cell, with raw samples),
    ``references/`` (the Keras models' probabilities) and ``results.csv``: a row for each cell of the folder, written
    anew whenever something was measured.

    Parameters
    ----------
    folder : pathlib.Path
    cells : sequence of Cell
    protocol : Protocol
    scenarios : sequence of str
    overwrite : bool
        Whether an earlier run in the folder is removed first.

    Raises
    ------
    ZooError
        When the folder holds a run under other conditions, or something else.
    """

    def __init__(
        self,
        folder: Path,
        cells: Sequence[Cell],
        protocol: Protocol,
        scenarios: Sequence[str] = SCENARIOS,
        *,
        overwrite: bool = False,
    ) -> None:
        self.folder, self.cells, self.protocol, self.scenarios = folder, cells, protocol, tuple(scenarios)
        self.machine = self._begin(overwrite)
        self._rows: dict[str, dict[str, Any]] = {}

    def _begin(self, overwrite: bool) -> dict[str, Any]:
        path = self.folder / "run.json"
        if self.folder.exists() and not path.is_file() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            raise ZooError(f"{str(self.folder)!r} holds something that is no benchmark; give another --output.")
        if overwrite and path.is_file():
            shutil.rmtree(self.folder)
        machine = {"protocol": json.loads(json.dumps(asdict(self.protocol))), **describe_machine()}
        if path.is_file():
            earlier = _read(path)
            different = [key for key in ("protocol", "cpu", "versions") if earlier.get(key) != machine[key]]
            if different:
                raise ZooError(
                    f"The run in {str(self.folder)!r} was measured with another {' and '.join(different)}; one table "
                    "holds one machine and one set of versions. Give another --output, or --overwrite it."
                )
            return earlier
        for name in ("cells", "references"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        _write(path, machine)
        return machine

    def measure(self, report: Report) -> list[dict[str, Any]]:
        """Measure what is not there yet, in rounds over all cells.

        Parameters
        ----------
        report : callable
            Is told after each measurement.

        Returns
        -------
        list of dict
            The rows of the table, which is written, too.
        """
        self._drop_stale()
        for cell in self.cells:
            self._prepare(cell)
        self._rows = {
            path.stem: row_of(_read(path), self.machine) for path in (self.folder / "cells").glob("[!.]*.json")
        }
        write_table(self._rows.values(), self.folder / RESULTS)
        jobs = [
            (cell, number)
            for number in range(self.protocol.repeats)
            for cell in self.cells
            if cell.artifact is not None and self._wanted(cell, number)
        ]
        time_left = TimeLeft([cell.runtime for cell, _ in jobs])
        for done, (cell, number) in enumerate(jobs, start=1):
            start = time.monotonic()
            state = _read(self._path(cell))
            if state["status"] == "ok":  # what failed once is not asked again in this run
                self._measure_round(cell, state, number)
                self._rows[cell.name] = row_of(state, self.machine)
                write_table(self._rows.values(), self.folder / RESULTS)
            left = time_left.note(cell.runtime, time.monotonic() - start)
            report(cell, self._rows[cell.name], done, len(jobs), left)
        return [self._rows[cell.name] for cell in self.cells]

    def _path(self, cell: Cell) -> Path:
        return self.folder / "cells" / f"{cell.name}.json"

    def _drop_stale(self) -> None:
        """Forget what was measured of a model before it was trained anew: a table holds one of each id."""
        weights = {cell.pack.id: cell.pack.artifact("keras").sha256 for cell in self.cells}
        stale: dict[str, list[Path]] = {}
        for path in (self.folder / "cells").glob("[!.]*.json"):
            earlier = _read(path)
            if (model := earlier["model"]) in weights and earlier.get("weights_sha256") != weights[model]:
                stale.setdefault(model, []).append(path)
        for model, paths in stale.items():
            warnings.warn(
                f"{model} has other weights than when it was measured in {str(self.folder)!r}; its {len(paths)} cells "
                "there are dropped, and those that are asked for measured anew.",
                stacklevel=3,
            )
            for path in paths:
                path.unlink()

    def _prepare(self, cell: Cell) -> None:
        """Write what is known about a cell before it is measured; keep what was measured of the same file."""
        path = self._path(cell)
        sha256 = cell.artifact.sha256 if cell.artifact else None
        earlier = _read(path) if path.is_file() else None
        if earlier and cell.artifact and earlier["artifact_sha256"] == sha256 and earlier["status"] == "ok":
            state = dict(earlier)
        else:
            state = self._fresh(cell)
        if cell.artifact and "size" in self.scenarios and state["size_gzip_bytes"] is None:
            try:
                state["size_gzip_bytes"] = _gzip_bytes(cell.artifact)
                state["size_bytes"] = cell.artifact.size_bytes
            except ZooError as error:  # a damaged file
                state.update(status="failed", reason=str(error))
        if state != earlier:
            _write(path, state)

    def _fresh(self, cell: Cell) -> dict[str, Any]:
        """A cell of which nothing was measured."""
        return {
            "model": cell.pack.id,
            "parameters": cell.pack.parameters,
            "macs": cell.pack.macs,
            "runtime": cell.runtime,
            "format": cell.format,
            "precision": cell.precision,
            "threads": cell.threads,
            "status": cell.status,
            "reason": cell.reason,
            "commit": commit(),
            "weights_sha256": cell.pack.artifact("keras").sha256,
            "artifact_sha256": cell.artifact.sha256 if cell.artifact else None,
            "size_bytes": None,
            "size_gzip_bytes": None,
            "rounds": [],
        }

    def _wanted(self, cell: Cell, number: int) -> list[str]:
        """The scenarios of a round that are not there yet."""
        rounds = _read(self._path(cell))["rounds"]
        found = rounds[number] if number < len(rounds) else {}
        return [
            scenario
            for scenario in self.scenarios
            if scenario != "size" and scenario not in found and not (number and scenario in ONCE)
        ]

    def _measure_round(self, cell: Cell, state: dict[str, Any], number: int) -> None:
        wanted = self._wanted(cell, number)
        reference = self.folder / "references" / f"{cell.pack.id}-{cell.pack.artifact('keras').sha256[:12]}.npy"
        if "accuracy" in wanted and not reference.exists():
            keras = {"runtime": "keras", "format": "keras", "precision": "fp32", "threads": cell.threads}
            order = {**keras, "scenarios": ["accuracy"], "reference": str(reference), "write_reference": True}
            self._ask({"pack": str(cell.pack.folder), **order})
        offline = next((one["offline"]["batch"] for one in state["rounds"] if "offline" in one), None)
        assert cell.artifact is not None
        result = self._ask(
            {
                "pack": str(cell.artifact.pack.folder),
                **{key: state[key] for key in ("runtime", "format", "precision", "threads")},
                "scenarios": wanted,
                "batch": offline,
                "reference": str(reference),
                "write_reference": False,
            },
        )
        error = result.pop("error", None)
        failures = result.get("accuracy", {}).get("failures")
        if error or failures:
            state.update(status="failed", reason=error or "; ".join(failures))
        if not error:
            rounds = state["rounds"]
            if number < len(rounds):
                rounds[number].update(result)
            else:
                rounds.append(result)
        state["commit"] = commit()
        _write(self._path(cell), state)

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """What a fresh process answers; one that dies is an error like any other."""
        threads = str(order["threads"])
        pinned = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
        process = subprocess.Popen(
            [sys.executable, "-m", "zoo_benchmarks.worker"],
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **dict.fromkeys(pinned, threads)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        defaults = {"protocol": asdict(self.protocol), "batch": None}
        try:
            text, _ = process.communicate(json.dumps({**defaults, **order, "started": time.time()}), timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return {"error": f"no answer within {SECONDS} s"}
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()
        if process.returncode:
            code = process.returncode
            return {"error": f"the process ended with {signal.Signals(-code).name if code < 0 else f'code {code}'}"}
        answer: dict[str, Any] = json.loads(text)
        return answer


def _gzip_bytes(artifact: Artifact) -> int:
    """Bytes of every file, each compressed by gzip -9."""
    path = artifact.verified_path()
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    return sum(len(gzip.compress(file.read_bytes(), 9, mtime=0)) for file in files)


def _read(path: Path) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ZooError(
            f"{str(path)!r} cannot be read: {error}. Remove it, or measure anew with --overwrite."
        ) from error
    return data


def _write(path: Path, data: object) -> None:
    """Write JSON so that a file is whole or as it was."""
    with whole_file(path) as draft:
        draft.write_text(json.dumps(data) + "\n", encoding="utf-8")
