"""Pictures become MNIST-like images, whatever their brush, place, polarity and mode."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable

import numpy as np
import pytest
from drawing import DIGITS, brush, difference, ink_size, mass_centre
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageChops, ImageOps

from zoo.canvas import IMAGE_SHAPE, BlankImageError, from_image, from_strokes
from zoo.errors import ImageError

SEVEN = brush(DIGITS[7], 14)
"""Black on white, mode L."""

digits = st.sampled_from(list(DIGITS))


@settings(max_examples=150, deadline=None)
@given(
    digit=digits,
    width=st.floats(4, 32),
    size=st.floats(120, 220),
    x=st.floats(0, 1),
    y=st.floats(0, 1),
)
def test_brush_place_and_size_do_not_matter(digit: int, width: float, size: float, x: float, y: float) -> None:
    room = 280 - size - width - 4
    at = (width / 2 + 2 + x * room, width / 2 + 2 + y * room)
    width = min(width, size / 6)  # beyond that the loops of a 2 or 9 close
    image = from_image(brush(DIGITS[digit], width, size, at))
    assert difference(image, from_strokes(DIGITS[digit])) < 0.3
    assert max(ink_size(image)) in (19, 20, 21)
    assert mass_centre(image) == pytest.approx((14, 14), abs=0.1)


@settings(max_examples=50, deadline=None)
@given(digit=digits, dark=st.integers(0, 90), light=st.integers(130, 255))
def test_polarity_and_contrast_do_not_matter(digit: int, dark: int, light: int) -> None:
    dark_on_light = from_image(brush(DIGITS[digit], 12, ink=dark, paper=light))
    light_on_dark = from_image(brush(DIGITS[digit], 12, ink=light, paper=dark))
    assert difference(dark_on_light, light_on_dark) < 0.25
    assert difference(dark_on_light, from_strokes(DIGITS[digit])) < 0.25


@settings(max_examples=150, deadline=None)
@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(1, 4))),
)
def test_any_picture_gives_a_sound_image_or_an_error(pixels: np.ndarray) -> None:
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[pixels.shape[2]]
    picture = Image.frombytes(mode, (pixels.shape[1], pixels.shape[0]), pixels.tobytes())
    try:
        image = from_image(picture)
    except ImageError:
        return
    assert image.shape == IMAGE_SHAPE
    assert image.dtype == np.float32
    assert np.isfinite(image).all()
    assert image.min() >= 0
    assert image.max() <= 1
    assert image.sum() > 1


def _transparent(colour: tuple[int, int, int]) -> Callable[[Image.Image], Image.Image]:
    def paint(picture: Image.Image) -> Image.Image:
        """The ink in the alpha channel, nothing behind it."""
        painted = Image.new("RGBA", picture.size, (*colour, 255))
        painted.putalpha(ImageOps.invert(picture))
        return painted

    return paint


def _sheet_with_cut_corners(picture: Image.Image) -> Image.Image:
    sheet = picture.convert("RGBA")
    alpha = np.full((picture.height, picture.width), 255, dtype=np.uint8)
    alpha[:30, :30] = alpha[-30:, -30:] = 0
    sheet.putalpha(Image.fromarray(alpha))
    return sheet


def _coloured(ink: tuple[int, int, int], paper: tuple[int, int, int]) -> Callable[[Image.Image], Image.Image]:
    def paint(picture: Image.Image) -> Image.Image:
        return Image.composite(Image.new("RGB", picture.size, paper), Image.new("RGB", picture.size, ink), picture)

    return paint


def _palette_with_transparency(picture: Image.Image) -> Image.Image:
    palette = picture.convert("P")
    palette.info["transparency"] = int(np.asarray(palette)[0, 0])
    return palette


def _sixteen_bit(picture: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(picture, dtype=np.uint16) * 16)  # as of a 12-bit scanner


def _speckled(picture: Image.Image) -> Image.Image:
    pixels = np.array(picture)
    for row, column in np.random.default_rng(0).integers(3, 277, (20, 2)):
        pixels[row : row + 3, column : column + 3] = 0
    return Image.fromarray(pixels)


def _lit(
    light: Callable[[np.ndarray, np.ndarray], np.ndarray], noise: float = 6
) -> Callable[[Image.Image], Image.Image]:
    def shoot(picture: Image.Image) -> Image.Image:
        """As photographed: pencil on paper under that light (x, y -> share), with noise, as a JPEG file."""
        y, x = np.mgrid[: picture.height, : picture.width] / picture.height
        paper = 60 + np.asarray(picture, dtype=np.float64) / 255 * 170
        grain = np.random.default_rng(0).normal(0, 6, paper.shape)
        file = io.BytesIO()
        Image.fromarray(np.clip(paper * light(x, y) + grain, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=50)
        return Image.open(file)

    return shoot


@pytest.mark.parametrize(
    "convert",
    [
        pytest.param(lambda picture: picture.convert("1"), id="1-bit"),
        pytest.param(lambda picture: picture.convert("P"), id="palette"),
        pytest.param(_palette_with_transparency, id="palette-transparent"),
        pytest.param(lambda picture: picture.convert("CMYK"), id="CMYK"),
        pytest.param(lambda picture: picture.convert("YCbCr"), id="YCbCr"),
        pytest.param(lambda picture: picture.convert("HSV"), id="HSV"),
        pytest.param(lambda picture: Image.frombytes("LAB", (280, 280), picture.convert("RGB").tobytes()), id="LAB"),
        pytest.param(lambda picture: picture.convert("LA"), id="LA"),
        pytest.param(lambda picture: picture.convert("RGBA").convert("RGBa"), id="RGBa"),
        pytest.param(lambda picture: picture.convert("I"), id="I"),
        pytest.param(lambda picture: picture.convert("F"), id="F"),
        pytest.param(_sixteen_bit, id="I;16"),
        pytest.param(lambda picture: Image.fromarray(np.asarray(picture, dtype=np.float32) / 255), id="F-to-1"),
        pytest.param(_transparent((0, 0, 0)), id="black-on-nothing"),
        pytest.param(_transparent((255, 255, 255)), id="white-on-nothing"),
        pytest.param(_transparent((40, 90, 220)), id="blue-on-nothing"),
        pytest.param(_sheet_with_cut_corners, id="on-a-sheet-with-cut-corners"),
        pytest.param(_coloured((255, 0, 0), (0, 130, 0)), id="red-on-green-of-equal-luminance"),
        pytest.param(_coloured((250, 220, 40), (255, 255, 255)), id="yellow-on-white"),
        pytest.param(_speckled, id="specks"),
        pytest.param(_lit(lambda x, y: np.ones_like(x)), id="photo"),
        pytest.param(_lit(lambda x, y: 1 - 0.35 * x - 0.25 * y), id="photo-lit-from-a-side"),
        pytest.param(_lit(lambda x, y: 1 - 0.8 * ((x - 0.5) ** 2 + (y - 0.5) ** 2)), id="photo-dark-corners"),
        pytest.param(_lit(lambda x, y: np.where(x + 0.3 * y > 0.6, 0.55, 1)), id="photo-with-a-shadow"),
        pytest.param(lambda picture: picture.crop((43, 43, 209, 237)), id="cropped-to-the-ink"),
        pytest.param(lambda picture: ImageOps.expand(picture, (2000, 900, 300, 2500), 255), id="small-on-a-large-page"),
        pytest.param(lambda picture: picture.resize((40, 40)), id="40x40"),
    ],
)
def test_every_kind_of_picture_shows_the_same_digit(convert: Callable[[Image.Image], Image.Image]) -> None:
    assert difference(from_image(convert(SEVEN)), from_image(SEVEN)) < 0.3


def test_an_image_of_the_kind_is_left_almost_as_it_is() -> None:
    once = from_image(SEVEN)
    again = from_image(Image.fromarray((once[..., 0] * 255).astype(np.uint8)))
    assert difference(once, again) < 0.2


@settings(max_examples=40, deadline=None)
@given(
    page=st.tuples(st.integers(60, 1500), st.integers(60, 1500)),
    spot=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    at=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_a_spot_anywhere_on_a_page_is_found(
    page: tuple[int, int], spot: tuple[int, int], at: tuple[float, float]
) -> None:
    picture = Image.new("L", page, 255)
    left, upper = (int(share * (outer - inner)) for share, outer, inner in zip(at, page, spot, strict=True))
    picture.paste(0, (left, upper, left + spot[0], upper + spot[1]))
    with contextlib.suppress(BlankImageError):  # a pixel in a million may pass for dust
        assert from_image(picture).sum() > 1


def test_a_hair_line_on_a_large_canvas() -> None:
    assert difference(from_image(brush(DIGITS[2], 1, 800, (100, 100), canvas=1000)), from_strokes(DIGITS[2])) < 0.3


def test_a_tap_is_a_dot_as_from_strokes() -> None:
    tap = [np.array([(0.5, 0.5)])]
    assert difference(from_image(brush(tap, 24)), from_strokes(tap)) < 0.2


def test_a_brush_pressed_unevenly_keeps_its_thin_parts() -> None:
    down, across = np.array([(0.1, 0.0), (0.1, 1.0)]), np.array([(0.1, 0.5), (1.0, 0.5)])
    picture = ImageChops.darker(brush([down], 26), brush([across], 7))
    image = from_image(picture)[..., 0]
    columns = np.flatnonzero((image > 0.5).any(axis=0))
    assert columns[-1] - columns[0] > 14


@pytest.mark.parametrize("size", [(300, 5), (5, 300), (3000, 1), (2, 2), (17, 3)])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_noise_in_odd_shapes_is_survived(size: tuple[int, int], share: float) -> None:
    pixels = np.random.default_rng(0).random(size) < share
    with contextlib.suppress(BlankImageError):
        assert np.isfinite(from_image(Image.fromarray(pixels))).all()


def test_the_picture_is_not_changed() -> None:
    picture = SEVEN.copy()
    from_image(picture)
    assert picture.tobytes() == SEVEN.tobytes()
    assert picture.mode == "L"


def _noisy_page(seed: int) -> Image.Image:
    y, x = np.mgrid[:280, :280] / 280
    page = 200 - 60 * x - 30 * y + np.random.default_rng(seed).normal(0, 8, x.shape)
    return Image.fromarray(page.astype(np.uint8))


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(Image.new("L", (280, 280), 255), id="white"),
        pytest.param(Image.new("RGB", (280, 280), (30, 60, 90)), id="one-colour"),
        pytest.param(Image.new("RGBA", (280, 280), (255, 255, 255, 0)), id="transparent"),
        pytest.param(Image.new("RGBA", (280, 280), (0, 0, 0, 128)), id="half-transparent"),
        pytest.param(Image.new("1", (280, 280)), id="1-bit"),
        pytest.param(Image.new("F", (280, 280), 0.5), id="float"),
        pytest.param(Image.new("I;16", (280, 280), 999), id="16-bit"),
        pytest.param(Image.new("L", (1, 1), 7), id="1x1"),
        pytest.param(Image.new("L", (0, 5)), id="no-pixels"),
        pytest.param(_noisy_page(0), id="photo-of-a-blank-page"),
    ],
)
def test_nothing_drawn(picture: Image.Image) -> None:
    with pytest.raises(BlankImageError, match="Nothing is drawn"):
        from_image(picture)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_pixels_that_are_no_numbers_are_refused(value: float) -> None:
    pixels = np.zeros((20, 20), dtype=np.float32)
    pixels[3, 3] = value
    with pytest.raises(ImageError, match="not finite numbers"):
        from_image(Image.fromarray(pixels))
