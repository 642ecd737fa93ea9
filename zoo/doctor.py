"""Everything that ``zoo doctor`` tells, and what of it is a problem."""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from zoo.contract.pack import Pack
from zoo.contract.runtime import Runtime
from zoo.errors import error_line
from zoo.home import user_packs
from zoo.packs.store import list_models
from zoo.plugins import Plugin, load_plugins

__all__ = [
    "DataReport",
    "Diagnosis",
    "Requirement",
    "RuntimeReport",
    "cpu_name",
    "diagnose",
    "requirements",
    "try_runtimes",
]

VARIABLES = ("ZOO_HOME", "ZOO_DATA_DIR", "ZOO_DISABLED_PLUGINS", "KERAS_BACKEND", "KERAS_HOME", "CUDA_VISIBLE_DEVICES")
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
                    "TF_NUM_INTEROP_THREADS")  # fmt: skip
DEVELOPMENT = "dev"  # the extra of those who change the zoo itself; nobody misses it
LONGEST_TRY = 120  # seconds that a runtime has to answer

# Tries a runtime, in a process of its own: one that is broken may end the process that it is imported into.
TRY = """
import json, sys

import numpy as np

import zoo
from zoo.errors import error_line

pack = zoo.Pack(sys.argv[1])
try:
    answer = zoo.load(pack, sys.argv[2]).run(np.zeros((1, *pack.input_shape), np.float32))
    error = None if answer.shape == (1, len(pack.classes)) else f"it answers with shape {answer.shape}"
except Exception as failure:
    error = error_line(failure)
print("\\n" + json.dumps(error))
"""


@dataclass(frozen=True)
class Requirement:
    """A package that the base installation or an extra brings."""

    package: str  # name of the distribution
    wanted: str  # the versions that will do: ">=2.21"
    version: str | None  # the installed one; None when it is absent
    extra: str  # the extra that brings it; empty for the base installation
    fits: bool  # whether it is installed in a version that will do


@dataclass(frozen=True)
class RuntimeReport:
    """A runtime and what became of it."""

    name: str
    formats: list[str]  # those that it opens
    package: str  # the import that it needs
    installed: bool
    tried_with: str | None  # id of the bundled model that it was tried with; None when it was not tried
    error: str | None  # why it failed; None when it answered, or was not tried
    fix: str | None  # what to do, when it is absent or failed


@dataclass(frozen=True)
class DataReport:
    """A data set and whether it is at hand."""

    name: str
    place: str | None  # None when it is nowhere, or nobody knows before it is loaded
    note: str  # what to do, or why it is not known


@dataclass(frozen=True)
class Diagnosis:
    """What was found; its fields are the keys of ``zoo doctor --json``."""

    python: str
    system: str
    version: str  # of the zoo
    requirements: list[Requirement]
    plugins: list[Plugin]
    data: list[DataReport]
    runtimes: list[RuntimeReport]
    packs: dict[str, Any]  # `folder` of the user's, `writable`, numbers of `own` and `bundled` ones, the `damaged`
    threads: dict[str, Any]  # `cores` of the machine, `usable` by this process, and `variables` that limit them
    environment: dict[str, str]  # the variables that the zoo heeds, as far as they are set
    problems: list[str] = field(default_factory=list)  # what does not work, with the way out
    notes: list[str] = field(default_factory=list)  # what is missing or slow, and may well be meant so

    def to_dict(self) -> dict[str, Any]:
        """The diagnosis as JSON-ready data."""
        return asdict(self)


def diagnose(*, attempt: bool = True) -> Diagnosis:
    """Look at everything that matters; nothing is loaded into this process, downloaded or changed.

    With `attempt`, every runtime is asked for one answer, each in a process of its own.
    """
    diagnosis = Diagnosis(
        python=platform.python_version(),
        system=platform.platform(),
        version=importlib.metadata.version("digit-zoo"),
        requirements=requirements(),
        plugins=load_plugins().plugins,
        data=_data(),
        runtimes=try_runtimes(attempt=attempt),
        packs=_packs(),
        threads=_threads(),
        environment={name: os.environ[name] for name in VARIABLES if name in os.environ},
    )
    _find_problems(diagnosis)
    return diagnosis


def requirements() -> list[Requirement]:
    """Everything that this distribution requires, the base installation first, then extra by extra."""
    from packaging.requirements import Requirement as Parsed

    found = []
    for line in importlib.metadata.requires("digit-zoo") or []:
        parsed = Parsed(line)
        extra = "" if parsed.marker is None else str(parsed.marker).partition("==")[2].strip(" \"'")
        if extra == DEVELOPMENT or parsed.name == "digit-zoo":
            continue
        try:
            version = importlib.metadata.version(parsed.name)
        except importlib.metadata.PackageNotFoundError:
            version = None
        fits = version is not None and parsed.specifier.contains(version, prereleases=True)
        found.append(Requirement(parsed.name, str(parsed.specifier), version, extra, fits))
    return sorted(found, key=lambda item: (item.extra, item.package))


