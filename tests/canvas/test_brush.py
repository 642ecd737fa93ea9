"""A drawing surface: what it shows of strokes, and that the canvas reads it as it reads the strokes themselves."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.canvas import from_image, from_strokes, paint
from zoo.errors import ImageError

SEVEN = [[(60.0, 60.0), (200.0, 60.0), (120.0, 230.0)]]


@pytest.mark.parametrize("width", [4, 12, 28])
def test_a_line_is_as_wide_as_the_brush(width: int) -> None:
    picture = 1 - np.asarray(paint([[(20, 140), (260, 140)]], width)) / 255
    assert picture.shape == (280, 280)
    assert picture[:, 140].sum() == pytest.approx(width, abs=0.6)
    assert picture[140].sum() == pytest.approx(240 + width, abs=1.5)  # round ends


def test_one_point_is_a_dot() -> None:
    picture = 1 - np.asarray(paint([[(50, 60)]], 20, 100)) / 255
    assert picture.sum() == pytest.approx(np.pi * 10**2, rel=0.06)


@pytest.mark.parametrize("width", [6, 18])
def test_the_canvas_reads_the_same_from_the_picture(width: int) -> None:
    assert np.abs(from_image(paint(SEVEN, width)) - from_strokes(SEVEN)).mean() < 0.03


def test_what_is_no_brush() -> None:
    with pytest.raises(ImageError, match="A brush 0 wide on a picture of side 280: both must be above 0"):
        paint(SEVEN, 0)
