"""What a runtime is, and how a model is opened with one."""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.errors import ImageError, MissingExtraError, UnknownNameError, ZooError
from zoo.packs.pack import Artifact, Pack, export_command
from zoo.packs.store import get_pack
from zoo.plugins import load_plugins

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Runtime", "Session", "available_runtimes", "check_images", "load", "run_fixed", "select"]


class Session(ABC):
    """A model, opened and ready to classify.

    A session is made for one thread at a time, as the runtimes below it are.
    """

    @abstractmethod
    def run(self, images: np.ndarray) -> np.ndarray:
        """Classify images.

        Parameters
        ----------
        images : ndarray of shape (n, height, width, channels), float32 in [0, 1]

        Returns
        -------
        ndarray of shape (n, classes), float32
            Probabilities.

        Raises
        ------
        ImageError
            When the array has another shape or dtype.
        """


@dataclass(frozen=True)
class Runtime:
    """A runtime that a plugin offers.

    Parameters
    ----------
    name : str
        ``"litert"``.
    formats : tuple of str
        The formats that it opens.
    open : callable
        ``open(artifact, threads) -> Session``; `threads` None leaves the choice to the runtime.
    package : str
        The import that it needs: ``"ai_edge_litert"``.
    extra : str
        The extra that installs the package; empty when the base installation does.
    rank : int
        When nobody chooses, the installed runtime with the lowest rank is taken.
    """

    name: str
    formats: tuple[str, ...]
    open: Callable[[Artifact, int | None], Session]
    package: str
    extra: str
    rank: int

    @property
    def installed(self) -> bool:
        """Whether the package can be imported; it is not imported to find out."""
        return importlib.util.find_spec(self.package) is not None


def load(
    model: str | Path | Pack,
    runtime: str | None = None,
    *,
    precision: str = "fp32",
    variant: str = "",
    threads: int | None = None,
) -> Session:
    """Open a trained model.

    Parameters
    ----------
    model : str, path-like or Pack
        An id, an architecture (its default tag) or the folder of a pack.
    runtime : str, optional
        ``"keras"``, ``"tensorflow"``, ``"litert"``, ``"onnxruntime"`` or what a plugin adds. By default the
        lightest that is installed and has a file in the pack.
    precision : str
        ``"fp32"``, or another that the pack has.
    variant : str
        ``"batch1"``, ``"float_io"``, ``"batch1_stripped"``, ...: a file that was exported with options; by default
        the plain one.
    threads : int, optional
        Threads of one inference. By default one for LiteRT and ONNX Runtime, which is fastest and steadiest at this
        size; TensorFlow and Keras keep what the process has.

    Returns
    -------
    Session
        ``session.run(images)`` gives probabilities.

    Raises
    ------
    UnknownNameError
        When the model, the runtime or the artifact does not exist.
    MissingExtraError
        When the runtime's package is not installed.
    PackError
        When the file is not the one that the manifest describes.

    Examples
    --------
    >>> import numpy as np
    >>> session = zoo.load("lenet5.mnist", runtime="litert")
    >>> session.run(np.zeros((2, 28, 28, 1), np.float32)).shape
    (2, 10)
    """
    chosen, artifact = select(get_pack(model), runtime, precision, variant)
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise ZooError(f"threads is {threads!r}; it must be a whole number of at least 1.")
    if not chosen.installed:
        raise MissingExtraError(chosen.package, chosen.extra, f"The runtime {chosen.name!r}")
    return chosen.open(artifact, threads)


def select(
    pack: Pack, runtime: str | None = None, precision: str = "fp32", variant: str = ""
) -> tuple[Runtime, Artifact]:
    """The runtime of a name, or the lightest one, and the artifact of the pack that it opens.

    Raises
    ------
    UnknownNameError
        When the runtime does not exist, or the pack holds nothing that it opens.
    ZooError
        When no name is given and no installed runtime opens the pack.
    """
    chosen: Runtime = (
        load_plugins().find("runtime", runtime) if runtime is not None else _lightest(pack, precision, variant)
    )
    for artifact in pack.artifacts:
        if artifact.format in chosen.formats and (artifact.precision, artifact.variant) == (precision, variant):
            return chosen, artifact
    raise UnknownNameError(
        f"file of {pack.id} for the runtime {chosen.name!r}:",
        " ".join(filter(None, ("/".join(chosen.formats), precision, variant))),
        [artifact.cell for artifact in pack.artifacts],
        f"Make it with: {export_command(pack.id, chosen.formats[0], precision, variant)}",
    )


def available_runtimes(pack: Pack, precision: str = "fp32", variant: str = "") -> list[Runtime]:
    """The installed runtimes that open a file of the pack at a precision, the lightest first."""
    held = {
        artifact.format for artifact in pack.artifacts if (artifact.precision, artifact.variant) == (precision, variant)
    }
    runtimes = [
        runtime
        for runtime in load_plugins().runtimes.values()
        if runtime.installed and not held.isdisjoint(runtime.formats)
    ]
    return sorted(runtimes, key=lambda runtime: (runtime.rank, runtime.name))


def _lightest(pack: Pack, precision: str, variant: str) -> Runtime:
    runtimes = available_runtimes(pack, precision, variant)
    if not runtimes:
        held = ", ".join(artifact.cell for artifact in pack.artifacts)
        raise ZooError(
            f"No installed runtime opens {pack.id} at precision {precision!r}. The pack holds: {held}. "
            "Export it ('zoo export'), choose another --precision, or install a runtime: "
            "pip install 'digit-zoo[train]'"
        )
    return runtimes[0]


def run_fixed(run: Callable[[np.ndarray], np.ndarray], images: np.ndarray, size: int) -> np.ndarray:
    """Run a file whose batch is fixed over any number of images; the last batch is filled up with empty ones.

    Parameters
    ----------
    run : callable
        Takes exactly `size` images.
    images : ndarray of shape (n, height, width, channels), float32
    size : int

    Returns
    -------
    ndarray of shape (n, classes), float32
    """
    import numpy as np

    missing = -len(images) % size
    if missing:
        images = np.concatenate([images, np.zeros((missing, *images.shape[1:]), images.dtype)])
    answers = np.concatenate([run(images[start : start + size]) for start in range(0, len(images), size)])
    return answers[: len(answers) - missing]


def check_images(images: object, image_shape: tuple[int, int, int]) -> None:
    """Refuse what a model does not take.

    Raises
    ------
    ImageError
        When `images` is no float32 array of shape (n, *image_shape) with at least one image.
    """
    import numpy as np

    expected = f"float32 of shape (n, {', '.join(map(str, image_shape))}) in [0, 1]"
    if not isinstance(images, np.ndarray):
        raise ImageError(f"The images are a {type(images).__name__}; the model takes a numpy array, {expected}.")
    if images.shape[1:] != image_shape or images.ndim != 4 or len(images) == 0:
        raise ImageError(f"The images have shape {images.shape}; the model takes {expected}.")
    if images.dtype != np.float32:
        raise ImageError(f"The images are {images.dtype}; the model takes {expected}. Convert bytes with x / 255.")