def try_runtimes(*, attempt: bool = True) -> list[RuntimeReport]:
    """Ask every runtime for one answer of a bundled model; without `attempt`, only tell what is installed."""
    bundled = [pack for pack in list_models() if pack.bundled]
    reports = []
    for runtime in load_plugins().runtimes.values():
        extra = f"'digit-zoo[{runtime.extra}]'" if runtime.extra else "digit-zoo"
        fix = None if runtime.installed else f"pip install {extra}"
        tried_with = error = None
        pack = next((pack for pack in bundled if set(runtime.formats) & set(pack.formats)), None)
        if attempt and runtime.installed and pack is not None:
            tried_with, error = pack.id, _try(runtime, pack)
            if error:
                fix = f"pip install --force-reinstall {extra}"
        reports.append(
            RuntimeReport(
                runtime.name, list(runtime.formats), runtime.package, runtime.installed, tried_with, error, fix
            )
        )
    return reports


@functools.cache
def cpu_name() -> str:
    """The processor's name, as Linux or the platform gives it.

    Returns
    -------
    str
        ``"AMD EPYC 7763 64-Core Processor"``; the machine's kind where nothing tells more.
    """
    with contextlib.suppress(OSError):  # no Linux
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _data() -> list[DataReport]:
    reports = []
    for source in load_plugins().datasets.values():
        if source.locate is None:
            reports.append(DataReport(source.name, None, "not known before it is loaded"))
            continue
        try:
            place = source.locate()
        except Exception as error:  # somebody's plugin; the others are still worth a look
            reports.append(DataReport(source.name, None, error_line(error)))
            continue
        reports.append(DataReport(source.name, place, "" if place else "not found; loading it says how to provide it"))
    return reports


def _packs() -> dict[str, Any]:
    folder = user_packs()
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        packs = list_models()
    return {
        "folder": str(folder),
        "writable": nearest.is_dir() and os.access(nearest, os.W_OK),
        "own": sum(not pack.bundled for pack in packs),
        "bundled": sum(pack.bundled for pack in packs),
        "damaged": [str(warning.message).removeprefix("Left out: ") for warning in caught],
    }


def _threads() -> dict[str, Any]:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cores": os.cpu_count(),
        "usable": usable,
        "variables": {name: os.environ[name] for name in THREAD_VARIABLES if name in os.environ},
    }


def _find_problems(found: Diagnosis) -> None:
    """Tell what does not work from what is merely absent."""
    absent: dict[str, list[str]] = {}
    for item in found.requirements:
        extra = f"'digit-zoo[{item.extra}]'" if item.extra else "digit-zoo"
        if item.version is not None and not item.fits:
            found.problems.append(
                f"{item.package} {item.version} is installed, needed is {item.wanted}: pip install --upgrade {extra}"
            )
        elif item.version is None and not item.extra:
            found.problems.append(f"{item.package} is missing: pip install {extra}")
        elif item.version is None:
            absent.setdefault(item.extra, []).append(item.package)
    for extra, packages in absent.items():
        found.notes.append(
            f"The extra [{extra}] is not complete, {', '.join(packages)} missing: pip install 'digit-zoo[{extra}]'"
        )
    for plugin in found.plugins:
        if plugin.error:
            found.problems.append(f"Plugin {plugin.name} was left out: {plugin.complaint}")
        elif plugin.slow:
            imports = f", as it imports {', '.join(plugin.heavy)}" if plugin.heavy else ""
            found.notes.append(f"Plugin {plugin.name} makes every command wait {plugin.load_ms / 1000:.1f} s{imports}.")
    for report in found.runtimes:
        if report.error:
            found.problems.append(f"The runtime {report.name} fails with {report.tried_with}: {report.error}")
    found.notes.extend(f"The data set {data.name}: {data.note}" for data in found.data if "not found" in data.note)
    if not found.packs["writable"]:
        found.problems.append(f"The folder of your packs, {found.packs['folder']}, cannot be written; set ZOO_HOME.")
    found.problems.extend(found.packs["damaged"])
    folder = os.environ.get("ZOO_DATA_DIR")
    if folder and not Path(folder).expanduser().is_dir():
        found.problems.append(f"ZOO_DATA_DIR names {folder!r}, which is no folder.")


def _try(runtime: Runtime, pack: Pack) -> str | None:
    """Why a runtime does not answer; None when it does."""
    try:
        result = subprocess.run(
            [sys.executable, "-c", TRY, str(pack.folder), runtime.name],
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            capture_output=True,
            text=True,
            timeout=LONGEST_TRY,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {LONGEST_TRY} s"
    if result.returncode:
        last = result.stderr.strip().splitlines()[-1:]
        return f"the process ended with exit code {result.returncode}: {' '.join(last)}"
    error: str | None = json.loads(result.stdout.splitlines()[-1])
    return error
