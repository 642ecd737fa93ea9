"""Drawings that were read wrongly, kept with their right label for those who agree, to be trained on."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.canvas import BlankImageError
from zoo.errors import ZooError
from zoo.files import whole_file
from zoo_demo._assets import asset
from zoo_demo._gradio import gr
from zoo_demo._html import notice, template_text
from zoo_demo.drawing import digit_images

if TYPE_CHECKING:
    import numpy as np

__all__ = ["MAX_CORRECTIONS", "Corrections", "make_form"]

MAX_CORRECTIONS = 10_000
"""Most drawings that a folder takes."""


class Corrections:
    """A folder with one sub-folder per class, as ``--dataset folder:PATH`` takes it.

    Parameters
    ----------
    folder : pathlib.Path
        It is made when the first drawing is kept.
    classes : sequence of str
        The labels that there are.
    """

    def __init__(self, folder: Path, classes: Sequence[str]) -> None:
        self.folder = folder
        self.classes = list(classes)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return sum(1 for _ in self.folder.glob("*/*.png"))

    def keep(self, image: np.ndarray, label: str) -> None:
        """Save what the network saw under its right label; the last word about an image counts.

        Parameters
        ----------
        image : ndarray of shape (28, 28, 1), float32 in [0, 1]
        label : str
            One of `classes`.

        Raises
        ------
        ZooError
            When the label is none of them, the folder is full, or it cannot be written.
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
                with whole_file(self.folder / label / name) as draft:
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

        Parameters
        ----------
        drawing : object
            What the page has sent; see `zoo_demo.drawing.digit_images`.
        correction : object
            ``{"label": "7", "agreed": true}``; it comes from outside and may be anything.
        """
        if not isinstance(correction, dict) or correction.get("agreed") is not True:
            return notice("Nothing was saved. Tick the box first if your drawing may be kept.", "problem")
        try:
            images = digit_images(drawing)
            if len(images) > 1:
                return notice(
                    f"Nothing was saved: these are {len(images)} digits. Draw the one that was wrong.", "problem"
                )
            self.keep(images[0], str(correction.get("label")))
        except BlankImageError:
            return notice("Nothing was saved, as nothing is drawn yet.", "problem")
        except ZooError as error:
            return notice(str(error), "problem")
        return notice(f"Saved as {correction['label']}. Drawings kept by now: {len(self)}. Thank you.", "done")


def make_form(classes: Sequence[str], **options: Any) -> gr.HTML:
    """Make the question what it really is, with the box to agree; the event ``input`` comes with an answer.

    Its value is ``{"label": ..., "agreed": ...}``, see `Corrections.correct`.
    """
    buttons = "".join(
        f'<button type="button" value="{template_text(name)}" aria-label="It is {template_text(name)}">'
        f"{template_text(name)}</button>"
        for name in classes
    )
    return gr.HTML(
        {},
        html_template=asset("correction.html").replace("@buttons", buttons),
        css_template=asset("correction.css"),
        js_on_load=asset("correction.js"),
        apply_default_css=False,
        **options,
    )
