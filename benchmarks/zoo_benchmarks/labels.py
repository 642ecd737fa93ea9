"""Names in a plot that lie on no other name, and on as little of what is drawn as may be.

Of the library adjustText, which was tried for this, names overlapped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

__all__ = ["FONT", "label"]

Place = tuple[float, float]

FONT = 8  # points
OFFSETS = [
    (x * distance, y * distance)
    for distance in (4, 12, 24, 40)
    for x, y in ((-1, 0.8), (-0.4, 1.2), (0.4, 1.2), (1, 0.8), (-1, -0.8), (1, -0.8), (-0.4, -1.2), (0.4, -1.2))
]
"""Points from a dot to its name, the nearest first; up and to the left of a point of a front nothing is drawn."""
STEP = 4  # points; between what is looked at of a line


def label(axes: Axes, places: Mapping[str, Place], points: Sequence[Place], line: Sequence[Place] = ()) -> None:
    """Write names beside their places, with a thin line to each.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        On which everything else is drawn, and whose scales and limits are final.
    places : mapping of str to (float, float)
        Where each name belongs. One that finds no room is left out.
    points : sequence of (float, float)
        Which names avoid, those of `places` among them.
    line : sequence of (float, float)
        Corners of a line that names avoid, too.
    """
    import numpy as np
    from matplotlib.transforms import Bbox

    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()  # lays out, so that extents are known
    inside = axes.get_window_extent()
    taken: list[Bbox] = []
    pixels = figure.dpi / 72
    corners = [axes.transData.transform(corner) for corner in line]
    dots = np.concatenate([axes.transData.transform(points), *_along(corners, STEP * pixels)])
    for name, place in places.items():
        text = axes.text(*place, name, fontsize=FONT)
        width, height = text.get_window_extent().size
        text.remove()
        dot = axes.transData.transform(place)
        candidates = []
        for x, y in OFFSETS:
            left = dot[0] + x * pixels - (0 if x > 0 else width)
            bottom = dot[1] + y * pixels - (0 if y > 0 else height)
            box = Bbox.from_bounds(left, bottom, width, height)
            if box.count_overlaps(taken) == 0 and all(map(inside.contains, box.intervalx, box.intervaly)):
                candidates.append((int(box.padded(3 * pixels).count_contains(dots)), x, y, box))
        if candidates:
            _, x, y, box = min(candidates, key=lambda one: one[0])
            taken.append(box)
            axes.annotate(
                name,
                place,
                (x, y),
                textcoords="offset points",
                fontsize=FONT,
                horizontalalignment="left" if x > 0 else "right",
                verticalalignment="bottom" if y > 0 else "top",
                arrowprops={"arrowstyle": "-", "color": "gray", "linewidth": 0.5, "shrinkA": 0, "shrinkB": 2},
            )


def _along(corners: Sequence[np.ndarray], step: float) -> Iterator[np.ndarray]:
    """Points on each piece of a line, (n, 2), at most a step apart."""
    import numpy as np

    for start, end in pairwise(corners):
        yield np.linspace(start, end, 2 + int(np.hypot(*(end - start)) / step))
