"""Pictures of an evaluation."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["confident_mistakes", "draw_confusion_matrix", "draw_contact_sheet", "draw_mistakes"]

MOST = 60  # images on a sheet
COLUMNS = 10
TILE_INCHES = 1.15
NAME_LENGTH = 12  # letters of a class's name
COLORS = 32  # of the picture of a confusion matrix


def draw_confusion_matrix(counts: Sequence[Sequence[int]], classes: Sequence[str], path: Path, *, title: str) -> None:
    """Draw the confusion matrix as a PNG; the mistakes are coloured, since the diagonal would drown them."""
    from PIL import Image

    matrix = np.array(counts)
    mistakes = np.where(np.eye(len(classes), dtype=bool), 0, matrix)
    side = max(4.0, 0.5 * len(classes))
    figure = _figure("Drawing a confusion matrix", (side + 0.5, side + 0.8), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(mistakes, cmap="Reds", vmin=0, vmax=max(1, mistakes.max()) * 1.5)
    for row, column in np.ndindex(matrix.shape):
        if matrix[row, column]:
            weight = "bold" if row == column else "normal"
            axes.text(column, row, str(matrix[row, column]), ha="center", va="center", fontsize=8, fontweight=weight)
    axes.set_xticks(range(len(classes)), classes)
    axes.set_yticks(range(len(classes)), classes)
    axes.set_xlabel("answer")
    axes.set_ylabel("truth")
    axes.set_title(title, fontsize=10)
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=110)
    palette = Image.open(drawn).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
    palette.save(path, "PNG", optimize=True)  # each pack has one: a quarter of the bytes, and nobody sees it


def confident_mistakes(probabilities: np.ndarray, labels: np.ndarray, most: int = MOST) -> np.ndarray:
    """The images that were answered wrongly: positions (m,), the most confident mistake first."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    return wrong[np.argsort(-confidence, kind="stable")[:most]]


def draw_mistakes(
    images: np.ndarray,
    labels: np.ndarray,
    probabilities: np.ndarray,
    classes: Sequence[str],
    path: Path,
    *,
    title: str,
) -> None:
    """Draw the most confident mistakes as a PNG: each image with its truth, the answer and the answer's probability."""
    answers = probabilities.argmax(axis=1)
    mistakes = int((answers != labels).sum())
    chosen = confident_mistakes(probabilities, labels)
    captions = [
        f"{_short(classes[labels[position]])} read as {_short(classes[answers[position]])}\n"
        f"{probabilities[position].max():.1%}, no. {position}"
        for position in chosen
    ]
    shown = f", the {len(chosen)} most confident" if len(chosen) < mistakes else ""
    count = "no mistake" if not mistakes else f"{mistakes:,} mistake{'s' if mistakes > 1 else ''}"
    draw_contact_sheet(images[chosen], captions, path, title=f"{title}: {count} in {len(labels):,} images{shown}")


def draw_contact_sheet(images: np.ndarray, captions: Sequence[str], path: Path, *, title: str) -> None:
    """Draw images with a caption below each, in rows from the top left, as a PNG whose metadata has the title.

    Images (n, height, width, channels) are uint8, or float in [0, 1]; one channel is drawn in grey, three in colour, as
    the model sees them. A caption has one or two lines.
    """
    rows = max(1, math.ceil(len(images) / COLUMNS))
    height = TILE_INCHES * 1.3 * rows + 0.4
    figure = _figure("Drawing a contact sheet", (TILE_INCHES * COLUMNS, height))
    figure.suptitle(title, fontsize=10, y=1 - 0.2 / height, va="center")
    grid = figure.add_gridspec(
        rows, COLUMNS, left=0.01, right=0.99, bottom=0.42 / height, top=1 - 0.4 / height, wspace=0.1, hspace=0.45
    )
    highest = 255 if images.dtype.kind == "u" else 1
    for number, (image, caption) in enumerate(zip(images, captions, strict=True)):
        axes = figure.add_subplot(grid[divmod(number, COLUMNS)])
        pixels = image[..., 0] if image.shape[-1] == 1 else image
        axes.imshow(pixels, cmap="gray", vmin=0, vmax=highest, interpolation="nearest")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_xlabel(caption, fontsize=7, labelpad=3)
    figure.savefig(path, dpi=110, metadata={"Title": title})


def _figure(purpose: str, inches: tuple[float, float], **options: Any) -> Figure:
    """An empty figure of this width and height."""
    try:
        from matplotlib.figure import Figure  # not pyplot: no window system, no global state
    except ModuleNotFoundError as error:
        raise MissingExtraError("matplotlib", "evaluate", purpose) from error
    return Figure(figsize=inches, **options)


def _short(name: str) -> str:
    return name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…"
