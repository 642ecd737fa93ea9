"""Drawings that were read wrongly, kept with their right label for those who agree, to be trained on."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import zoo
from zoo.canvas import BlankImageError
from zoo.errors import ZooError
from zoo_demo.drawing import digit_images
from zoo_demo.views import notice

if TYPE_CHECKING:
    import numpy as np

__all__ = ["MAX_CORRECTIONS", "Corrections"]

MAX_CORRECTIONS = 10_000  # drawings that a folder takes


class Corrections:
    """A folder with one sub-folder per class, as ``--dataset folder:PATH`` takes it, made when it is first needed."""

    def __init__(self, folder: Path, classes: Sequence[str]) -> None:
        self.folder = folder
        self.classes = list(classes)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return sum(1 for _ in self.folder.glob("*/*.png"))

    def keep(self, image: np.ndarray, label: str) -> None:
        """Save what the network saw (28, 28, 1) under its right label; the last word about an image counts.

        Raises a `ZooError` when the label is no class, the folder is full, or it cannot be written.
        """
        from PIL import Image

        if label not in self.classes:
            raise ZooError(f"{label!r} is no class of the model. Choose one of {', '.join(self.classes)}.")
        data = io.BytesIO()
        Image.fromarray((image[:, :, 0] * 255).round().astype("uint8")).save(data, "PNG")
        name = f"{hashlib.sha256(data.getvalue()).hexdigest()[:16]}.png"
        with self._lock:
            if len(self) >= MAX_CORRECTIONS:
                raise ZooError(f"The folder for corrections is full: it holds {MAX_CORRECTIONS:,} drawings.")
            try:
                for each in self.classes:  # all of them, so that a label means the same however few are corrected
                    (self.folder / each).mkdir(parents=True, exist_ok=True)
                with zoo.whole_file(self.folder / label / name) as draft:
                    draft.write_bytes(data.getvalue())
                for each in self.classes:
                    if each != label:
                        (self.folder / each / name).unlink(missing_ok=True)
            except OSError as error:
                raise ZooError(
                    f"The correction was not saved: {error.strerror}. The drawing is still there."
                ) from error

    def correct(self, drawing: object, correction: object) -> str:
        """What came of "that's wrong", as HTML: nothing is written unless whoever drew has agreed.

        Both come from the page and may be anything; a correction is ``{"label": "7", "agreed": true}``.
        """
        if not isinstance(correction, dict) or correction.get("agreed") is not True:
            return notice("Nothing was saved. Tick the box first if your drawing may be kept.", "problem")
        try:
            images = digit_images(drawing)
            if len(images) > 1:
                text = f"Nothing was saved: these are {len(images)} digits. Draw the one that was wrong."
                return notice(text, "problem")
            self.keep(images[0], str(correction.get("label")))
        except BlankImageError:
            return notice("Nothing was saved, as nothing is drawn yet.", "problem")
        except ZooError as error:
            return notice(str(error), "problem")
        return notice(f"Saved as {correction['label']}. Drawings kept by now: {len(self)}. Thank you.", "done")
