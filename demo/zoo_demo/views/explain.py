"""The Explain tab: what the network saw, enlarged, and where it looked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from zoo.canvas import BlankImageError
from zoo.errors import ZooError
from zoo_demo.answer import answer
from zoo_demo.drawing import blank_text
from zoo_demo.models import BeingMade, DrawableModels
from zoo_demo.sessions import SessionCache
from zoo_demo.views import notice, render

if TYPE_CHECKING:
    import numpy as np

__all__ = ["PROMPT", "explain", "occlusion"]

PROMPT = "Nothing drawn yet. Draw a digit, and this shows what the network sees of it and where it looks."

_PATCH = 6  # side of the piece that is covered, in pixels: wider than a stroke
_STEP = 2  # from one position of the piece to the next
_LEAST = 1e-6  # a probability below this says no more than this one
_FOR = (255, 122, 26)  # orange and blue are told apart by nearly all who see colours differently
_AGAINST = (64, 145, 255)


def occlusion(run: Callable[[np.ndarray], np.ndarray], image: np.ndarray, target: int) -> np.ndarray:
    """Where the evidence for an answer lies: how much the answer loses when a piece of the image is covered.

    `run` takes images (n, height, width, 1) and gives probabilities (n, classes); it needs no gradients, so that this
    works on every runtime. Of the image (height, width, 1), float32 in [0, 1], and the class that was answered, the
    result (height, width) is the loss of log probability, averaged over all pieces that cover a pixel; negative where
    what is drawn speaks against the answer.

    Zeiler and Fergus (2014), "Visualizing and understanding convolutional networks", section 4.2.
    """
    import numpy as np

    height, width, _ = image.shape
    corners = [
        (y, x) for y in range(1 - _PATCH, height, _STEP) for x in range(1 - _PATCH, width, _STEP)
    ]  # so that every pixel is covered by as many pieces
    covered = np.repeat(image[np.newaxis], len(corners) + 1, axis=0)
    windows = [(slice(max(y, 0), y + _PATCH), slice(max(x, 0), x + _PATCH)) for y, x in corners]
    for copy, window in zip(covered, windows, strict=False):  # the last copy stays whole
        copy[window] = 0
    logs = np.log(np.maximum(run(covered)[:, target], _LEAST))
    lost, count = np.zeros((height, width), np.float32), np.zeros((height, width), np.float32)
    for log, window in zip(logs, windows, strict=False):
        lost[window] += logs[-1] - log
        count[window] += 1
    return lost / count


def explain(drawing: object, choice: object, models: DrawableModels, sessions: SessionCache) -> str:
    """Both images of every digit, as HTML; drawing and choice are what the page has sent."""
    try:
        chosen = models.choose(choice)
        found = answer(drawing, chosen, sessions)
        digits = []
        for reading in found.readings:
            target = chosen.pack.classes.index(reading.label)
            lost = occlusion(lambda images: sessions.run(chosen, images).probabilities, reading.image, target)
            digits.append((reading, _overlay(reading.image, lost), _place(lost)))
    except BlankImageError:
        return notice(blank_text(drawing, PROMPT))
    except ZooError as error:
        return notice(str(error), "making" if isinstance(error, BeingMade) else "problem")
    return render("explain.html", digits=digits, choice=chosen)


def _overlay(image: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """The image in grey, coloured (28, 28, 3) by what each pixel is worth beside the one that is worth most."""
    import numpy as np

    worth = lost / max(float(np.abs(lost).max()), 1e-6)
    colour = np.where(worth[..., np.newaxis] > 0, np.array(_FOR), np.array(_AGAINST)) / np.float32(255)
    share = np.abs(worth)[..., np.newaxis] * 0.85
    return np.clip(image * 0.75 * (1 - share) + colour * share, 0, 1)


def _place(lost: np.ndarray) -> str:
    """Where the map is highest, in words."""
    import numpy as np

    y, x = np.unravel_index(int(lost.argmax()), lost.shape)
    row = ("top", "middle", "bottom")[int(y) * 3 // lost.shape[0]]
    column = (" left", "", " right")[int(x) * 3 // lost.shape[1]]
    return f"{row}{column}"
