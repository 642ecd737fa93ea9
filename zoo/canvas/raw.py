"""A picture as it is -> an array of the shape that a model expects, for those who prepared it themselves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from zoo.canvas._gray import describe
from zoo.errors import ImageError

__all__ = ["raw_image"]


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
