"""Labelled images: MNIST, scikit-learn's digits, folders of pictures, and what plugins add."""

from __future__ import annotations

from collections.abc import Callable

from zoo.contract.dataset import DatasetSource
from zoo.datasets.digits import DIGITS
from zoo.datasets.drawn.canvas import CANVAS_DIGITS
from zoo.datasets.drawn.pendigits import PENDIGITS
from zoo.datasets.folder import FOLDER
from zoo.datasets.mnist import MNIST
from zoo.hookspecs import hookimpl

ZOO_API_VERSION = 1


@hookimpl
def zoo_register_datasets(register: Callable[[DatasetSource], None]) -> None:
    """Register MNIST, pen digits, both together, scikit-learn's digits and folders of pictures."""
    register(MNIST)
    register(PENDIGITS)
    register(CANVAS_DIGITS)
    register(DIGITS)
    register(FOLDER)
