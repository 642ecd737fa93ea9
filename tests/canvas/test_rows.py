"""Rows of digits: each is told apart from its neighbours, and none is cut."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from zoo.canvas import BlankImageError, from_image, split_image, split_strokes
from zoo.errors import ImageError

# In a box of 100 x 100: what is drawn in one stroke, and what people draw in two that may not touch.
ONE = [[(10, 0), (10, 100)]]
SEVEN = [[(0, 0), (60, 0), (20, 100)], [(5, 50), (50, 50)]]
FIVE = [[(10, 0), (5, 45), (50, 60), (40, 95), (0, 100)], [(14, 0), (60, 0)]]
FOUR = [[(30, 0), (0, 60), (60, 60)], [(64, 20), (64, 100)]]  # its strokes do not meet
DIGITS: dict[str, Any] = {"1": ONE, "7": SEVEN, "5": FIVE, "4": FOUR}


def row(text: str, gap: float = 20, size: float = 1) -> list[list[np.ndarray]]:
    """The strokes of each digit of a number."""
    placed, left = [], 0.0
    for name in text:
        strokes = [np.array(stroke, dtype=float) * size for stroke in DIGITS[name]]
        placed.append([stroke + np.array([left, 0]) for stroke in strokes])
        left = max(stroke[:, 0].max() for stroke in placed[-1]) + gap * size
    return placed


def picture(strokes: list[np.ndarray], width: int = 8, dark: bool = True) -> Image.Image:
    points = np.concatenate(strokes)
    side = (points.max(axis=0) + 40).astype(int)
    image = Image.new("L", (int(side[0]), int(side[1])), 240 if dark else 10)
    draw = ImageDraw.Draw(image)
    for stroke in strokes:
        draw.line([(x + 20, y + 20) for x, y in stroke], fill=20 if dark else 250, width=width)
    return image


@given(
    text=st.text(alphabet="1754", min_size=1, max_size=6),
    size=st.floats(0.01, 100),
    order=st.randoms(use_true_random=False),
)
def test_strokes_come_back_by_digit(text: str, size: float, order: Any) -> None:
    """Whatever the size, and in whatever order the strokes were drawn."""
    digits = row(text, size=size)
    strokes = [(place, stroke) for place, digit in enumerate(digits) for stroke in digit]
    order.shuffle(strokes)
    found = split_strokes([stroke for _, stroke in strokes])
    assert [len(digit) for digit in found] == [len(digit) for digit in digits]
    for got, expected in zip(found, digits, strict=True):
        assert {stroke.tobytes() for stroke in got} == {stroke.tobytes() for stroke in expected}


@pytest.mark.parametrize("name", DIGITS)
def test_one_digit_stays_whole(name: str) -> None:
    assert len(split_strokes(DIGITS[name])) == 1
    image = picture([np.array(stroke, dtype=float) * 2 for stroke in DIGITS[name]])
    assert split_image(image) == [image]


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("text", ["17", "7517", "111", "47"])
def test_pictures_are_cut_between_the_digits(text: str, dark: bool) -> None:
    image = picture([stroke for digit in row(text, size=2) for stroke in digit], dark=dark)
    parts = split_image(image)
    assert len(parts) == len(text)
    assert sum(part.width for part in parts) == image.width
    for name, part in zip(text, parts, strict=True):
        alone = from_image(picture([np.array(stroke, dtype=float) * 2 for stroke in DIGITS[name]], dark=dark))
        assert np.abs(from_image(part) - alone).mean() < 0.03


def test_dots_and_specks_are_no_digits() -> None:
    assert len(split_strokes([*ONE, [(60, 50)]])) == 1
    image = picture([np.array(ONE[0], dtype=float) * 2, np.array([(120, 90), (122, 92)], dtype=float)], width=4)
    assert len(split_image(image)) == 1


def test_nothing_and_nonsense() -> None:
    with pytest.raises(BlankImageError):
        split_strokes([])
    with pytest.raises(ImageError, match="Stroke 0"):
        split_strokes([[(1, 2, 3)]])
    with pytest.raises(BlankImageError):
        split_image(Image.new("L", (50, 50), 255))
