"""What an architecture is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo.contract.recipe import Recipe
from zoo.errors import PluginError

if TYPE_CHECKING:
    import keras

__all__ = ["Architecture"]


@dataclass(frozen=True)
class Architecture:
    """A family member that can be built, trained and judged like every other.

    Parameters
    ----------
    name : str
        Lower-case letters, digits and underscores: ``"lenet5"``.
    build : callable
        ``build(input_shape, num_classes) -> keras.Model``. The model takes ``image``, float32 of shape
        (n, height, width, channels) in [0, 1], and returns logits of shape (n, num_classes). Plain Keras 3
        (``keras.layers``, ``keras.ops``), with Keras imported inside the function.
    summary : str
        One line for ``zoo list``.
    reference : str
        The paper or page that it comes from.
    license : str
        SPDX identifier of the code.
    recipes : mapping of str to Recipe
        One recipe per tag; the first tag is the default.

    Raises
    ------
    PluginError
        When the name is malformed or there is no recipe.
    """

    name: str
    build: Callable[[tuple[int, int, int], int], keras.Model]
    summary: str
    reference: str
    license: str
    recipes: Mapping[str, Recipe]

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise PluginError(
                f"architecture name {self.name!r} is not allowed; "
                "use lower-case letters, digits and underscores, starting with a letter"
            )
        if not self.recipes:
            raise PluginError(
                f"architecture {self.name!r} has no recipe; give at least one, as recipes={{'mnist': zoo.Recipe()}}"
            )

    @property
    def default_tag(self) -> str:
        """The tag that the bare name stands for."""
        return next(iter(self.recipes))
