"""The process that converts. A converter's crash ends this process, and is an error message in the one that asked.

``python -m zoo.exporting.converter_process`` reads one order per line of standard input, as JSON with the keys
``pack``, ``format``, ``path`` and ``job``: the fields of `zoo.ExportJob`, ``calibration`` as a file of images. It
replies to each with a line ``{"error": null, "unsupported": false}`` or ``{"error": "...", ...}`` on what was standard
output when it started. Everything that converters print goes to standard error.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.contract.exporter import ExportJob
from zoo.contract.pack import Pack
from zoo.errors import ExportError, UnsupportedExportError, error_line
from zoo.plugins import load_plugins

if TYPE_CHECKING:
    import keras

__all__ = ["main"]


def main() -> None:
    """Do jobs until standard input ends."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # native code prints to descriptor 1, whatever sys.stdout is
    for line in sys.stdin:
        error = _convert(json.loads(line))
        reply = {
            "error": None if error is None else error_line(error),
            "unsupported": isinstance(error, UnsupportedExportError),
        }
        print(json.dumps(reply), file=replies, flush=True)


def _convert(order: dict[str, Any]) -> Exception | None:
    """Do one job; why it failed, or None."""
    import keras
    import numpy as np

    from zoo.runtimes.keras import load_probabilities

    try:
        exporter = load_plugins().find("exporter", order["format"])
        images = order["job"].pop("calibration")
        job = ExportJob(**order["job"], calibration=None if images is None else np.load(images))
        path = Path(order["path"])
        keras.utils.clear_session()  # Keras counts the names it gives; the same model must become the same file
        model = load_probabilities(Pack(order["pack"]).artifact("keras"))
        _check_weights(model)
        exporter.export(model, path, job)
        if not path.exists():
            return ExportError("the exporter wrote no file")
        exporter.check(path, job)
    except Exception as error:  # converters raise anything; the caller gets its kind and text
        return error
    return None


def _check_weights(model: keras.Model) -> None:
    """Refuse weights that are no numbers: an activation may swallow them, and formats differ in what comes out."""
    import numpy as np

    wrong = [variable.path for variable in model.weights if not np.isfinite(variable.numpy()).all()]
    if wrong:
        raise ExportError(
            f"model.keras holds NaN or infinity in {len(wrong)} of its {len(model.weights)} weights: "
            f"{', '.join(wrong[:5])}. It is damaged, or its training diverged; train it anew."
        )


if __name__ == "__main__":
    main()
