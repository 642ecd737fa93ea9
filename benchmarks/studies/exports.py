"""Every bundled model in every format and precision: what passed its gate, what did not and why, in one table.

``python -m studies.exports`` exports all bundled models, or those that are named, and writes one row per cell to
``results/exports.csv``, in the place of older rows of the same models. What the whole table says stands beside its
bars; the exit code is 1 when one is not held. Each cell is one of

- ``passed``: compared with the Keras model on all test images, and within the gate of its precision;
- ``failed``: made, and not within its gate; the evidence lies in the pack's folder ``failed``;
- ``unsupported``: cannot work, or would change nothing, for the reason that is given;
- ``error``: the converter failed, with what it said.

The packs with their files stay in ``--output``, where that is given; the bundled ones are not touched.

``python -m studies.exports --seconds [MODEL]`` tells instead how long all exports of one model take, certificates
included, from a warm process: one export has been made, so TensorFlow is imported here and in the process that
converts. It prints the seconds beside the bar; the exit code is 1 above it.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import zoo
from studies.common import RESULTS, parser, plain_errors, put_rows
from zoo.errors import ExportError

__all__ = ["COLUMNS", "TABLE", "export_all", "export_seconds", "rows_of", "summary", "write_rows"]

TABLE = RESULTS / "exports.csv"
COLUMNS = (
    "model", "format", "precision", "variant", "outcome", "size_bytes", "images", "keras_accuracy", "accuracy",
    "accuracy_difference", "p_value", "validation_drop", "flipped", "max_difference", "mean_difference", "reason",
)  # fmt: skip


TIMED = "lenet5.mnist"
MOST_SECONDS = 60.0
MOST_POINTS = 0.05
"""Of accuracy, that int8 may cost in the mean over the models that convolve."""
SIZE_BARS = ((0.992, 12), (0.9945, 20))
"""Accuracies, and how many KB (1,024 bytes) the smallest int8 file of at least so much may have."""
OUTCOMES = ("passed", "failed", "unsupported", "error")


def export_all(model: str | Path, folder: Path, converter: zoo.Converter) -> zoo.Pack:
    """Export a model to every format and precision, and to the smallest int8 file, into a pack in `folder`.

    What could not be delivered stands in its ``refused``.

    Raises `ExportError` when no file at all could be made.
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


def export_seconds(model: str | Path) -> tuple[float, zoo.Pack]:
    """Seconds of `export_all`, and the pack with what was made, whose folder is gone."""
    with tempfile.TemporaryDirectory() as folder, zoo.Converter() as converter:
        zoo.export(model, "tflite", output=Path(folder) / "warm", converter=converter)
        start = time.perf_counter()
        pack = export_all(model, Path(folder) / "measured", converter)
        return time.perf_counter() - start, pack


def rows_of(pack: zoo.Pack) -> list[dict[str, Any]]:
    """One row per cell of a pack that `export_all` filled, with the keys of `COLUMNS`."""
    rows: list[dict[str, Any]] = []
    for artifact in pack.artifacts:
        rows.append(_row(pack, artifact.cell, "passed", artifact.certificate))
        if artifact.certificate is None:
            rows[-1].update(size_bytes=artifact.size_bytes, accuracy=pack.accuracy, reason="the source")
    rows += [
        _row(pack, zoo.Cell.of(entry), entry["outcome"], entry["certificate"], entry["reason"])
        for entry in pack.refused
    ]
    rows += [
        _row(pack, zoo.Cell(exporter.format, precision), "unsupported", reason=reason)
        for exporter in zoo.load_plugins().exporters.values()
        for precision, reason in exporter.unsupported.items()
    ]
    return sorted(rows, key=lambda row: (row["format"], zoo.PRECISIONS.index(row["precision"]), row["variant"]))


def _row(
    pack: zoo.Pack, cell: zoo.Cell, outcome: str, certificate: str | None = None, reason: str = ""
) -> dict[str, Any]:
    row = {**dict.fromkeys(COLUMNS, ""), **vars(cell), "model": pack.id, "outcome": outcome}
    row["reason"] = " ".join(reason.split())
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


def write_rows(rows: Iterable[Mapping[str, object]], path: Path = TABLE) -> None:
    """Put rows into the table, in the place of all of the same models."""
    put_rows(path, COLUMNS, rows, key=("model",))


def summary(rows: Sequence[Mapping[str, Any]], convolutional: Collection[str]) -> tuple[list[str], bool]:
    """What the table says, in a few lines beside the bars, and whether no bar is missed, of those that can be held.

    `convolutional` are the ids of the models that convolve.
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


def _convolves(pack: zoo.Pack) -> bool:
    import onnx

    model = onnx.load(pack.artifact("onnx").verified_path())
    return any(node.op_type == "Conv" for node in model.graph.node)


def main() -> None:
    """Run the command."""
    command = parser(__doc__)
    command.add_argument("models", nargs="*", metavar="MODEL", help="ids; by default all bundled models")
    command.add_argument("--output", type=Path, help="folder that keeps the packs with their files")
    command.add_argument("--table", type=Path, default=TABLE, help="the table to write")
    command.add_argument("--seconds", action="store_true", help=f"time one model instead, by default {TIMED}")
    arguments = command.parse_args()
    if arguments.seconds:
        if len(arguments.models) > 1:
            command.error("--seconds takes one model")
        held = _report_seconds(*arguments.models or [TIMED])
    else:
        held = _report_table(arguments.models, arguments.output, arguments.table) or bool(arguments.models)
    sys.exit(not held)


def _report_seconds(model: str) -> bool:
    """Print how long one model takes; whether that is within the bar."""
    seconds, pack = export_seconds(model)
    made = sum(artifact.certificate is not None for artifact in pack.artifacts)
    print(f"{pack.id}: {made} files with their certificates in {seconds:.1f} s   bar <= {MOST_SECONDS:g} s")
    return seconds <= MOST_SECONDS


def _report_table(models: Sequence[str], output: Path | None, table: Path) -> bool:
    """Export, write the table, and print what it says; whether it holds its bars."""
    packs: list[zoo.Pack] = []
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as temporary, zoo.Converter() as converter:
        root = output or Path(temporary)
        root.mkdir(parents=True, exist_ok=True)
        for model in models or [pack.id for pack in zoo.list_models() if pack.bundled]:
            start = time.perf_counter()
            pack = export_all(model, root / zoo.get_pack(model).id, converter)
            packs.append(pack)
            rows += rows_of(pack)
            print(f"{pack.id}: {time.perf_counter() - start:.1f} s", flush=True)
            for refused in pack.refused:
                print(f"  {refused['format']} {refused['precision']} {refused['outcome']}: {refused['reason']}")
        write_rows(rows, table)
        lines, held = summary(rows, {pack.id for pack in packs if _convolves(pack)})
    print("\n".join(lines))
    return held


if __name__ == "__main__":
    with plain_errors():
        main()
