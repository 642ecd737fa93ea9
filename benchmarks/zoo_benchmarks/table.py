"""The table of results: its columns are a schema that other programs may rely on."""

from __future__ import annotations

import csv
import json
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from zoo.exporting.exporter import PRECISIONS
from zoo.files import whole_file

__all__ = ["COLUMNS", "read_cells", "read_table", "row_of", "write_table"]

COLUMNS = (
    "model", "parameters", "macs", "runtime", "format", "precision", "threads", "batch", "p50_ms", "p90_ms", "p99_ms",
    "images_per_second", "load_ms", "first_ms", "import_ms", "peak_rss_mb", "size_bytes", "accuracy", "accuracy_low",
    "accuracy_high", "agreement", "overhead_ratio", "status", "reason", "versions", "cpu", "commit", "artifact_sha256",
)  # fmt: skip
"""In this order. An empty field is a figure that was not asked for, or that a cell which is not ok does not have."""

PLAIN = ("model", "parameters", "macs", "runtime", "format", "precision", "threads", "size_bytes", "status", "reason",
         "commit", "artifact_sha256")  # fmt: skip
TEXTS = ("model", "runtime", "format", "precision", "status", "reason", "versions", "cpu", "commit", "artifact_sha256")
COUNTS = ("parameters", "macs", "threads", "batch", "size_bytes")


def read_cells(folder: Path) -> list[dict[str, Any]]:
    """What the runner wrote about each cell of a run, sorted by name."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((folder / "cells").glob("[!.]*.json"))]


def row_of(cell: Mapping[str, Any], machine: Mapping[str, Any]) -> dict[str, Any]:
    """One row: medians over the rounds of a cell.

    Parameters
    ----------
    cell : mapping
        What the runner wrote about it.
    machine : mapping
        The run's conditions.

    Returns
    -------
    dict
        A value, or None, for each of `COLUMNS`.
    """
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row.update({key: cell.get(key) for key in PLAIN})
    row["versions"] = " ".join(f"{name}={version}" for name, version in machine["versions"].items())
    row["cpu"] = machine["cpu"]
    rounds = cell["rounds"]
    if cell["status"] == "unsupported" or not rounds:
        return row

    def median(scenario: str, key: str, digits: int) -> float | None:
        found = [one[scenario][key] for one in rounds if scenario in one and one[scenario][key] is not None]
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


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    precision = row["precision"]
    rank = PRECISIONS.index(precision) if precision in PRECISIONS else len(PRECISIONS)
    return row["model"], row["runtime"], row["format"], rank, precision, row["threads"]


def write_table(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write rows as CSV with the columns of `COLUMNS`, sorted by cell; the file is whole or as it was."""
    with whole_file(path) as draft, draft.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=_place))


def read_table(path: Path) -> list[dict[str, Any]]:
    """The rows of a table as `row_of` made them: text, numbers, and None for an empty field."""
    with path.open(newline="", encoding="utf-8") as file:
        return [{name: _value(name, text) for name, text in row.items()} for row in csv.DictReader(file)]


def _value(name: str, text: str) -> Any:
    if name in TEXTS:
        return text
    if not text:
        return None
    number = float(text)
    return int(number) if name in COUNTS else number
