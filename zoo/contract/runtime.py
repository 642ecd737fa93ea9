"""What a runtime is, and the session that it opens."""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from zoo.errors import ImageError, MissingExtraError, UnknownNameError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Runtime", "Session", "check_images", "run_fixed"]


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

    @property
    def settings(self) -> dict[str, Any]:
        """What the runtime really runs with, in its own words, for a record of how something was measured.

        Returns
        -------
        dict
            JSON-ready: threads, spinning, provider, precision, ...; empty where a runtime tells nothing.
        """
        return {}


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
        ``open(artifact, threads) -> Session``; `threads` None leaves the choice to the runtime. With `providers` it
        takes one of them by the keyword ``provider``, too.
    package : str
        The import that it needs: ``"ai_edge_litert"``.
    extra : str
        The extra that installs the package; empty when the base installation does.
    rank : int
        When nobody chooses, the installed runtime with the lowest rank is taken.
    providers : callable, optional
        ``providers() -> sequence of str`` names what it can compute on here, as ONNX Runtime's execution providers; the
        first is what `open` takes unless told. None where there is no choice.
    parallel : bool
        Whether sessions in several threads compute at the same time, each on one core. A thousand images are then
        answered by a session on every core.
    """

    name: str
    formats: tuple[str, ...]
    open: Callable[..., Session]
    package: str
    extra: str
    rank: int
    providers: Callable[[], Sequence[str]] | None = None
    parallel: bool = False

    @property
    def installed(self) -> bool:
        """Whether the package can be imported; it is not imported to find out."""
        return importlib.util.find_spec(self.package) is not None

    def require(self) -> None:
        """Make sure that the package is installed.

        Raises
        ------
        MissingExtraError
            When it is not.
        """
        if not self.installed:
            raise MissingExtraError(self.package, self.extra, f"The runtime {self.name!r}")

    def with_provider(self, provider: str) -> Runtime:
        """The same runtime, computing on another provider.

        Parameters
        ----------
        provider : str
            One of `providers`.

        Returns
        -------
        Runtime
            Its name holds the provider, ``"onnxruntime:CUDAExecutionProvider"``; the runtime itself for the first one.

        Raises
        ------
        UnknownNameError
            When the provider does not exist here, with those that do.
        MissingExtraError
            When the runtime is not installed.
        """
        if self.providers is None:
            raise UnknownNameError(f"provider of the runtime {self.name!r}", provider, [], "It has no choice of them.")
        self.require()
        available = self.providers()
        if provider not in available:
            raise UnknownNameError(
                f"provider of the runtime {self.name!r}",
                provider,
                available,
                "They depend on the build that is installed.",
            )
        if provider == available[0]:
            return self
        opened = partial(self.open, provider=provider)
        return replace(self, name=f"{self.name}:{provider}", open=opened, providers=None, parallel=False)


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

    Parameters
    ----------
    images : object
        What a session was given.
    image_shape : tuple of int
        Height, width and channels of the images that the model takes.

    Raises
    ------
    ImageError
        When `images` is no float32 array of shape (n, height, width, channels) with at least one image.
    """
    import numpy as np

    expected = f"float32 of shape (n, {', '.join(map(str, image_shape))}) in [0, 1]"
    if not isinstance(images, np.ndarray):
        raise ImageError(f"The images are a {type(images).__name__}; the model takes a numpy array, {expected}.")
    if images.shape[1:] != image_shape or images.ndim != 4 or len(images) == 0:
        raise ImageError(f"The images have shape {images.shape}; the model takes {expected}.")
    if images.dtype != np.float32:
        raise ImageError(f"The images are {images.dtype}; the model takes {expected}. Convert bytes with x / 255.")
