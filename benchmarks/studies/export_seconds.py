"""How long a model takes to be exported to every format and precision, certificates included, from a warm process.

``python -m studies.export_seconds [MODEL]`` prints the seconds beside the bar; the exit code is 1 above it. Warm
means that one export has been made: TensorFlow is imported here and in the process that converts.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import zoo
from studies.common import plain_errors
from studies.exports import export_all
from zoo.exporting.converter import Converter

__all__ = ["MOST_SECONDS", "export_seconds"]

MODEL = "lenet5.mnist"
MOST_SECONDS = 60.0


def export_seconds(model: str | Path) -> tuple[float, zoo.Pack]:
    """Seconds of all exports of a model, as `studies.exports.export_all` makes them.

    Parameters
    ----------
    model : str or path-like

    Returns
    -------
    seconds : float
    pack : Pack
        With what was made; its folder is gone.
    """
    with tempfile.TemporaryDirectory() as folder, Converter() as converter:
        zoo.export(model, "tflite", output=Path(folder) / "warm", converter=converter)
        start = time.perf_counter()
        pack = export_all(model, Path(folder) / "measured", converter)
        return time.perf_counter() - start, pack


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default=MODEL, metavar="MODEL")
    with plain_errors():
        seconds, pack = export_seconds(parser.parse_args().model)
    made = sum(artifact.certificate is not None for artifact in pack.artifacts)
    print(f"{pack.id}: {made} files with their certificates in {seconds:.1f} s   bar <= {MOST_SECONDS:g} s")
    sys.exit(seconds > MOST_SECONDS)
