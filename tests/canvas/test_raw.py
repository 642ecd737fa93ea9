"""raw_image changes colours and size, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import zoo.canvas
from zoo.canvas import raw_image
from zoo.errors import ImageError

SHADES = np.arange(784, dtype=np.float32).reshape(28, 28) // 4


def test_an_image_of_the_right_kind_is_only_scaled_to_one() -> None:
    image = raw_image(Image.fromarray(SHADES.astype(np.uint8)), (28, 28, 1))
    assert image.shape == (28, 28, 1)
    assert image.dtype == np.float32
    np.testing.assert_array_equal(image[..., 0], SHADES / np.float32(255))


def test_colours_and_size() -> None:
    image = raw_image(Image.new("RGB", (100, 50), (255, 0, 51)), (8, 16, 3))
    assert image.shape == (8, 16, 3)
    np.testing.assert_allclose(image[3, 3], (1, 0, 0.2), atol=1e-6)
    assert raw_image(Image.new("L", (9, 9), 51), (4, 4, 3))[0, 0] == pytest.approx([0.2] * 3)
    assert raw_image(Image.new("RGB", (9, 9), (51, 51, 51)), (4, 4, 1))[0, 0] == pytest.approx([0.2])


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (Image.new("RGBA", (5, 5), (255, 255, 255, 0)), 0),
        (Image.new("CMYK", (5, 5), (0, 0, 0, 0)), 1),
        (Image.new("1", (5, 5), 1), 1),
        (Image.new("I;16", (5, 5), 65535), 1),
        (Image.new("I", (5, 5), 65535), 1),
        (Image.new("F", (5, 5), 0.5), 0.5),
        (Image.new("F", (5, 5), 7.0), 1),
    ],
)
def test_every_mode_has_a_fixed_range(picture: Image.Image, expected: float) -> None:
    np.testing.assert_allclose(raw_image(picture, (5, 5, 1)), expected)


def test_bad_pictures_are_refused() -> None:
    with pytest.raises(ImageError, match="not finite"):
        raw_image(Image.new("F", (5, 5), float("nan")), (28, 28, 1))
    with pytest.raises(ImageError, match="has pixels"):
        raw_image(Image.new("L", (0, 5)), (28, 28, 1))


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 2), (0, 28, 1), (28, 28, 1, 1)])
def test_bad_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImageError, match="image_shape must be"):
        raw_image(Image.new("L", (5, 5)), shape)  # type: ignore[arg-type]


def test_public_names() -> None:
    assert [name for name in zoo.canvas.__all__ if not hasattr(zoo.canvas, name)] == []
    assert zoo.canvas.SPEC_ID == "mnist-20x20-mass-v1"
    with pytest.raises(AttributeError, match="no attribute 'from_video'"):
        zoo.canvas.from_video  # noqa: B018
