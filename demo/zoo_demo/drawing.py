"""What a page or a program sends as a drawing -> one image for each digit in it."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from zoo.canvas import from_image, from_strokes, open_image, split_image, split_strokes
from zoo.errors import ImageError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["MAX_DIGITS", "MAX_PIXELS", "blank_text", "digit_images"]

MAX_PIXELS = 4_000_000  # of a picture that is decoded; the pad sends a million at most
MAX_DIGITS = 20  # of one number
BLANK_PICTURE = "Nothing was found in the picture. Open one of a digit in a colour that stands out from its background."


def blank_text(drawing: object, prompt: str) -> str:
    """What to say of a drawing that holds nothing: a prompt, but of a picture, that it seems to be empty."""
    return BLANK_PICTURE if isinstance(drawing, dict) else prompt


def digit_images(drawing: object) -> np.ndarray:
    """What the network is to see of a drawing: images (digits, 28, 28, 1), float32 in [0, 1], from left to right.

    A drawing comes from outside and may be anything. It is a list of strokes, each a list of ``[x, y]``, y down, in any
    unit; or ``{"picture": "data:image/png;base64,..."}`` with the bytes of a picture file. Raises `BlankImageError`
    when nothing is drawn, and `ImageError` when it is no drawing, or holds more than `MAX_DIGITS` digits.
    """
    import numpy as np

    if isinstance(drawing, list):
        parts = split_strokes(drawing)
        _check_count(len(parts))
        return np.stack([from_strokes(strokes) for strokes in parts])
    if isinstance(drawing, dict) and isinstance(url := drawing.get("picture"), str):
        pictures = split_image(open_image(_decoded(url), max_pixels=MAX_PIXELS))
        _check_count(len(pictures))
        return np.stack([from_image(picture) for picture in pictures])
    raise ImageError(
        "A drawing is a list of strokes, each a list of [x, y], or an object with a picture: "
        f'{{"picture": "data:image/png;base64,..."}}. Received: {type(drawing).__name__}.'
    )


def _check_count(digits: int) -> None:
    if digits > MAX_DIGITS:
        raise ImageError(f"The drawing holds {digits} digits, and {MAX_DIGITS} are read at once. Draw fewer.")


def _decoded(url: str) -> bytes:
    """The bytes in a data URL; addresses and paths of any other kind are not followed."""
    start, comma, data = url.partition(",")
    if not (start.startswith("data:image/") and start.endswith(";base64") and comma):
        raise ImageError(
            f"A picture is sent as data:image/...;base64,.... Received: {url[:30]!r}. "
            "Nothing is fetched from an address or a path."
        )
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise ImageError(f"The picture's base64 is damaged ({error}). Send the whole of it.") from error
