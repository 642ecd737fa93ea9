"""The table of results: its columns are a schema that other programs may rely on."""

from __future__ import annotations

import csv
import json
import statistics
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from zoo import PRECISIONS, whole_file
from zoo.errors import ZooError

__all__ = [
    "COLUMNS",
    "CONDITIONS",
    "half_ranges",
    "is_measured",
    "over_rounds",
    "parameter_bytes",
    "read_cell",
    "read_cells",
    "read_conditions",
    "row_of",
    "unlike_protocols",
    "write_csv",
    "write_table",
]

CONDITIONS = "run.json"
"""The file of a run that says under which conditions it was measured."""

COLUMNS = (
    "model", "parameters", "macs", "runtime", "format", "precision", "threads", "batch", "p50_ms", "p90_ms", "p99_ms",
    "images_per_second", "load_ms", "first_ms", "import_ms", "peak_rss_mb", "size_bytes", "accuracy", "accuracy_low",
    "accuracy_high", "agreement", "overhead_ratio", "status", "reason", "versions", "cpu", "commit", "artifact_sha256",
)  # fmt: skip
"""In this order. An empty field is a figure that was not asked for, or that a cell which is not ok does not have, or a
ratio on a runtime of which there is no bare loop."""

PLAIN = ("model", "parameters", "macs", "runtime", "format", "precision", "threads", "size_bytes", "status", "reason",
         "commit", "artifact_sha256")  # fmt: skip
PARAMETER_BYTES = {"fp32": 4, "fp16": 2, "dynamic": 1, "int8": 1}
CONDITION_KEYS = frozenset({"protocol", "cpu", "versions", "bare_interpreter_bytes"})
CELL_KEYS = frozenset({
    "model", "runtime", "format", "precision", "threads", "status", "reason", "weights_sha256", "artifact_sha256",
    "size_bytes", "rounds",
})  # fmt: skip
SPREAD = {"p50_ms": "single", "images_per_second": "offline"}  # figures that are shown with their spread


def read_conditions(folder: Path) -> dict[str, Any]:
    """Under which conditions a run was measured.

    Raises `ZooError` when the folder does not tell.
    """
    return _read(
        folder / CONDITIONS, CONDITION_KEYS, "Give a folder that 'zoo benchmark' wrote, or an empty one as --output."
    )


def unlike_protocols(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> str:
    """What differs between two protocols: ``repeats 3, then 1``."""
    names = dict.fromkeys([*earlier, *later])
    different = [name for name in names if earlier.get(name) != later.get(name)]
    return "; ".join(f"{name} {earlier.get(name)}, then {later.get(name)}" for name in different)


def read_cell(path: Path) -> dict[str, Any]:
    """What the runner wrote about a cell.

    Raises `ZooError` when it cannot be read.
    """
    return _read(path, CELL_KEYS, "Remove the file, and the same command measures the cell anew.")


def _read(path: Path, keys: Set[str], cure: str) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ZooError(f"{str(path)!r} cannot be read: {why}. {cure}") from error
    if not isinstance(data, dict) or keys - data.keys():
        lack = f"lacks {', '.join(sorted(keys - data.keys()))}" if isinstance(data, dict) else "holds no object"
        raise ZooError(f"{str(path)!r} {lack}, so 'zoo benchmark' did not write it. {cure}")
    return data


def read_cells(folder: Path) -> dict[str, dict[str, Any]]:
    """What the runner wrote about each cell of a run, by the cell's name, sorted.

    Raises `ZooError` when a file cannot be read.
    """
    return {path.stem: read_cell(path) for path in sorted((folder / "cells").glob("[!.]*.json"))}


def is_measured(cell: Mapping[str, Any]) -> bool:
    """Whether there is something to tell about a cell; one that waits for its first round has no row."""
    return bool(cell["rounds"]) or cell["size_bytes"] is not None or cell["status"] != "ok"


def over_rounds(cell: Mapping[str, Any], scenario: str, key: str) -> list[float]:
    """One figure of a cell in each round that has it."""
    found = (one.get(scenario, {}).get(key) for one in cell["rounds"])
    return [value for value in found if value is not None]


def half_ranges(cell: Mapping[str, Any]) -> dict[str, float]:
    """The spread of a cell's figures by column: half of the way from the least to the most over the rounds.

    ``p50_ms`` and ``images_per_second``, where there are two rounds or more; ``accuracy`` with half of its interval.
    """
    found = {key: over_rounds(cell, scenario, key) for key, scenario in SPREAD.items()}
    spreads = {key: (max(values) - min(values)) / 2 for key, values in found.items() if len(values) > 1}
    for judged in (one["accuracy"] for one in cell["rounds"] if "accuracy" in one):
        spreads["accuracy"] = (judged["accuracy_high"] - judged["accuracy_low"]) / 2
    return spreads


def row_of(cell: Mapping[str, Any], machine: Mapping[str, Any]) -> dict[str, Any]:
    """One row: medians over the rounds of a cell, with the run's conditions; a value or None for each of `COLUMNS`."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row.update({key: cell.get(key) for key in PLAIN})
    row["versions"] = " ".join(f"{name}={version}" for name, version in machine["versions"].items())
    row["cpu"] = machine["cpu"]
    rounds = cell["rounds"]
    if cell["status"] == "unsupported" or not rounds:
        return row

    def median(scenario: str, key: str, digits: int) -> float | None:
        found = over_rounds(cell, scenario, key)
        return round(statistics.median(found), digits) if found else None

    for key in ("p50_ms", "p90_ms", "p99_ms"):
        row[key] = median("single", key, 5)
    for key in ("load_ms", "first_ms", "import_ms"):
        row[key] = median("cold", key, 3)
    row["images_per_second"] = median("offline", "images_per_second", 1)
    row["batch"] = next((one["offline"]["batch"] for one in rounds if "offline" in one), None)
    peak = median("memory", "peak_bytes", 0)
    row["peak_rss_mb"] = None if peak is None else round((peak - machine["bare_interpreter_bytes"]) / 1e6, 2)
    ratios = [
        one["single"]["p50_ms"] / one["single"]["bare_p50_ms"]
        for one in rounds
        if "single" in one and one["single"]["bare_p50_ms"]
    ]
    row["overhead_ratio"] = round(statistics.median(ratios), 4) if ratios else None
    judged: Mapping[str, Any] = next((one["accuracy"] for one in rounds if "accuracy" in one), {})
    for key in ("accuracy", "accuracy_low", "accuracy_high", "agreement"):
        row[key] = judged.get(key)
    return row


def parameter_bytes(row: Mapping[str, Any]) -> int | None:
    """What the parameters of a row's model take at its precision; None for one that a plugin adds.

    With the multiply-adds, the floor below which no runtime can be: it has to read them all.
    """
    size = PARAMETER_BYTES.get(row["precision"])
    return None if size is None else row["parameters"] * size


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    precision = row["precision"]
    rank = PRECISIONS.index(precision) if precision in PRECISIONS else len(PRECISIONS)
    return row["model"], row["runtime"], row["format"], rank, precision, row["threads"]


def write_table(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write rows as CSV with the columns of `COLUMNS`, sorted by cell."""
    write_csv(path, COLUMNS, sorted(rows, key=_place))


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as CSV; the file is whole or as it was."""
    with whole_file(path) as draft, draft.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
