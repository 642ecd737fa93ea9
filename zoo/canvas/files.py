"""Files and uploads -> pictures, opened without trusting them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from zoo.canvas._gray import describe
from zoo.errors import ImageError

__all__ = ["EXTENSIONS", "FORMATS", "MAX_FILE_BYTES", "MAX_IMAGE_PIXELS", "open_image", "raw_image"]

MAX_FILE_BYTES = 32 * 1024 * 1024
"""Largest file that is read."""

MAX_IMAGE_PIXELS = 25_000_000
"""Most pixels (width x height) that are decoded: a photo of a current phone, 75 MB once it is decoded to RGB."""

EXTENSIONS = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
"""Names of files that are looked at in a folder, in lower case."""

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
"""Pillow's names of the formats that are opened. Others run programs (EPS), or hide a second size (ICO)."""


def open_image(source: str | Path | bytes | BinaryIO, *, max_pixels: int = MAX_IMAGE_PIXELS) -> Image.Image:
    """Open and decode a picture from a file, its bytes, or a binary stream.

    Parameters
    ----------
    source : str, Path, bytes or binary file object
        A path as text or Path; the file's bytes; or a stream, which is read from where it is and left open.
    max_pixels : int
        Most pixels (width x height) that are decoded.

    Returns
    -------
    PIL.Image.Image
        Decoded, turned as its EXIF orientation says, in the mode of the file.

    Raises
    ------
    ImageError
        The file is missing, a folder, empty, larger than `MAX_FILE_BYTES`, no image of one of `FORMATS`, damaged, has
        more than `max_pixels` pixels (known from its header, before anything is decoded), or several frames.
    """
    name, data = _read(source)
    if not data:
        raise ImageError(f"{name} is empty (0 bytes). Give a picture in one of these formats: {', '.join(FORMATS)}.")
    if len(data) > MAX_FILE_BYTES:
        raise ImageError(_too_large(name, f"more than {MAX_FILE_BYTES:,} bytes"))
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        width, height = image.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(_too_many_pixels(name, str(error), max_pixels)) from error
    except Exception as error:  # on malformed bytes Pillow's readers raise nearly anything
        raise ImageError(
            f"{name} ({len(data):,} bytes) is not a picture that can be opened. "
            f"Give one in one of these formats: {', '.join(FORMATS)}."
        ) from error
    if width * height > max_pixels:
        raise ImageError(_too_many_pixels(name, f"{width} x {height} = {width * height:,} pixels", max_pixels))
    try:
        # MPO, which Pillow finds inside JPEG, is one photo of a phone and after it a second view or a depth map of it.
        frames = 1 if image.format == "MPO" else int(getattr(image, "n_frames", 1))
        if frames > 1:
            raise ImageError(
                f"{name} is animated or has several pages: {frames} frames, and one is allowed. "
                "Save the frame that shows the digit as a still image (PNG)."
            )
        image.load()
        return ImageOps.exif_transpose(image)
    except ImageError:
        raise
    except Exception as error:  # as above
        raise ImageError(
            f"{name} is damaged or cut off: its header says {image.format}, {width} x {height} pixels, but "
            f"decoding failed ({error}). Copy or save it again."
        ) from error


def raw_image(image: Image.Image, image_shape: tuple[int, int, int]) -> npt.NDArray[np.float32]:
    """Convert a picture's colours and size, and nothing else: no polarity, no ink box, no centring.

    Parameters
    ----------
    image : PIL.Image.Image
        Any mode. Transparent parts become black, which is MNIST's "no ink". 16-bit and 32-bit integers are taken to
        run to 65535, and floats to 1.
    image_shape : tuple of int
        Height, width and channels of the result; 1 channel is grey, 3 are red, green and blue.

    Returns
    -------
    ndarray of shape `image_shape`, float32 in [0, 1]

    Raises
    ------
    ImageError
        The image has no pixel, its mode cannot be converted, it has values that are not finite numbers, or
        `image_shape` has a size below 1 or other channels than 1 or 3.
    """
    if len(image_shape) != 3 or min(image_shape) < 1 or image_shape[2] not in (1, 3):
        raise ImageError(f"image_shape must be (height, width, 1) or (height, width, 3). Received: {image_shape}.")
    if image.width == 0 or image.height == 0:
        raise ImageError(f"Received {describe(image)}. Give a picture that has pixels.")
    height, width, channels = image_shape
    bands = _unit_bands(image, channels)
    if image.size != (width, height):
        bands = [band.resize((width, height), Image.Resampling.BILINEAR) for band in bands]
    return np.clip(np.stack([np.asarray(band, dtype=np.float32) for band in bands], axis=-1), 0, 1)


def _read(source: str | Path | bytes | BinaryIO) -> tuple[str, bytes]:
    """Return what to call the source in messages, and its bytes up to one more than allowed."""
    if isinstance(source, bytes):
        return "The upload", source
    if isinstance(source, (str, Path)):
        return _read_file(Path(source))
    if not hasattr(source, "read"):
        raise ImageError(f"Give a path, bytes or a binary file object. Received: {type(source).__name__}.")
    try:
        data = source.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ImageError(f"The stream cannot be read ({error}). Open it again in binary mode.") from error
    if not isinstance(data, bytes):
        raise ImageError(f"The stream gives {type(data).__name__}, not bytes. Open it in binary mode ('rb').")
    return "The upload", data


def _read_file(path: Path) -> tuple[str, bytes]:
    """Like `_read`, of a file on disk."""
    name = repr(str(path))
    try:
        if path.is_dir():
            raise ImageError(f"{name} is a folder. Give the path of one picture in it.")
        if not path.exists():
            raise ImageError(f"{name} does not exist. Check the path; relative ones start at {Path.cwd()}.")
        if not path.is_file():
            raise ImageError(f"{name} is not a regular file. Give the path of a picture.")
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise ImageError(_too_large(name, f"{size:,} bytes"))
        with path.open("rb") as file:
            return name, file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:  # no permission, a name with a NUL or too long
        raise ImageError(f"{name} cannot be read ({error}). Check its permissions and its name.") from error


def _too_large(name: str, received: str) -> str:
    return f"{name} is too large: {received}, allowed are {MAX_FILE_BYTES:,}. Save the picture smaller."


def _too_many_pixels(name: str, received: str, max_pixels: int) -> str:
    return (
        f"{name} is too large: {received}. Allowed are {max_pixels:,} pixels. "
        "Scale the picture down; 500 x 500 is plenty for a digit."
    )


def _unit_bands(image: Image.Image, channels: int) -> list[Image.Image]:
    """Split an image into float bands (mode F) from 0 to 1: one of grey, or red, green and blue."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, dtype=np.float32)
        if not np.isfinite(values).all():
            raise ImageError(f"Received {describe(image)}, with values that are not finite. Save it as an 8-bit PNG.")
        return [Image.fromarray(values / np.float32(1 if image.mode == "F" else 65535))] * channels
    try:
        if image.has_transparency_data:
            rgba = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, (0, 0, 0, 255)), rgba)
        bands = image.convert("L" if channels == 1 else "RGB").split()
    except (ValueError, OSError) as error:
        raise ImageError(f"Cannot convert {describe(image)}: {error}. Save it as an RGB PNG.") from error
    return [Image.fromarray(np.asarray(band, dtype=np.float32) / np.float32(255)) for band in bands]
