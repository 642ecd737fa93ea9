"""Every bundled model in every format and precision: what passed its gate, what did not and why, in one table.

``python -m studies.exports`` exports all bundled models, or those that are named, and writes one row per cell to
``results/exports.csv``, in the place of older rows of the same models. What the whole table says stands beside its
bars; the exit code is 1 when one is not held. Each cell is one of

- ``passed``: compared with the Keras model on all test images, and within the gate of its precision;
- ``failed``: made, and not within its gate; the evidence lies in the pack's folder ``failed``;
- ``unsupported``: cannot work, or would change nothing, for the reason that is given;
- ``error``: the converter failed, with what it said.

The packs with their files stay in ``--output``, where that is given; the bundled ones are not touched.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import zoo
from studies.common import RESULTS, plain_errors
from zoo.contract.exporter import PRECISIONS
from zoo.errors import ExportError
from zoo.exporting.converter import Converter
from zoo.plugins import load_plugins

__all__ = ["COLUMNS", "TABLE", "export_all", "rows_of", "summary", "write_rows"]

TABLE = RESULTS / "exports.csv"
COLUMNS = (
    "model", "format", "precision", "variant", "outcome", "size_bytes", "images", "keras_accuracy", "accuracy",
    "accuracy_difference", "p_value", "validation_drop", "flipped", "max_difference", "mean_difference", "reason",
)  # fmt: skip


def export_all(model: str | Path, folder: Path, converter: Converter) -> zoo.Pack:
    """Export a model to every format and precision, and to the smallest int8 file.

    Parameters
    ----------
    model : str or path-like
    folder : pathlib.Path
        Where the pack with its files goes.
    converter : Converter

    Returns
    -------
    Pack
        What could not be delivered stands in its ``refused``.

    Raises
    ------
    ExportError
        When no file at all could be made.
    """
    try:
        zoo.export(model, precision=None, output=folder, converter=converter)
    except ExportError:
        if not folder.exists():
            raise
    with contextlib.suppress(ExportError):  # it stands in the pack, or plain int8 said it already
        # The form in which a microcontroller takes int8.
        zoo.export(folder, "tflite", precision="int8", batch_size=1, strip=True, converter=converter)
    return zoo.Pack(folder)


def rows_of(pack: zoo.Pack) -> list[dict[str, object]]:
    """One row per cell of a pack that `export_all` filled, with the keys of `COLUMNS`."""
    rows = [_row(pack, artifact.__dict__, "passed", artifact.certificate) for artifact in pack.artifacts]
    rows += [_row(pack, entry, entry["outcome"], entry["certificate"]) for entry in pack.refused]
    for exporter in load_plugins().exporters.values():
        for precision, reason in exporter.unsupported.items():
            entry = {"format": exporter.format, "precision": precision, "variant": "", "reason": reason}
            rows.append(_row(pack, entry, "unsupported", None))
    return sorted(rows, key=_place)


def _place(row: dict[str, object]) -> tuple[str, int, str]:
    return str(row["format"]), PRECISIONS.index(str(row["precision"])), str(row["variant"])


def _row(pack: zoo.Pack, entry: dict[str, Any], outcome: str, certificate: str | None) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(COLUMNS, "")
    row.update({key: entry[key] for key in ("format", "precision", "variant")})
    row.update(model=pack.id, outcome=outcome, reason=" ".join(entry.get("reason", "").split()))
    if outcome == "passed" and certificate is None:
        row.update(size_bytes=entry["size_bytes"], accuracy=pack.accuracy, reason="the source")
    if certificate is not None:
        found = json.loads((pack.folder / certificate).read_text(encoding="utf-8"))
        row.update({key: found[key] for key in ("size_bytes", "images", "max_difference", "mean_difference")})
        row["flipped"] = len(found["flipped"])
        if found["accuracy"]:
            row["keras_accuracy"] = found["accuracy"]["keras"]["accuracy"]
            row["accuracy"] = found["accuracy"]["artifact"]["accuracy"]
            row["accuracy_difference"] = found["accuracy"]["difference"]
            row["p_value"] = found["accuracy"]["p_value"]
        if found["validation"]:
            row["validation_drop"] = found["validation"]["drop"]
    return row


def write_rows(rows: list[dict[str, object]], path: Path = TABLE) -> None:
    """Put rows into the table, in the place of older ones of the same models."""
    models = {row["model"] for row in rows}
    kept: list[dict[str, object]] = []
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            kept = [row for row in csv.DictReader(file) if row["model"] not in models]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted([*kept, *rows], key=_model))


def _model(row: Mapping[str, Any]) -> str:
    return str(row["model"])


def summary(rows: Sequence[Mapping[str, Any]], convolutional: Collection[str]) -> tuple[list[str], bool]:
    """What the table says, in a few lines beside the bars.

    Parameters
    ----------
    rows : sequence of mappings
        With the keys of `COLUMNS`.
    convolutional : collection of str
        Ids of the models that convolve.

    Returns
    -------
    lines : list of str
    held : bool
        Whether no bar is missed. One about which the rows say nothing is not.
    """
    count = {outcome: sum(row["outcome"] == outcome for row in rows) for outcome in OUTCOMES}
    lines = [f"{len(rows)} cells: " + ", ".join(f"{number} {outcome}" for outcome, number in count.items())]
    held = True
    int8 = [row for row in rows if (row["format"], row["precision"]) == ("tflite", "int8") and row["accuracy"] != ""]
    drops = {
        str(row["model"]): 0.0 - float(row["accuracy_difference"]) * 100
        for row in int8
        if row["variant"] == "" and row["model"] in convolutional
    }
    if drops:
        worst, mean = max(drops, key=lambda model: drops[model]), statistics.mean(drops.values())
        held = mean <= MOST_POINTS
        lines.append(
            f"int8 TFLite, points of accuracy lost on test images: mean {mean:.3f}, most {drops[worst]:.2f} ({worst}), "
            f"over {len(drops)} models that convolve; negative is a gain   bar: mean <= {MOST_POINTS}"
        )
    for least, most_kb in SIZE_BARS:
        able = [row for row in int8 if row["outcome"] == "passed" and float(row["accuracy"]) >= least]
        if able:
            row = min(able, key=lambda row: int(row["size_bytes"]))
            size_kb = int(row["size_bytes"]) / 1024
            held = held and size_kb <= most_kb
            lines.append(
                f"smallest int8 TFLite of at least {least:.2%}: {size_kb:.1f} KB at {float(row['accuracy']):.2%} "
                f"({row['model']} {row['variant']})   bar <= {most_kb} KB"
            )
    return lines, held


MOST_POINTS = 0.05
"""Of accuracy, that int8 may cost in the mean over the models that convolve."""
SIZE_BARS = ((0.992, 12), (0.9945, 20))
"""Accuracies, and how many KB (1,024 bytes) the smallest int8 file of at least so much may have."""
OUTCOMES = ("passed", "failed", "unsupported", "error")


def _convolves(pack: zoo.Pack) -> bool:
    import onnx

    model = onnx.load(pack.artifact("onnx").verified_path())
    return any(node.op_type == "Conv" for node in model.graph.node)


def main() -> int:
    """Run the command; the exit code is 1 when the whole table misses a bar."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", help="ids; by default all bundled models")
    parser.add_argument("--output", type=Path, help="folder that keeps the packs with their files")
    parser.add_argument("--table", type=Path, default=TABLE, help="the table to write")
    arguments = parser.parse_args()
    models = arguments.models or [pack.id for pack in zoo.list_models() if pack.bundled]
    packs: list[zoo.Pack] = []
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as temporary, Converter() as converter:
        root = arguments.output or Path(temporary)
        root.mkdir(parents=True, exist_ok=True)
        for model in models:
            start = time.perf_counter()
            pack = export_all(model, root / zoo.get_pack(model).id, converter)
            packs.append(pack)
            rows += rows_of(pack)
            print(f"{pack.id}: {time.perf_counter() - start:.1f} s", flush=True)
            for refused in pack.refused:
                print(f"  {refused['format']} {refused['precision']} {refused['outcome']}: {refused['reason']}")
        write_rows(rows, arguments.table)
        lines, held = summary(rows, {pack.id for pack in packs if _convolves(pack)})
    print("\n".join(lines))
    return int(not held and not arguments.models)


if __name__ == "__main__":
    with plain_errors():
        sys.exit(main())
