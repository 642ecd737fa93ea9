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

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
