"""The tabs to read: Benchmarks, with what every distribution that registered some has measured, and Models."""

from __future__ import annotations

import csv
import itertools
import re
from pathlib import Path

import zoo
from zoo.errors import ZooError
from zoo_demo.models import DrawableModels, pairs
from zoo_demo.views import notice, png_url, render

__all__ = ["model_card", "render_models", "render_reports"]

MAX_ROWS = 1000
MAX_OPEN_ROWS = 60  # a longer table is unfolded by who wants it
MAX_PLOT_BYTES = 2_000_000
MAX_CARD_BYTES = 100_000


def render_reports() -> str:
    """All plots (PNG) and tables (CSV), as HTML; they are read anew every time, and what cannot be read is said."""
    parts = []
    for root in zoo.load_plugins().reports.values():
        for read, pattern in ((_plot, "*.png"), (_table, "*.csv")):
            for path in sorted(root.rglob(pattern)):
                try:
                    parts.append(read(path, _title(path, root)))
                except OSError as error:
                    parts.append(notice(f"{path.name} cannot be read: {error.strerror}.", "problem"))
    return "".join(parts) or notice("No distribution that is installed brings results. Measure some: zoo benchmark")


def _title(path: Path, root: Path) -> str:
    """``full/accuracy_size.png`` as ``Full, accuracy size``; what is named like its folder, by that name alone."""
    parts = dict.fromkeys(path.relative_to(root).with_suffix("").parts)
    return ", ".join(parts).replace("_", " ").capitalize()


def _plot(path: Path, title: str) -> str:
    data = path.read_bytes()
    if len(data) > MAX_PLOT_BYTES:
        return notice(f"{path.name} has {len(data):,} bytes; {MAX_PLOT_BYTES:,} are shown at most.", "problem")
    return render("plot.html", title=title, url=png_url(data))


def _table(path: Path, title: str) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = itertools.islice(csv.reader(file), MAX_ROWS + 2)
        columns = list(zip(head, *rows, strict=True))
    except (ValueError, csv.Error):  # no line at all, lines of different lengths, another encoding, a NUL
        return notice(f"{path.name} is no table.", "problem")
    # What is the same in every row, such as the machine, is said once.
    varied = [column for column in columns if len(rows) < 2 or len(set(column[1:])) > 1]
    fixed = [f"{_name(column[0])} {_short(column[1])}" for column in columns if column not in varied and column[1]]
    return render(
        "table.html",
        title=title,
        file=path.name,
        fixed=", ".join(fixed),
        heads=[_name(column[0]) for column in varied],
        rows=list(zip(*(map(_short, column[1 : MAX_ROWS + 1]) for column in varied), strict=True)),
        is_cut=len(rows) > MAX_ROWS,
        is_long=len(rows) > MAX_OPEN_ROWS,
    )


def _name(column: str) -> str:
    return column.replace("_", " ")


def _short(value: str) -> str:
    """A number with no more digits than anybody reads; anything else as it is."""
    return f"{float(value):.5g}" if re.fullmatch(r"-?\d*\.\d+(e-?\d+)?", value) else value


def render_models(models: DrawableModels) -> str:
    """All models that can be drawn at, as an HTML table."""
    return render("models.html", models=[(pack, pairs(pack)) for pack in models.packs.values()])


def model_card(model: object, models: DrawableModels) -> tuple[str, str]:
    """The card of a pack as Markdown, without what leads into the pack's folder, and its confusion matrix as HTML.

    `model` is what the page has sent, an id.
    """
    try:
        pack = models.find(str(model))
    except ZooError as error:
        return str(error), ""
    try:
        text = (pack.folder / "README.md").read_bytes()[:MAX_CARD_BYTES].decode("utf-8", "replace")
    except OSError:
        text = f"# {pack.id}\n\nThis pack has no card."
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    text = re.sub(r"!\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\[([^\]]*)\]\((?!https?://)[^)]*\)", r"\1", text)
    try:
        picture = (pack.folder / "confusion_matrix.png").read_bytes()
    except OSError:
        return text, ""
    shown = len(picture) <= MAX_PLOT_BYTES
    return text, render("confusion.html", model=pack.id, url=png_url(picture)) if shown else ""
