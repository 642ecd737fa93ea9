"""Which runtime opens which format: not what it says, but what happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass

from zoo.packs.pack import Pack
from zoo.packs.store import list_models
from zoo.plugins import load_plugins
from zoo.runtimes.runtime import Runtime

__all__ = ["RuntimeReport", "try_runtimes"]

# In a process of its own: a runtime that is broken may end the process that it is imported into.
TRY = """
import json, sys

import numpy as np

import zoo

pack = zoo.Pack(sys.argv[1])
try:
    answer = zoo.load(pack, sys.argv[2]).run(np.zeros((1, *pack.input_shape), np.float32))
    error = None if answer.shape == (1, len(pack.classes)) else f"it answers with shape {answer.shape}"
except Exception as failure:
    error = f"{type(failure).__name__}: {failure}"
print("\\n" + json.dumps(error))
"""
SECONDS = 120


@dataclass(frozen=True)
class RuntimeReport:
    """A runtime and what became of it.

    Attributes
    ----------
    name : str
    formats : list of str
        Those that it opens.
    package : str
        The import that it needs.
    installed : bool
        Whether that package is here.
    tried_with : str or None
        Id of the bundled model that it was tried with; None when it was not tried.
    error : str or None
        Why it failed; None when it answered, or was not tried.
    fix : str or None
        What to do, when it is absent or failed.
    """

    name: str
    formats: list[str]
    package: str
    installed: bool
    tried_with: str | None
    error: str | None
    fix: str | None


def try_runtimes(*, attempt: bool = True) -> list[RuntimeReport]:
    """Ask every runtime for one answer of a bundled model.

    Parameters
    ----------
    attempt : bool
        False only tells what is installed.

    Returns
    -------
    list of RuntimeReport
    """
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


def _try(runtime: Runtime, pack: Pack) -> str | None:
    """Why a runtime does not answer; None when it does."""
    try:
        result = subprocess.run(
            [sys.executable, "-c", TRY, str(pack.folder), runtime.name],
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {SECONDS} s"
    if result.returncode:
        last = result.stderr.strip().splitlines()[-1:]
        return f"the process ended with exit code {result.returncode}: {' '.join(last)}"
    error: str | None = json.loads(result.stdout.splitlines()[-1])
    return error
