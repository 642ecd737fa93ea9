"""Any picture -> one grey channel in which the drawing stands out."""

from __future__ import annotations

import numpy as np
from PIL import Image

from zoo.canvas._morphology import quantile
from zoo.errors import BlankImageError, ImageError

__all__ = ["describe", "to_gray"]

_SAMPLE = 64  # longer side of the small copy on which channel and background are chosen, where the picture has it
_CHANNEL_GAIN = 3.0  # luminance is kept unless red, green or blue varies so many times more: red ink on green paper
_DRAWN_ON = 8.0  # standard deviation of the luminance, of 255, from which on an opaque area counts as drawn on


def describe(image: Image.Image) -> str:
    """Name an image by size and mode, as a noun phrase for a message."""
    return f"an image of {image.width} x {image.height} pixels, mode {image.mode}"


def to_gray(image: Image.Image) -> Image.Image:
    """Reduce a picture of any mode to one channel (mode L); whether ink is dark or light is not decided here."""
    if image.width == 0 or image.height == 0:
        raise BlankImageError(describe(image))
    if image.mode.startswith(("I", "F")):
        return _stretched(image)
    if image.mode == "LAB":
        return image.getchannel("L")
    try:
        if image.has_transparency_data:
            return _composite(image)
        return image.convert("L") if image.mode in ("1", "L") else _salient_channel(image.convert("RGB"))
    except (ValueError, OSError) as error:
        raise ImageError(f"Cannot convert {describe(image)}: {error}. Save it as an RGB PNG.") from error


def _stretched(image: Image.Image) -> Image.Image:
    """Map the values that occur in a 16-bit, 32-bit or float image to 0..255; such files use any range."""
    values = np.asarray(image, dtype=np.float64)  # the extent of 1e38 is no float32
    low, high = float(values.min()), float(values.max())
    if not np.isfinite(high - low):
        raise ImageError(
            f"Received {describe(image)}, with pixels that are not finite numbers. Save it as an 8-bit PNG."
        )
    scale = 255 / (high - low) if high > low else 0.0
    return Image.fromarray(((values - low) * scale).astype(np.uint8))


def _composite(image: Image.Image) -> Image.Image:
    """Find the drawing in a picture with transparency.

    Ink is either what is opaque (a canvas without background: strokes of any colour, nothing behind them) or it is
    drawn on something opaque (a sheet with cut-off corners). A fixed white background would swallow white strokes.
    """
    rgba = image.convert("RGBA")
    opaque = rgba.getchannel("A")
    if opaque.getextrema() == (255, 255):
        return _salient_channel(rgba.convert("RGB"))
    sample = np.asarray(_sampled(rgba), dtype=np.float32)
    colour, weight = sample[..., :3].reshape(-1, 3), sample[..., 3].ravel()
    if not weight.any():
        raise BlankImageError(f"{describe(image)}, transparent all over")
    luminance = colour.mean(axis=1)
    mean = np.average(luminance, weights=weight)
    spread = np.sqrt(np.average(np.square(luminance - mean), weights=weight))
    if spread <= _DRAWN_ON or (weight > 127).mean() <= 0.5:
        return opaque
    red, green, blue = (int(quantile(channel, 0.5)) for channel in colour[weight > 127].T)
    paper = Image.new("RGB", image.size, (red, green, blue))
    return _salient_channel(Image.composite(rgba.convert("RGB"), paper, opaque))


def _salient_channel(image: Image.Image) -> Image.Image:
    """Luminance of an RGB image, or the channel that shows the drawing where luminance does not."""
    gray = image.convert("L")
    sample = _sampled(image)
    spread = np.asarray(sample, dtype=np.float32).reshape(-1, 3).std(axis=0)
    gray_spread = np.asarray(sample.convert("L"), dtype=np.float32).std()
    best = int(spread.argmax())
    return image.getchannel(best) if spread[best] > _CHANNEL_GAIN * gray_spread else gray


def _sampled(image: Image.Image) -> Image.Image:
    """Average a picture down to a small copy; Pillow weighs colours by their opacity."""
    return image.reduce(max(1, max(image.size) // _SAMPLE))
