"""What a person made -> the image that a model expects.

This is the one specification of that step, whatever the hand held: a pen whose strokes are known
(`from_strokes`), or a file or canvas of which only pixels are (`open_image`, then `from_image`). Both end in the same
kind of image, MNIST's: light ink on black, 20 pixels long, with a pen of even width, centred by mass in 28x28.
`split_strokes` and `split_image` come first where several digits stand in a row. `raw_image` skips all that. Data sets
of images never pass through here; strokes become images nowhere else, and `paint` is the other way round: what a
drawing surface shows of strokes.

Nothing is imported before it is used; numpy and Pillow are all that ever is.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo.canvas._spec import IMAGE_SHAPE, SPEC_ID
    from zoo.canvas.brush import paint
    from zoo.canvas.errors import BlankImageError
    from zoo.canvas.files import EXTENSIONS, open_image
    from zoo.canvas.pixels import from_image
    from zoo.canvas.raw import raw_image
    from zoo.canvas.rows import split_image, split_strokes
    from zoo.canvas.strokes import from_strokes

__all__ = [
    "EXTENSIONS",
    "IMAGE_SHAPE",
    "SPEC_ID",
    "BlankImageError",
    "from_image",
    "from_strokes",
    "open_image",
    "paint",
    "raw_image",
    "split_image",
    "split_strokes",
]

_HOMES = {
    "IMAGE_SHAPE": "_spec",
    "SPEC_ID": "_spec",
    "paint": "brush",
    "BlankImageError": "errors",
    "EXTENSIONS": "files",
    "open_image": "files",
    "from_image": "pixels",
    "raw_image": "raw",
    "split_image": "rows",
    "split_strokes": "rows",
    "from_strokes": "strokes",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
