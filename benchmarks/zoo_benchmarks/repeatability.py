"""Whether two runs of a benchmark on the same machine say the same.

``python -m zoo_benchmarks.repeatability [--quick] [--output FOLDER]`` measures 24 cells twice, one run after the other,
and counts those whose median latency differs by more than 10 %, where each figure is taken relative to a reference cell
that is measured in the same rounds. It goes on when it was interrupted; the exit code is 1 above the bar.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from zoo.errors import ZooError
from zoo_benchmarks.cells import Cell, plan_cells
from zoo_benchmarks.comparison import Change, compare_runs
from zoo_benchmarks.progress import shown_progress
from zoo_benchmarks.protocol import FULL, QUICK, Protocol
from zoo_benchmarks.runner import Run, default_output

__all__ = ["deviating", "repeatability"]

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
REFERENCE = ("lenet5.mnist", "litert")
MOST_DIFFERENCE, MOST_CELLS = 0.1, 2


def repeatability(folder: Path, protocol: Protocol) -> list[Change]:
    """Measure the 24 cells twice.

    Parameters
    ----------
    folder : pathlib.Path
        The runs go to ``first`` and ``second`` in it, and go on there.
    protocol : Protocol

    Returns
    -------
    list of Change
        The median latency of each cell, relative to the reference cell's, in both runs.

    Raises
    ------
    ZooError
        When a cell cannot be measured.
    """
    (reference,) = plan_cells(REFERENCE[:1], REFERENCE[1:], ("fp32",))
    cells = [reference, *plan_cells(MODELS, RUNTIMES, ("fp32",))]
    with shown_progress(False) as report:
        for name in ("first", "second"):
            rows = Run(folder / name, cells, protocol, ("single",)).measure(report)
            _require_all(cells, rows)
    changes = compare_runs(folder / "first", folder / "second", reference.name)
    return [one for one in changes if one.figure == "p50_ms" and one.cell != reference.name]


def _require_all(cells: list[Cell], rows: list[dict[str, object]]) -> None:
    for cell, row in zip(cells, rows, strict=True):
        if row["status"] != "ok":
            raise ZooError(f"{cell.name} cannot be measured, and the figure is about all cells: {row['reason']}.")


def deviating(changes: list[Change]) -> list[Change]:
    """Those whose medians differ by more than 10 %."""
    return [one for one in changes if one.old and one.new and abs(one.new / one.old - 1) > MOST_DIFFERENCE]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--output", type=Path, default=default_output(FULL).with_name("repeatability"))
    arguments = parser.parse_args()
    changes = repeatability(arguments.output, QUICK if arguments.quick else FULL)
    found = deviating(changes)
    for one in found:
        assert one.old and one.new
        print(f"{one.cell}: {one.new / one.old:.3f} times the first run")
    print(f"{len(found)} of {len(changes)} cells differ by more than {MOST_DIFFERENCE:.0%}   bar <= {MOST_CELLS}")
    raise SystemExit(len(found) > MOST_CELLS)


if __name__ == "__main__":
    main()
