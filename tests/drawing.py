"""Digits to draw in tests, and a brush to draw them with, as a demo's canvas would."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Strokes = list[npt.NDArray[np.float64]]


def _arc(
    x: float, y: float, rx: float, ry: float, start: float, stop: float, points: int = 40
) -> list[tuple[float, float]]:
    """Points on an ellipse; angles in turns, clockwise as y grows downwards."""
    turns = np.linspace(start, stop, 40) * 2 * np.pi
    return list(zip((x + rx * np.cos(turns)).tolist(), (y + ry * np.sin(turns)).tolist(), strict=True))


# x from 0 to 1, y from 0 (top) to 1.
DIGITS: dict[int, Strokes] = {
    digit: [np.array(stroke, dtype=np.float64) for stroke in strokes]
    for digit, strokes in {
        0: [_arc(0.5, 0.5, 0.33, 0.5, 0, 1)],
        1: [[(0.45, 0.0), (0.5, 1.0)]],
        2: [[*_arc(0.5, 0.27, 0.33, 0.27, 0.5, 1.1), (0.15, 1.0), (0.85, 1.0)]],
        3: [[*_arc(0.45, 0.25, 0.3, 0.25, 0.55, 1.25), *_arc(0.45, 0.75, 0.33, 0.25, -0.25, 0.45)]],
        4: [[(0.35, 0.0), (0.1, 0.6), (0.9, 0.6)], [(0.7, 0.2), (0.65, 1.0)]],
        5: [[(0.25, 0.0), (0.2, 0.45), *_arc(0.45, 0.7, 0.35, 0.3, 0.65, 1.4)], [(0.25, 0.0), (0.8, 0.0)]],
        7: [[(0.1, 0.0), (0.85, 0.0), (0.35, 1.0)]],
        9: [[*_arc(0.5, 0.3, 0.3, 0.3, 0, 1), (0.75, 1.0)]],
    }.items()
}


def brush(
    strokes: Strokes,
    width: float,
    size: float = 180,
    at: tuple[float, float] = (50, 50),
    canvas: int = 280,
    ink: int = 0,
    paper: int = 255,
) -> Image.Image:
    """Draw strokes in the unit square with a round, anti-aliased brush; all lengths in pixels of the canvas."""
    fine = 3
    image = Image.new("L", (canvas * fine, canvas * fine), paper)
    draw = ImageDraw.Draw(image)
    radius = width * fine / 2
    for stroke in strokes:
        path = [((at[0] + x * size) * fine, (at[1] + y * size) * fine) for x, y in stroke.tolist()]
        draw.line(path, fill=ink, width=round(width * fine))
        for x, y in path:
            draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=ink)
    return image.resize((canvas, canvas), Image.Resampling.BOX)


def difference(first: npt.NDArray[np.float32], second: npt.NDArray[np.float32]) -> float:
    """Share of the ink in which two images differ: 0 for equal ones, 2 for disjoint ones."""
    return float(np.abs(first - second).sum() / ((first.sum() + second.sum()) / 2))


def mass_centre(image: npt.NDArray[np.float32]) -> tuple[float, float]:
    """Row and column of the centre of mass, as pixel indices."""
    index = np.arange(28)
    total = float(image.sum())
    return float(image[..., 0].sum(axis=1) @ index) / total, float(image[..., 0].sum(axis=0) @ index) / total


def ink_size(image: npt.NDArray[np.float32]) -> tuple[int, int]:
    """Height and width of the box of ink that is more than a quarter black."""
    inked = image[..., 0] > 0.25
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    return int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
