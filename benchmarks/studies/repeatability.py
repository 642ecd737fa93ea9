"""Whether two runs of a benchmark on the same machine say the same.

``python -m studies.repeatability [--quick] [--output FOLDER]`` measures 24 cells twice, one run after the other,
and counts those whose median latency differs by more than 10 %, where each is taken relative to the reference that has
its turns in the same process. It goes on when it was interrupted; the exit code is 1 above the bar.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studies.common import parser, plain_errors
from zoo.errors import ZooError
from zoo_benchmarks.measure.plan import plan_measurements
from zoo_benchmarks.measure.protocol import FULL, QUICK, Protocol
from zoo_benchmarks.measure.runner import Run, default_output
from zoo_benchmarks.report.progress import shown_progress
from zoo_benchmarks.report.table import over_rounds, read_cells

__all__ = ["MODELS", "RUNTIMES", "repeat", "second_to_first"]

MODELS = (
    "softmax_regression.mnist",
    "mlp.mnist",
    "keras_convnet.mnist",
    "mobilenet.mnist",
    "row_gru.mnist",
    "frontier_3k.mnist",
    "frontier_10k.mnist",
    "frontier_100k.mnist",
)
RUNTIMES = ("litert", "onnxruntime", "openvino")
MOST_DIFFERENCE, MOST_CELLS = 0.1, 2


def repeat(folder: Path, protocol: Protocol) -> None:
    """Measure the 24 cells twice, into the folders ``first`` and ``second``, where an earlier run goes on.

    Raises `ZooError` when a cell cannot be measured.
    """
    runs = [Run(folder / name, protocol, ("single",)) for name in ("first", "second")]  # before the exports
    planned = plan_measurements(MODELS, RUNTIMES, ("fp32",))
    with shown_progress(False) as report:
        for run in runs:
            for one, row in zip(planned, run.measure(planned, report), strict=True):
                if row["status"] != "ok":
                    raise ZooError(f"{one.name} cannot be measured, and the figure is one of all: {row['reason']}.")


def second_to_first(first: Path, second: Path) -> dict[str, float]:
    """How the median latency of each cell, relative to the reference, has changed; 1 for no change.

    `first` and `second` are folders of runs that hold the same cells.
    """
    later = read_cells(second)
    return {name: _relative(later[name]) / _relative(cell) for name, cell in read_cells(first).items()}


def _relative(cell: Mapping[str, Any]) -> float:
    medians = over_rounds(cell, "single", "p50_ms"), over_rounds(cell, "single", "reference_p50_ms")
    return statistics.median(own / reference for own, reference in zip(*medians, strict=True))


def main() -> None:
    """Run the command."""
    command = parser(__doc__)
    command.add_argument("--quick", action="store_true")
    command.add_argument("--output", type=Path, default=default_output(FULL).with_name("repeatability"))
    arguments = command.parse_args()
    repeat(arguments.output, QUICK if arguments.quick else FULL)
    ratios = second_to_first(arguments.output / "first", arguments.output / "second")
    different = {cell: ratio for cell, ratio in ratios.items() if abs(ratio - 1) > MOST_DIFFERENCE}
    for cell, ratio in different.items():
        print(f"{cell}: {ratio:.3f} times the first run")
    print(f"{len(different)} of {len(ratios)} cells differ by more than {MOST_DIFFERENCE:.0%}   bar <= {MOST_CELLS}")
    raise SystemExit(len(different) > MOST_CELLS)


if __name__ == "__main__":
    with plain_errors():
        main()
