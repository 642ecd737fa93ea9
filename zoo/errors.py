"""Every error that Digit Zoo raises on purpose.

::

    ZooError                     anything below; the command line prints it and exits with 1
    ├── UnknownNameError         a model, architecture, runtime, ... that does not exist
    ├── MissingExtraError        a package that only an extra installs
    ├── PluginError              a plugin that cannot be used
    ├── ContractError            a part of a plugin that fails a check of the contract
    ├── DatasetError             data that is absent, corrupt or of the wrong kind
    ├── ImageError               a picture or an array that cannot be classified
    │   └── BlankImageError      one that shows nothing
    ├── PackError                a pack that is damaged, incomplete or in the way
    ├── RecipeError              a recipe with a wrong field or value
    ├── TrainingError            a training that cannot start or go on
    └── ExportError              an export that failed or could not be made
        ├── UnsupportedExportError  a format and precision that cannot work, or would change nothing
        └── ParityError          an export that computes something else than its source

A message says what was received, what is allowed and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "BlankImageError",
    "ContractError",
    "DatasetError",
    "ExportError",
    "ImageError",
    "MissingExtraError",
    "PackError",
    "ParityError",
    "PluginError",
    "RecipeError",
    "TrainingError",
    "UnknownNameError",
    "UnsupportedExportError",
    "ZooError",
    "error_line",
]


class ZooError(Exception):
    """Base of all errors raised on purpose; its text is meant for the person who made the call."""


class UnknownNameError(ZooError):
    """A name that nothing is registered under.

    Parameters
    ----------
    kind : str
        What was looked for, in the singular: ``"runtime"``.
    name : str
        What was received.
    allowed : iterable of str
        The names that exist; the nearest one is suggested.
    hint : str, optional
        What else to do, as a sentence.
    """

    def __init__(self, kind: str, name: str, allowed: Iterable[str], hint: str = "") -> None:
        names = sorted(allowed)
        close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        parts = [f"Unknown {kind} {name!r}."]
        if close:
            parts.append(f"Did you mean {close[0]!r}?")
        parts.append(f"Available: {', '.join(names) or 'none'}.")
        if hint:
            parts.append(hint)
        super().__init__(" ".join(parts))


class MissingExtraError(ZooError):
    """A package is not installed that an extra of this distribution brings.

    Parameters
    ----------
    package : str
        The import that failed: ``"tensorflow"``.
    extra : str
        The extra that installs it: ``"train"``; empty when the base installation does.
    purpose : str
        What needed it, as the subject of a sentence: ``"The keras runtime"``.
    """

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        distribution = f"'digit-zoo[{extra}]'" if extra else "digit-zoo"
        super().__init__(
            f"{purpose} needs the package {package!r}, which is not installed. "
            f"Install it with: pip install {distribution}"
        )


class PluginError(ZooError):
    """A plugin cannot be used: it fails to load, or registers something that is taken or malformed."""


class ContractError(ZooError):
    """Something that a plugin registers does not do what the contract demands; see `zoo.testing`."""


class DatasetError(ZooError):
    """A data set is absent, corrupt or of the wrong kind."""


class ImageError(ZooError):
    """A picture or an array of images cannot be classified."""


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


class PackError(ZooError):
    """A pack is damaged or incomplete, or its folder is taken by something else."""


class RecipeError(ZooError):
    """A recipe has an unknown field or a value that is not allowed."""


class TrainingError(ZooError):
    """A training cannot start or cannot go on."""


class ExportError(ZooError):
    """An export failed, or the pair of format and precision is not supported."""


class UnsupportedExportError(ExportError):
    """A format and precision that cannot work, or that would change nothing about this model; says why."""


class ParityError(ExportError):
    """An export was made, but it does not compute the function of its source."""


def error_line(error: BaseException) -> str:
    """Say in one line what went wrong.

    Parameters
    ----------
    error : BaseException
        Whatever was caught.

    Returns
    -------
    str
        The text of an error that was raised on purpose; kind and text of any other.
    """
    text = str(error) if isinstance(error, ZooError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())
