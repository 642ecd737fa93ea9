"""Files and uploads are opened safely, and refused with a reason."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from drawing import DIGITS, brush
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from zoo.canvas import files, open_image, raw_image
from zoo.errors import ImageError

SEVEN = brush(DIGITS[7], 14)


def encoded(image: Image.Image, file_format: str = "PNG", **options: object) -> bytes:
    """The bytes of an image file."""
    file = io.BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def png_of_size(width: int, height: int) -> bytes:
    """A grey PNG that claims a size; its pixels are zeros, compressed as they come."""
    packer = zlib.compressobj(1)
    rows = b"".join(packer.compress(bytes(width + 1)) for _ in range(height)) + packer.flush()

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_path_text_bytes_and_streams_open_alike(tmp_path: Path) -> None:
    path = tmp_path / "seven.png"
    SEVEN.save(path)
    with path.open("rb") as stream:
        opened = [open_image(source) for source in (path, str(path), path.read_bytes(), stream)]
        assert not stream.closed
    for image in opened:
        assert image.tobytes() == SEVEN.tobytes()


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM"])
def test_formats(file_format: str) -> None:
    assert open_image(encoded(SEVEN, file_format)).size == SEVEN.size


def test_a_photo_with_a_second_view_is_one_photo() -> None:
    data = encoded(SEVEN.convert("RGB"), "MPO", save_all=True, append_images=[Image.new("RGB", SEVEN.size)])
    np.testing.assert_allclose(np.asarray(open_image(data).convert("L")), np.asarray(SEVEN), atol=40)


def test_exif_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter clockwise to be seen upright
    image = open_image(encoded(Image.new("RGB", (40, 20)), "JPEG", exif=exif))
    assert image.size == (20, 40)


def test_a_huge_png_is_refused_from_its_header() -> None:
    data = png_of_size(20_000, 20_000)
    tracemalloc.start()
    with pytest.raises(ImageError, match="pixels"):
        open_image(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6  # its pixels would take 400 MB


def test_just_more_pixels_than_allowed() -> None:
    with pytest.raises(ImageError, match=r"5001 x 5000 = 25,005,000 pixels. Allowed are 25,000,000"):
        open_image(png_of_size(5001, 5000))


def test_a_file_larger_than_allowed(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(files.MAX_FILE_BYTES + 1)
    for source in (path, path.read_bytes()):
        with pytest.raises(ImageError, match=r"too large.*33,554,432"):
            open_image(source)
    with path.open("rb") as stream, pytest.raises(ImageError, match="too large"):
        open_image(stream)


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_several_frames_are_refused(file_format: str) -> None:
    data = encoded(SEVEN, file_format, save_all=True, append_images=[brush(DIGITS[2], 14)])
    with pytest.raises(ImageError, match=r"2 frames.*still image"):
        open_image(data)


def test_sources_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("not a picture")
    os.mkfifo(tmp_path / "pipe")
    closed = io.BytesIO(b"x")
    closed.close()
    for source, message in [
        (tmp_path, "is a folder"),
        (tmp_path / "missing.png", "does not exist"),
        (tmp_path / "empty.png", "is empty"),
        (tmp_path / "text.png", r"not a picture .* formats: PNG"),
        (tmp_path / "pipe", "not a regular file"),
        ("a\0b", "cannot be read|does not exist"),
        ("x" * 5000, "cannot be read|does not exist"),
        (b"", "is empty"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "not a picture"),
        (io.StringIO("text"), "binary mode"),
        (closed, "cannot be read"),
        (None, "Received: NoneType"),
        (3, "Received: int"),
    ]:
        with pytest.raises(ImageError, match=message):
            open_image(source)  # type: ignore[arg-type]


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM"])
def test_a_truncated_file(file_format: str) -> None:
    data = encoded(Image.effect_noise((200, 200), 90), file_format)
    with pytest.raises(ImageError, match=r"damaged or cut off|not a picture"):
        open_image(data[: len(data) // 2])


@settings(max_examples=150, deadline=None)
@given(
    file_format=st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM"]),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=20),
)
def test_a_corrupt_file_opens_or_is_refused(file_format: str, changes: list[tuple[float, int]]) -> None:
    data = bytearray(encoded(SEVEN.resize((40, 40)), file_format))
    for place, value in changes:
        data[int(place * len(data))] = value
    try:
        image = open_image(bytes(data))
    except ImageError:
        return
    assert image.width * image.height <= files.MAX_IMAGE_PIXELS


def test_importing_costs_little() -> None:
    code = (
        "import sys, zoo.canvas; assert 'PIL' not in sys.modules and 'numpy' not in sys.modules;"
        "from zoo.canvas import from_image, from_strokes, open_image, raw_image;"
        "bad = {'tensorflow', 'keras', 'scipy', 'cv2', 'matplotlib', 'sklearn'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# -- raw_image changes colours and size, and nothing else ----------------------------------------------------------

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
