"""How a model is trained, as plain data."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.errors import RecipeError, UnknownNameError

__all__ = ["Augmentation", "Recipe", "Teacher"]

OPTIMIZERS = ("adamw", "sgd")
SCHEDULES = ("constant", "cosine", "one_cycle")
MOST = 1_000_000  # of whatever is counted: far more than anybody waits for, far less than overflows


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
    elastic : float
        Standard deviation, in pixels, of a smooth random displacement (Simard et al. 2003,
        https://doi.org/10.1109/ICDAR.2003.1227801).
    stroke : float
        0.5 mixes an image with up to half of itself dilated or eroded by one pixel: thicker and thinner strokes.
    erasing : float
        Longest side of a blanked rectangle, as a fraction of the image's; every second image has one.
    """

    rotation: float = 0.0
    shift: float = 0.0
    zoom: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0
    stroke: float = 0.0
    erasing: float = 0.0

    def __post_init__(self) -> None:
        limits = {"rotation": 180, "shift": 1, "zoom": 0.9, "shear": 80, "elastic": 20, "stroke": 1, "erasing": 1}
        for name, limit in limits.items():
            _check_number(f"augmentation.{name}", getattr(self, name), 0, limit)


@dataclass(frozen=True)
class Teacher:
    """Distillation (Hinton et al. 2015, https://arxiv.org/abs/1503.02531): learn what a trained model answers.

    Teacher and student see identical augmented images. Those are `views` fixed variants of the training images, used in
    turns; what the teacher answers to each is computed once and kept on disk for all students.

    Parameters
    ----------
    models : tuple of str
        Ids or folders of packs; the mean of their probabilities teaches.
    weight : float
        Share of the teacher's answer in the target, in (0, 1]; the rest is the label.
    temperature : float
        Both answers are softened by it.
    views : int
        Number of variants.
    """

    models: tuple[str, ...]
    weight: float = 1.0
    temperature: float = 1.0
    views: int = 20

    def __post_init__(self) -> None:
        models = self.models
        if not isinstance(models, list | tuple) or not models or not all(isinstance(name, str) for name in models):
            raise RecipeError(f"recipe: teacher.models is {models!r}; it must be a list of ids or folders of packs.")
        object.__setattr__(self, "models", tuple(models))  # JSON has lists only
        _check_number("teacher.weight", self.weight, 1e-6, 1)
        _check_number("teacher.temperature", self.temperature, 0.1, 100)
        _check_integer("teacher.views", self.views, 1)


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
        ``adamw`` without weight decay is Adam; ``sgd`` has Nesterov momentum.
    betas : tuple of two float
        Per step, how much of their past the means of the gradient and of its square keep, in [0, 1); ``sgd`` has the
        first as its momentum.
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
    plain_epochs : int
        The last epochs, which train on the images as they are after all; at most `epochs`.
    ema : float
        Decay per step of an exponential moving average of the weights, in [0, 1); the average is what is kept. 0 keeps
        the last weights.
    teacher : Teacher or None
        A trained model to learn from.
    init : str or None
        The trained model of the same architecture whose weights the training begins with: a fine-tuning.
    hold_out : bool
        Keep the validation images out of the training. False trains on them, too, which is for the final run of a
        recipe that has been chosen: nothing is validated then.
    temperature : float or None
        Divides the logits of the finished model, so that its confidence means what it says. None fits it on the
        validation images; where they are not held out, give that of the same recipe with `hold_out`, or 1.

    Raises
    ------
    RecipeError
        When a value is not allowed.
    """

    dataset: str = "mnist"
    epochs: int = 12
    batch_size: int = 128
    optimizer: str = "adamw"
    betas: tuple[float, float] = (0.9, 0.999)
    learning_rate: float = 1e-3
    schedule: str = "cosine"
    warmup: float = 0.3
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    augmentation: Augmentation | None = None
    plain_epochs: int = 0
    ema: float = 0.0
    teacher: Teacher | None = None
    init: str | None = None
    hold_out: bool = True
    temperature: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.dataset, str) or not self.dataset:
            raise RecipeError(f"recipe: dataset is {self.dataset!r}; give the name of a data set, such as 'mnist'.")
        for name, low in (("epochs", 1), ("batch_size", 1), ("plain_epochs", 0)):
            _check_integer(name, getattr(self, name), low)
        if self.plain_epochs > self.epochs:
            raise RecipeError(
                f"recipe: plain_epochs is {self.plain_epochs}; it must be at most epochs, which is {self.epochs}."
            )
        for name, allowed in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES)):
            if getattr(self, name) not in allowed:
                raise RecipeError(str(UnknownNameError(f"recipe {name}", str(getattr(self, name)), allowed)))
        if not isinstance(self.betas, list | tuple) or len(self.betas) != 2:
            raise RecipeError(f"recipe: betas is {self.betas!r}; it must be a list of two numbers.")
        for beta in self.betas:
            _check_number("betas", beta, 0, 0.999999)
        object.__setattr__(self, "betas", tuple(map(float, self.betas)))  # JSON has lists only; Keras takes no 0
        limits = {"warmup": 1, "weight_decay": 10, "label_smoothing": 0.999, "ema": 0.999999}
        _check_number("learning_rate", self.learning_rate, 1e-12, 100)
        for name, limit in limits.items():
            _check_number(name, getattr(self, name), 0, limit)
        for name, kind in (("augmentation", Augmentation), ("teacher", Teacher)):
            if not isinstance(getattr(self, name), kind | None):
                raise RecipeError(f"recipe: {name} is {getattr(self, name)!r}; give an object of its fields, or null.")
        if self.init is not None and (not isinstance(self.init, str) or not self.init):
            raise RecipeError(f"recipe: init is {self.init!r}; give the id of a trained model, or null.")
        if not isinstance(self.hold_out, bool):
            raise RecipeError(f"recipe: hold_out is {self.hold_out!r}; it must be true or false.")
        if self.temperature is not None:
            _check_number("temperature", self.temperature, 0.05, 20)
        elif not self.hold_out:
            raise RecipeError(
                "recipe: temperature is missing. With hold_out false there are no validation images to fit it on; "
                "give that of a training with hold_out true, or 1."
            )

    def to_dict(self) -> dict[str, Any]:
        """The recipe as JSON-ready data.

        Returns
        -------
        dict
            `from_dict` reads it back unchanged.
        """
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recipe:
        """A recipe from plain data.

        Parameters
        ----------
        data : mapping
            Fields by name; those that are absent get their defaults.

        Returns
        -------
        Recipe
            The checked recipe.

        Raises
        ------
        RecipeError
            When a field is unknown or a value is not allowed.
        """
        values = _known_fields(cls, data, "recipe field")
        for name, kind in (("augmentation", Augmentation), ("teacher", Teacher)):
            if isinstance(values.get(name), Mapping):
                values[name] = kind(**_known_fields(kind, values[name], f"{name} field"))
        return cls(**values)

    @classmethod
    def from_file(cls, path: str | Path) -> Recipe:
        """A recipe from a JSON file.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        Recipe
            The checked recipe.

        Raises
        ------
        RecipeError
            When the file cannot be read, is no JSON object, or holds a wrong field or value.
        """
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise RecipeError(f"The recipe {str(path)!r} cannot be read: {error.strerror}.") from error
        except (ValueError, RecursionError) as error:  # deeply nested
            raise RecipeError(f"The recipe {str(path)!r} is not JSON: {error}.") from error
        if not isinstance(data, dict):
            raise RecipeError(f"The recipe {str(path)!r} holds a {type(data).__name__}; it must be a JSON object.")
        try:
            return cls.from_dict(data)
        except RecipeError as error:
            raise RecipeError(f"In {str(path)!r}: {error}") from error


def _known_fields(cls: type, data: Mapping[str, Any], kind: str) -> dict[str, Any]:
    names = [field.name for field in dataclasses.fields(cls)]
    for name in data:
        if name not in names:
            raise RecipeError(str(UnknownNameError(kind, name, names)))
    for field in dataclasses.fields(cls):
        if field.default is dataclasses.MISSING and field.name not in data:
            raise RecipeError(f"The {kind} {field.name!r} is missing.")
    return dict(data)


def _check_integer(name: str, value: object, low: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= MOST:
        raise RecipeError(f"recipe: {name} is {value!r}; it must be a whole number from {low} to {MOST:,}.")


def _check_number(name: str, value: object, low: float, high: float) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise RecipeError(f"recipe: {name} is {value!r}; it must be a number from {low:g} to {high:g}.")
