"""The one error that only drawings can cause."""

from __future__ import annotations

from zoo.errors import ImageError

__all__ = ["BlankImageError"]


class BlankImageError(ImageError):
    """Nothing is drawn: no strokes, an empty canvas, an image of one colour.

    Parameters
    ----------
    received : str
        What was received, as a noun phrase: ``"an image of 280 x 280 pixels in one colour"``.
    """

    def __init__(self, received: str) -> None:
        super().__init__(
            f"Nothing is drawn yet: received {received}. "
            "Draw one digit, in a colour that stands out from its background, and try again."
        )
