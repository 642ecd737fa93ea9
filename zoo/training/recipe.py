"""How a model is trained, as plain data."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.errors import RecipeError, UnknownNameError

__all__ = ["Augmentation", "Recipe"]

OPTIMIZERS = ("adamw", "sgd")
SCHEDULES = ("constant", "cosine", "one_cycle")


@dataclass(frozen=True)
class Augmentation:
    """Random changes to each training image, drawn anew in every epoch, uniformly within plus and minus the value.

    Parameters
    ----------
    rotation : float
        Degrees.
    shift : float
        Fraction of the image's width and height, drawn for each on its own.
    zoom : float
        0.1 scales by 0.9 to 1.1.
    shear : float
        Degrees.
    """

    rotation: float = 0.0
    shift: float = 0.0
    zoom: float = 0.0
    shear: float = 0.0

    def __post_init__(self) -> None:
        limits = {"rotation": 180.0, "shift": 1.0, "zoom": 0.9, "shear": 80.0}
        for name, limit in limits.items():
            _check_number(f"augmentation.{name}", getattr(self, name), 0.0, limit)


@dataclass(frozen=True)
class Recipe:
    """How a model is trained. Plain data: it is written into the pack, and read from JSON.

    Parameters
    ----------
    dataset : str
        Name of the data set.
    epochs : int
        Passes over the training images.
    batch_size : int
        Images per step. The images left over at the end of an epoch wait for the next epoch's order.
    optimizer : {"adamw", "sgd"}
        ``adamw`` without weight decay is Adam; ``sgd`` has Nesterov momentum 0.9.
    learning_rate : float
        The highest rate of the schedule.
    schedule : {"constant", "cosine", "one_cycle"}
        ``cosine`` falls to 0 over the whole training; ``one_cycle`` rises over the first `warmup` of it and then
        falls as ``cosine`` does (Smith and Topin 2017, https://arxiv.org/abs/1708.07120).
    warmup : float
        Fraction of the training over which ``one_cycle`` rises.
    weight_decay : float
        Decoupled (Loshchilov and Hutter 2017): each step shrinks the kernels by this times the learning rate. Biases
        and normalisation parameters are left alone.
    label_smoothing : float
        Probability mass spread over all classes, in [0, 1).
    augmentation : Augmentation or None
        None trains on the images as they are.

    Raises
    ------
    RecipeError
        When a value is not allowed.
    """

    dataset: str = "mnist"
    epochs: int = 12
    batch_size: int = 128
    optimizer: str = "adamw"
    learning_rate: float = 1e-3
    schedule: str = "cosine"
    warmup: float = 0.3
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    augmentation: Augmentation | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.dataset, str) or not self.dataset:
            raise RecipeError(f"recipe: dataset is {self.dataset!r}; give the name of a data set, such as 'mnist'.")
        _check_integer("epochs", self.epochs)
        _check_integer("batch_size", self.batch_size)
        _check_choice("optimizer", self.optimizer, OPTIMIZERS)
        _check_choice("schedule", self.schedule, SCHEDULES)
        _check_number("learning_rate", self.learning_rate, 1e-12, 100.0)
        _check_number("warmup", self.warmup, 0.0, 1.0)
        _check_number("weight_decay", self.weight_decay, 0.0, 10.0)
        _check_number("label_smoothing", self.label_smoothing, 0.0, 0.999)
        if self.augmentation is not None and not isinstance(self.augmentation, Augmentation):
            raise RecipeError(f"recipe: augmentation is {self.augmentation!r}; give an object of its fields, or null.")

    def to_dict(self) -> dict[str, Any]:
        """The recipe as JSON-ready data; `from_dict` reads it back unchanged."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recipe:
        """A recipe from plain data; fields that are absent get their defaults.

        Raises
        ------
        RecipeError
            When a field is unknown or a value is not allowed.
        """
        values = _known_fields(cls, data, "recipe field")
        if isinstance(values.get("augmentation"), Mapping):
            values["augmentation"] = Augmentation(
                **_known_fields(Augmentation, values["augmentation"], "augmentation field")
            )
        return cls(**values)

    @classmethod
    def from_file(cls, path: str | Path) -> Recipe:
        """A recipe from a JSON file.

        Raises
        ------
        RecipeError
            When the file cannot be read, is no JSON object, or holds a wrong field or value.
        """
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise RecipeError(f"The recipe {str(path)!r} cannot be read: {error.strerror}.") from error
        except ValueError as error:
            raise RecipeError(f"The recipe {str(path)!r} is not JSON: {error}.") from error
        if not isinstance(data, dict):
            raise RecipeError(f"The recipe {str(path)!r} holds a {type(data).__name__}; it must be a JSON object.")
        return cls.from_dict(data)


def _known_fields(cls: type, data: Mapping[str, Any], kind: str) -> dict[str, Any]:
    names = [field.name for field in dataclasses.fields(cls)]
    for name in data:
        if name not in names:
            raise RecipeError(str(UnknownNameError(kind, name, names)))
    return dict(data)


def _check_integer(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise RecipeError(f"recipe: {name} is {value!r}; it must be a whole number of at least 1.")


def _check_number(name: str, value: object, low: float, high: float) -> None:
    if (
        not isinstance(value, int | float)
        or isinstance(value, bool)
        or not math.isfinite(value)
        or not low <= value <= high
    ):
        raise RecipeError(f"recipe: {name} is {value!r}; it must be a number from {low:g} to {high:g}.")


def _check_choice(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise RecipeError(str(UnknownNameError(f"recipe {name}", str(value), allowed)))
