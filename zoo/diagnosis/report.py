"""Everything that ``zoo doctor`` tells, and what of it is a problem."""

from __future__ import annotations

import os
import platform
import warnings
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from zoo.diagnosis.packages import Requirement, requirements
from zoo.diagnosis.runtimes import RuntimeReport, try_runtimes
from zoo.packs.store import list_models, user_packs
from zoo.plugins import Plugin, load_plugins

__all__ = ["DataReport", "Diagnosis", "diagnose"]

VARIABLES = ("ZOO_HOME", "ZOO_DATA_DIR", "ZOO_DISABLED_PLUGINS", "KERAS_BACKEND", "KERAS_HOME", "CUDA_VISIBLE_DEVICES")
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
                    "TF_NUM_INTEROP_THREADS")  # fmt: skip


@dataclass(frozen=True)
class DataReport:
    """A data set and whether it is at hand.

    Attributes
    ----------
    name : str
    place : str or None
        Where it is; None when it is nowhere, or nobody knows before it is loaded.
    note : str
        What to do, or why it is not known.
    """

    name: str
    place: str | None
    note: str


@dataclass(frozen=True)
class Diagnosis:
    """What was found.

    Attributes
    ----------
    python, system, version : str
        Of this installation.
    requirements : list of Requirement
    plugins : list of Plugin
    data : list of DataReport
    runtimes : list of RuntimeReport
    packs : dict
        ``folder`` of the user's packs, ``writable``, numbers of ``own`` and ``bundled`` ones, and the ``damaged``.
    threads : dict
        ``cores`` of the machine, ``usable`` by this process, and environment variables that limit them.
    environment : dict of str to str
        The variables that the zoo heeds, as far as they are set.
    problems : list of str
        What does not work, with the way out; scripts need look no further.
    notes : list of str
        What is missing or slow, and may well be meant so.
    """

    python: str
    system: str
    version: str
    requirements: list[Requirement]
    plugins: list[Plugin]
    data: list[DataReport]
    runtimes: list[RuntimeReport]
    packs: dict[str, Any]
    threads: dict[str, Any]
    environment: dict[str, str]
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The diagnosis as JSON-ready data."""
        return asdict(self)


def diagnose(*, attempt: bool = True) -> Diagnosis:
    """Look at everything that matters; nothing is loaded into this process, downloaded or changed.

    Parameters
    ----------
    attempt : bool
        Whether to ask every runtime for one answer, each in a process of its own.

    Returns
    -------
    Diagnosis
    """
    diagnosis = Diagnosis(
        python=platform.python_version(),
        system=platform.platform(),
        version=version("digit-zoo"),
        requirements=requirements(),
        plugins=load_plugins().plugins,
        data=_data(),
        runtimes=try_runtimes(attempt=attempt),
        packs=_packs(),
        threads=_threads(),
        environment={name: os.environ[name] for name in VARIABLES if name in os.environ},
    )
    _judge(diagnosis)
    return diagnosis


def _data() -> list[DataReport]:
    reports = []
    for source in load_plugins().datasets.values():
        if source.locate is None:
            reports.append(DataReport(source.name, None, "not known before it is loaded"))
            continue
        try:
            place = source.locate()
        except Exception as error:  # somebody's plugin; the others are still worth a look
            reports.append(DataReport(source.name, None, f"{type(error).__name__}: {error}"))
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


def _judge(found: Diagnosis) -> None:
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
