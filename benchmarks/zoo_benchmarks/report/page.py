"""What came out of a run, to look at: PNG plots, and one HTML file that needs nothing else."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from zoo import whole_file
from zoo_benchmarks.report.plots import PLOTS, Samples, save_plots
from zoo_benchmarks.report.summary import answers, unsteady, with_spread
from zoo_benchmarks.report.table import half_ranges, is_measured, parameter_bytes, read_conditions, row_of

__all__ = ["REPORT", "write_report"]

REPORT = "report.html"
TEMPLATE = Path(__file__).with_name("report.html")

# Heading, column, and how its numbers are shown; None for text.
SHOWN = (
    ("model", "model", None),
    ("runtime", "runtime", None),
    ("precision", "precision", None),
    ("threads", "threads", "d"),
    ("p50 ms", "p50_ms", ".4f"),
    ("p90 ms", "p90_ms", ".4f"),
    ("p99 ms", "p99_ms", ".4f"),
    ("images/s", "images_per_second", ",.0f"),
    ("batch", "batch", "d"),
    ("accuracy", "accuracy", ".2%"),
    ("agreement", "agreement", ".2%"),
    ("bytes", "size_bytes", ",d"),
    ("parameters", "parameters", ",d"),
    ("parameter bytes", "parameter_bytes", ",d"),
    ("multiply-adds", "macs", ",d"),
    ("peak MB", "peak_rss_mb", ".1f"),
    ("import ms", "import_ms", ".1f"),
    ("load ms", "load_ms", ".1f"),
    ("first ms", "first_ms", ".2f"),
    ("overhead", "overhead_ratio", ".3f"),
    ("status", "status", None),
    ("reason", "reason", None),
)


def write_report(folder: Path, cells: Mapping[str, Mapping[str, Any]]) -> Path:
    """Draw a run into its folder: the plots as PNG, and ``report.html``, which holds them and a table to be sorted.

    `cells` are those of the run, as `zoo_benchmarks.report.table.read_cells` gives them. The HTML file, which is
    returned, asks the network for nothing.

    Raises `MissingExtraError` when matplotlib is not installed.
    """
    machine = read_conditions(folder)
    quick = machine["protocol"]["name"] != "full"
    states = [cell for cell in cells.values() if is_measured(cell)]
    rows = [row_of(cell, machine) for cell in states]
    for name in PLOTS:
        (folder / name).unlink(missing_ok=True)
    plots = save_plots(rows, _samples(states), folder, quick=quick)
    text = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        warning=_warnings(quick, states),
        facts="".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in _facts(machine, rows)),
        plots="".join(map(_picture, plots)),
        headers="".join(
            f'<th scope="col"{_class(form)}><button type="button">{heading}</button></th>' for heading, _, form in SHOWN
        ),
        rows="\n".join(_row(row, half_ranges(cell)) for row, cell in zip(rows, states, strict=True)),
    )
    with whole_file(folder / REPORT) as draft:
        draft.write_text(text, encoding="utf-8")
    return folder / REPORT


def _samples(cells: Sequence[Mapping[str, Any]]) -> Samples:
    """Single calls at fp32 and one thread, in milliseconds, by runtime and model."""
    found: dict[str, dict[str, list[float]]] = {}
    for cell in cells:
        if (cell["status"], cell["precision"], cell["threads"]) == ("ok", "fp32", 1):
            times = [ns / 1e6 for one in cell["rounds"] if "single" in one for ns in one["single"]["samples_ns"]]
            if times:
                found.setdefault(cell["runtime"], {})[cell["model"]] = times
    return found


def _warnings(quick: bool, cells: Sequence[Mapping[str, Any]]) -> str:
    texts = ("A quick run: short rounds, for a first look only." if quick else None, unsteady(cells))
    return "".join(f'<p class="warning">{escape(text)}</p>' for text in texts if text)


def _facts(machine: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    protocol = machine["protocol"]
    counts = {status: sum(row["status"] == status for row in rows) for status in ("ok", "failed", "unsupported")}
    return [
        *answers(rows),
        ("cells", ", ".join(f"{number} {status}" for status, number in counts.items())),
        ("protocol", f"{protocol['name']}: {protocol['repeats']} rounds of {protocol['seconds']:g} s each"),
        ("processor", machine["cpu"]),
        ("busy with something else at the start", f"{machine['other_load']:.0%} of all cores"),
        ("from a picture to an image, in no other figure", f"{machine['preprocessing_ms']:.2f} ms"),
        ("versions", ", ".join(f"{name} {version}" for name, version in machine["versions"].items())),
    ]


def _picture(path: Path) -> str:
    data = base64.b64encode(path.read_bytes()).decode()
    title = escape(path.stem.replace("_", " against "))
    return f'<img src="data:image/png;base64,{data}" alt="{title}" width="800" height="800">'


def _row(row: Mapping[str, Any], spreads: Mapping[str, float]) -> str:
    row = {**row, "parameter_bytes": parameter_bytes(row)}
    fields = []
    for position, (_, column, form) in enumerate(SHOWN):
        value = row[column]
        raw = "" if value is None else str(value)
        shown = with_spread(value, spreads.get(column), form) if form else raw
        tag = 'th scope="row"' if position == 0 else "td"
        text = escape(shown).replace(".", "<wbr>.") if position == 0 else escape(shown)  # a phone is narrow
        fields.append(f'<{tag}{_class(form)} data-value="{escape(raw)}">{text}</{tag.split()[0]}>')
    return f"<tr>{''.join(fields)}</tr>"


def _class(form: str | None) -> str:
    return ' class="number"' if form else ""
