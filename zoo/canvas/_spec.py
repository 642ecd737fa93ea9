"""The figures and the two steps that strokes and pixels share, so that both end in the same kind of image.

They describe MNIST as its authors made it (LeCun, Bottou, Bengio, Haffner: "Gradient-Based Learning Applied to
Document Recognition", 1998, section III-A): the ink scaled to a 20x20 box with its aspect ratio kept, the grey
levels left by anti-aliasing, the centre of mass in the middle of a 28x28 field.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = [
    "BOX_SIZE",
    "CENTRE",
    "EDGE_WIDTH",
    "IMAGE_SHAPE",
    "IMAGE_SIZE",
    "PEN_WIDTH",
    "SPEC_ID",
    "FloatArray",
    "centre_of_mass",
    "centring_shift",
    "ink",
]

FloatArray = npt.NDArray[np.float32]

SPEC_ID = "mnist-20x20-mass-v1"
"""Name of this specification, for the manifest of a pack; another number below means another name."""

IMAGE_SIZE = 28
"""Side of the finished image, in pixels."""

IMAGE_SHAPE = (IMAGE_SIZE, IMAGE_SIZE, 1)
"""Shape of the finished image: height, width, channels."""

BOX_SIZE = 20.0
"""Longer side of the box that the ink fills, pen width included, in pixels."""

CENTRE = 14.5
"""Where the centre of mass goes, in pixels from the left and upper edge.

Not 14: over MNIST's training images the centre of mass is at pixel *index* 14.00 +- 0.29 on both axes, which is
the middle of the fifteenth pixel.
"""

PEN_WIDTH = 2.5
"""Width of the pen, in pixels.

With it, digits that people drew have as much ink as MNIST's training images: a mean of 0.1305 against 0.1307.
"""

EDGE_WIDTH = 1.2
"""Width of the ramp from no ink to full ink across the edge of a stroke, in pixels.

With it, inked pixels have the mean level of MNIST's: 0.678 against 0.683.
"""


def ink(depth: FloatArray) -> FloatArray:
    """Grey level, in [0, 1], at a depth under the edge of the ink, in pixels of the finished image."""
    level: FloatArray = np.clip(depth * np.float32(1 / EDGE_WIDTH) + np.float32(0.5), 0, 1)
    return level


def centre_of_mass(drawing: FloatArray, pixel: float) -> FloatArray:
    """Centre of mass (x, y) of a drawing (height, width) that has ink, whose pixels have this side.

    The side and the result are in pixels of the finished image.
    """
    columns, rows = drawing.sum(axis=0), drawing.sum(axis=1)
    x = columns @ (np.arange(columns.size, dtype=np.float32) + np.float32(0.5)) / columns.sum()
    y = rows @ (np.arange(rows.size, dtype=np.float32) + np.float32(0.5)) / rows.sum()
    return np.array([x, y], dtype=np.float32) * np.float32(pixel)


def centring_shift(centre: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """How far to move a drawing so that its centre of mass is in the middle and none of its ink is cut off.

    From centre of mass, upper left and lower right corner of the ink; each (x, y) in pixels of the finished image.
    """
    # A blob at the end of a long line has its centre of mass so far out that the line would leave the field.
    shift: FloatArray = np.clip(np.float32(CENTRE) - centre, -lower, IMAGE_SIZE - upper)
    return shift
