"""Keras: a file that Keras alone opens, with temperature and softmax inside."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo import Exporter
from zoo.errors import ExportError
from zoo_exporters.signature import INPUT, check_batch, check_names

if TYPE_CHECKING:
    import keras

    from zoo import ExportJob

__all__ = ["KERAS"]

OPEN = "import sys, keras; keras.saving.load_model(sys.argv[1], compile=False)"


def export(model: keras.Model, path: Path, job: ExportJob) -> None:
    """Save the model, and open it once in a process that knows Keras and nothing of the zoo."""
    model.save(path)
    opened = subprocess.run([sys.executable, "-c", OPEN, str(path)], capture_output=True, text=True)
    if opened.returncode:
        lines = opened.stderr.strip().splitlines() or ["no message"]
        raise ExportError(f"Keras alone cannot open the file: {lines[-1]}")


def check(path: Path, job: ExportJob) -> None:
    """Check input and output, and that every part is Keras's own; the file is read, not brought to life."""
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))
            names = [config["config"][end] for end in ("input_layers", "output_layers")]
            batch = next(
                layer["config"]["batch_shape"][0] for layer in config["config"]["layers"] if layer["name"] == INPUT
            )
    except (OSError, KeyError, ValueError, TypeError, StopIteration, zipfile.BadZipFile) as error:
        raise ExportError(f"the file is no functional Keras model: {error!r}") from error
    inputs, outputs = ([entry[0] for entry in (end if isinstance(end[0], list) else [end])] for end in names)
    check_names("model", inputs, outputs)
    check_batch(batch, job)
    foreign = sorted(set(_foreign(config)))
    if foreign:
        raise ExportError(f"parts that are not Keras's own: {', '.join(foreign)}")


def _foreign(value: Any) -> Iterator[str]:
    """Classes in a configuration that Keras alone does not know, or does not bring to life: lambdas."""
    if isinstance(value, dict):
        name, module = value.get("class_name"), value.get("module")
        if isinstance(name, str) and "config" in value:
            known = module is None or module == "builtins" or str(module).split(".")[0] == "keras"
            if name in ("Lambda", "__lambda__") or not known:
                yield f"{module}.{name}" if module else name
        for inner in value.values():
            yield from _foreign(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _foreign(inner)


FLOAT = "Keras computes in the precision of its weights, float32; export to TFLite or ONNX for this precision"

KERAS = Exporter(
    format="keras",
    file_name="model_{precision}.keras",
    precisions=("fp32",),
    export=export,
    check=check,
    package="tensorflow",
    extra="export",
    unsupported={"fp16": FLOAT, "dynamic": FLOAT, "int8": FLOAT},
    variant="standalone",
    by_default=False,
)
