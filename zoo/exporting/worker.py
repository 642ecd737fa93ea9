"""The process that converts. A converter's crash ends this process, and is an error message in the one that asked.

``python -m zoo.exporting.worker`` reads one job per line of standard input, as JSON with the keys ``pack``,
``format``, ``precision`` and ``path``, and answers each with a line ``{"error": null}`` or ``{"error": "..."}`` on
what was standard output when it started. Everything that converters print goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from zoo.errors import ZooError
from zoo.packs.pack import Pack
from zoo.plugins import load_plugins

__all__ = ["main"]


def main() -> None:
    """Do jobs until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # native code prints to descriptor 1, whatever sys.stdout is
    for line in sys.stdin:
        print(json.dumps({"error": _convert(json.loads(line))}), file=answers, flush=True)


def _convert(job: dict[str, Any]) -> str | None:
    """Do one job; the reason why it failed, or None."""
    from zoo.runtimes.keras import load_keras_model, with_probabilities

    try:
        pack = Pack(job["pack"])
        exporter = load_plugins().find("exporter", job["format"])
        model = with_probabilities(load_keras_model(pack.artifact("keras")), pack.temperature)
        path = Path(job["path"])
        exporter.export(model, path, job["precision"])
        if not path.exists():
            return "the exporter wrote no file"
        exporter.check(path)
    except ZooError as error:
        return str(error)
    except Exception as error:  # converters raise anything; the caller gets its kind and text
        return f"{type(error).__name__}: {error}"
    return None


if __name__ == "__main__":
    main()
