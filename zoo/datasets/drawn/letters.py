"""Letters, drawn from fonts: what a network for digits must not take for one.

No free data set of handwritten letters is at hand, so they are rendered from fonts, handwritten ones among them, and
brought into MNIST's form by `zoo.canvas`. The pictures are committed (``letters.npz``), as no package that this project
uses has handwritten fonts; ``python -m zoo.datasets.drawn.letters FOLDER`` makes them anew from a folder with the
fonts of `TRAINING_FONTS` and `JUDGING_FONTS`, which Debian packages. No font that judges is ever trained
on, nor one that was made from it.
"""

from __future__ import annotations

import string
import sys
from pathlib import Path

import numpy as np

__all__ = ["JUDGING_FONTS", "LETTERS", "LOOKALIKES", "TRAINING_FONTS", "letter_images"]

FILE = "letters.npz"

LOOKALIKES = "OoDQIliZzSsBbGgqy"
"""Letters that are left out, as a person could not tell them from a digit either when nothing stands beside them.

O o D Q are read as 0, I l i as 1 (a dot is easily lost), Z z as 2, S s as 5, B as 8, b G as 6, g q as 9, and y as the
open 4 that many people write.
"""

LETTERS = "".join(letter for letter in string.ascii_letters if letter not in LOOKALIKES)
"""The others, 35."""

# File names of the fonts, after the Debian package that has them.
TRAINING_FONTS = (
    *("Breip.ttf",),  # fonts-breip
    *(
        f"BecauseWe{what}-Regular.otf" for what in ("Build", "Connect", "Create", "Learn", "Mentor", "Organize")
    ),  # -bwht
    *("Cabin-Regular.otf", "Cabin-Italic.otf", "Cabin-Bold.otf"),  # fonts-cabin
    *("Cantarell-Light.otf",),  # fonts-cantarell
    *("ComicNeue-Regular.otf", "ComicNeue-LightItalic.otf"),  # fonts-comic-neue
    *("DancingScript-Regular.otf",),  # fonts-dancingscript
    *("femkeklaver.ttf",),  # fonts-femkeklaver
    *("FreeSansOblique.ttf", "FreeSerif.ttf", "FreeSerifBoldItalic.ttf"),  # fonts-freefont-ttf
    *("Inconsolata.otf",),  # fonts-inconsolata
    *("Isabella.ttf",),  # fonts-isabella
    *("Karla-Light.otf",),  # fonts-karla
    *("KleeOne-Regular.ttf",),  # fonts-klee
    *("Kristi.ttf",),  # fonts-kristi
    *("Lato-Light.ttf", "Lato-MediumItalic.ttf"),  # fonts-lato
    *("LinLibertine_R.otf", "LinLibertine_RI.otf"),  # fonts-linuxlibertine
    *("lobster.otf",),  # fonts-lobster
    *("mononoki-Regular.ttf",),  # fonts-mononoki
    *("OldStandard-Regular.ttf", "OldStandard-Italic.ttf"),  # fonts-oldstandard
    *("OpenDyslexic-Regular.otf",),  # fonts-opendyslexic
    *("OpenSans-Regular.ttf", "OpenSans-LightItalic.ttf"),  # fonts-open-sans
    *("Quattrocento-Regular.otf",),  # fonts-quattrocento
    *("Rufscript010.ttf",),  # fonts-rufscript
    *("SteveHand.ttf",),  # fonts-sjfonts
    *("YuseiMagic-Regular.ttf",),  # fonts-yusei-magic
)
JUDGING_FONTS = (
    *("DejaVuSans.ttf", "DejaVuSerif.ttf"),  # fonts-dejavu-core
    *("dkg.ttf",),  # fonts-dkg-handwriting
    *("Ecolier-court.ttf",),  # fonts-ecolier-court
    *("Humor-Sans.ttf",),  # fonts-humor-sans
    *("LeckerliOne-Regular.ttf",),  # fonts-leckerli-one
    *("LiberationMono-Regular.ttf", "LiberationSerif-Italic.ttf"),  # fonts-liberation
    *("Delphine.ttf",),  # fonts-sjfonts
    *("TomsonTalks.ttf",),  # fonts-tomsontalks
)
CAPITALS = ("BecauseWe", "Humor-Sans", "TomsonTalks")
"""What the names of fonts begin with that have capitals only; their d would be a D."""

POINTS = 120  # size at which a letter is drawn before the canvas scales it


def letter_images(fonts: tuple[str, ...]) -> np.ndarray:
    """The letters of `TRAINING_FONTS` or `JUDGING_FONTS`: ndarray of shape (n, 28, 28, 1), uint8.

    Font by font, each in the order of `LETTERS`; of a font that lacks a letter, without it.
    """
    from importlib.resources import files

    with (files(__package__) / FILE).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        chosen = np.isin(arrays["font"], fonts)
        images: np.ndarray = arrays["images"][chosen]
    return images


def make_letters(folder: Path, target: Path) -> None:
    """Draw every letter of every font that is in a folder or its sub-folders into an ``.npz`` file."""
    from PIL import Image, ImageDraw, ImageFont

    from zoo.canvas import BlankImageError, from_image

    paths = {path.name: path for path in sorted(folder.rglob("*")) if path.suffix in (".otf", ".ttf")}
    images, names = [], []
    for name in (*TRAINING_FONTS, *JUDGING_FONTS):
        font = ImageFont.truetype(str(paths[name]), POINTS)
        for letter in filter(str.isupper, LETTERS) if name.startswith(CAPITALS) else LETTERS:
            picture = Image.new("L", (4 * POINTS, 4 * POINTS), 255)
            ImageDraw.Draw(picture).text((2 * POINTS, 2 * POINTS), letter, fill=0, font=font, anchor="mm")
            try:
                images.append((from_image(picture) * 255).round().astype(np.uint8))
            except BlankImageError:
                continue
            names.append(name)
    np.savez_compressed(target, images=np.stack(images), font=np.array(names))


if __name__ == "__main__":
    make_letters(Path(sys.argv[1]), Path(__file__).with_name(FILE))
