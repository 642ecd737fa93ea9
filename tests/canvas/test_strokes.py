"""Strokes become MNIST-like images, whatever their place and size."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import DIGITS, difference, ink_size, mass_centre
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zoo.canvas import IMAGE_SHAPE, SPEC_ID, BlankImageError, from_image, from_strokes, paint
from zoo.canvas.strokes import MAX_POINTS, MAX_STROKES
from zoo.errors import ImageError

coordinates = st.floats(-1e4, 1e4)
strokes_of_any_form = st.lists(
    hnp.arrays(np.float64, st.tuples(st.integers(0, 12), st.just(2)), elements=coordinates), min_size=1, max_size=6
)


def test_packs_know_the_specification_by_its_name() -> None:
    assert SPEC_ID == "mnist-20x20-mass-v1"


@pytest.mark.parametrize("digit", DIGITS)
def test_the_ink_fills_the_box_and_is_centred_by_mass(digit: int) -> None:
    image = from_strokes(DIGITS[digit])
    assert image.shape == IMAGE_SHAPE
    assert image.dtype == np.float32
    assert max(ink_size(image)) in (20, 21)  # 20 pixels that need not begin at the edge of one
    assert mass_centre(image) == pytest.approx((14, 14), abs=0.15)
    assert image.max() == pytest.approx(1)
    assert 0.05 < image.mean() < 0.22  # MNIST: 0.131 on average, 0.076 for the ones


@given(
    digit=st.sampled_from(list(DIGITS)),
    scale=st.floats(1e-3, 1e5),
    x=st.floats(-1e4, 1e4),
    y=st.floats(-1e4, 1e4),
)
def test_place_and_scale_do_not_matter(digit: int, scale: float, x: float, y: float) -> None:
    moved = [stroke * scale + (x, y) for stroke in DIGITS[digit]]
    np.testing.assert_allclose(from_strokes(moved), from_strokes(DIGITS[digit]), atol=1e-2)


@given(strokes_of_any_form)
def test_any_finite_strokes_give_a_sound_image_or_are_blank(strokes: list[np.ndarray]) -> None:
    if sum(map(len, strokes)) == 0:
        with pytest.raises(BlankImageError):
            from_strokes(strokes)
        return
    image = from_strokes(strokes)
    assert image.shape == IMAGE_SHAPE
    assert image.dtype == np.float32
    assert np.isfinite(image).all()
    assert image.min() >= 0
    assert image.max() <= 1
    assert image.sum() > 1


def test_order_and_direction_of_strokes_do_not_matter() -> None:
    reverse = [stroke[::-1] for stroke in reversed(DIGITS[5])]
    assert difference(from_strokes(reverse), from_strokes(DIGITS[5])) < 0.02


def test_y_grows_downwards() -> None:
    bar_on_top = from_strokes(DIGITS[7])[..., 0]
    rows = np.flatnonzero(bar_on_top.sum(axis=1) > 1)
    assert bar_on_top[rows[1]].sum() > 3 * bar_on_top[rows[-2]].sum()


@pytest.mark.parametrize("strokes", [[[(7, 9)]], [[(7, 9), (7, 9)]], [[(7, 9)], [(7, 9)]]])
def test_a_tap_is_a_dot(strokes: list[list[tuple[float, float]]]) -> None:
    image = from_strokes(strokes)
    assert max(ink_size(image)) <= 3
    assert image[14, 14, 0] == 1


def test_a_dot_beside_a_stroke_is_drawn() -> None:
    image = from_strokes([[(0, 0), (0, 100)], [(50, 50)]])
    assert ink_size(image)[1] > 8


def test_a_horizontal_line_stays_a_line() -> None:
    height, width = ink_size(from_strokes([[(3, 5), (90, 5)]]))
    assert height <= 4
    assert width in (20, 21)


def test_a_resting_pen_changes_nothing() -> None:
    stroke = DIGITS[2][0]
    rested = np.concatenate([stroke[:20], np.repeat(stroke[20:21], 5000, axis=0), stroke[20:]])
    assert difference(from_strokes([rested]), from_strokes([stroke])) < 0.02


def test_ink_is_never_cut_off() -> None:
    scribble = np.random.default_rng(0).uniform(0, 4, size=(400, 2))
    image = from_strokes([scribble, [(0, 0), (100, 0)]])
    assert ink_size(image)[1] in (20, 21)


@pytest.mark.parametrize("extent", [1e308, 1e-300, 5e-324])
def test_extreme_units(extent: float) -> None:
    image = from_strokes([[(-extent, -extent), (extent, extent)]])
    assert difference(image, from_strokes([[(-1, -1), (1, 1)]])) < 1e-3


def test_the_most_points_allowed_are_drawn() -> None:
    scribble = np.random.default_rng(0).uniform(size=(MAX_POINTS, 2))
    assert from_strokes([scribble]).mean() > 0.4


@pytest.mark.parametrize("strokes", [[], [[]], [[], []], [np.empty((0, 2))], np.empty((0, 5, 2))])
def test_nothing_drawn(strokes: list[list[float]]) -> None:
    with pytest.raises(BlankImageError, match="Nothing is drawn"):
        from_strokes(strokes)


@pytest.mark.parametrize(
    ("strokes", "message"),
    [
        ([[(0, 0), (np.nan, 1)]], "Stroke 0 has a coordinate that is not a finite number"),
        ([[(0, 0)], [(np.inf, 1)]], "Stroke 1 has a coordinate that is not a finite number"),
        ([[(0, 0, 0)]], r"Stroke 0 has shape \(1, 3\)"),
        ([[1.0, 2.0]], r"Stroke 0 has shape \(2,\)"),
        ([(1.0, 2.0), 3.0], r"Stroke 0 has shape \(2,\)"),
        ([3.0], r"Stroke 0 has shape \(\)"),
        ([[(0, 0), (1,)]], "Stroke 0 is not an array of numbers"),
        ([["a", "b"]], "Stroke 0 is not an array of numbers"),
        ([[{"x": 1, "y": 2}]], "Stroke 0 is not an array of numbers"),
        ([None], "Stroke 0"),
        ([[(10**400, 0)]], "Stroke 0 is not an array of numbers"),
        ("strokes", "not str"),
        (None, "not NoneType"),
        (5, "not int"),
        ([[(0, 0)]] * (MAX_STROKES + 1), "More than 1,000 strokes"),
        ([np.zeros((MAX_POINTS, 2)), [(0, 0)]], "More than 100,000 points"),
    ],
)
def test_bad_strokes_are_refused(strokes: object, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        from_strokes(strokes)  # type: ignore[arg-type]


# -- what a drawing surface shows of strokes, and that the canvas reads it as the strokes themselves -----------------

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
