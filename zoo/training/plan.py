"""What a training is going to do, resolved from what was asked for before anything of it begins."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from zoo.contract.architecture import Architecture
from zoo.contract.dataset import Dataset
from zoo.contract.pack import Pack
from zoo.contract.recipe import Recipe, Teacher
from zoo.datasets.load import load_dataset
from zoo.errors import RecipeError, TrainingError, UnknownNameError
from zoo.packs.store import get_pack, pack_folder
from zoo.plugins import get_architecture

__all__ = ["TrainingOptions", "TrainingPlan", "own_recipe", "parse_model", "resolve"]


class TrainingOptions(TypedDict, total=False):
    """Arguments of `zoo.train` that all trainings of one command share."""

    dataset: str | None
    recipe: Recipe | None
    epochs: int | None
    init: str | Path | None
    overwrite: bool


@dataclass(frozen=True)
class TrainingPlan:
    """One training with every name looked up and every default filled in; `resolve` makes it.

    A training reads its plan and nothing else: on the same backend and machine, equal plans end in equal weights,
    whether they are interrupted on the way or not. Keras is not imported before a plan is carried out.

    Parameters
    ----------
    architecture : Architecture
        Whose ``build`` makes the network.
    tag : str
        What names the model beside its architecture: ``"mnist"`` of ``"lenet5.mnist"``.
    recipe : Recipe
        As the pack will hold it: `epochs` are those asked for, `batch_size` is at most the number of training images,
        and `dataset` is found from any folder.
    data : Dataset
        Loaded. Where the recipe does not hold out the validation images, its training part has them, too.
    seed : int
        Decides the initial weights, the order of the images, augmentation and dropout.
    target : pathlib.Path
        The folder of the pack that is to be written.
    init : Pack or None
        The trained model whose weights the training begins with.
    teachers : tuple of Pack
        The trained models whose answers teach, where the recipe has a teacher.
    """

    architecture: Architecture
    tag: str
    recipe: Recipe
    data: Dataset
    seed: int
    target: Path
    init: Pack | None = None
    teachers: tuple[Pack, ...] = ()

    @property
    def model(self) -> str:
        """The id of the pack: ``"lenet5.mnist"``."""
        return f"{self.architecture.name}.{self.tag}"

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches in an epoch."""
        return self.data.training_count // self.recipe.batch_size

    @property
    def teacher_digests(self) -> list[str]:
        """SHA-256 of each teacher's weights, and its temperature; a name alone does not say what it teaches."""
        return [f"{pack.artifact('keras').sha256} {pack.temperature}" for pack in self.teachers]

    @property
    def init_digest(self) -> str | None:
        """SHA-256 of the weights that the training begins with."""
        return self.init.artifact("keras").sha256 if self.init else None

    def settings(self) -> dict[str, Any]:
        """All that decides the result, backend apart, as JSON-ready data."""
        return {
            "architecture": self.architecture.name,
            "recipe": self.recipe.to_dict(),
            "dataset": dict(self.data.digests),
            "teachers": self.teacher_digests,
            "seed": self.seed,
            **({"init": self.init_digest} if self.init else {}),
        }

    def differences(self, pack: Pack) -> list[str]:
        """In what a finished pack differs from the one that this training would give."""
        manifest = pack.manifest
        try:
            made = dataclasses.replace(Recipe.from_dict(manifest["recipe"]), dataset=self.recipe.dataset)
            names = [field.name for field in dataclasses.fields(Recipe)]
            differing = [name for name in names if getattr(made, name) != getattr(self.recipe, name)]
        except RecipeError:  # made by a version with other fields
            differing = ["recipe"]
        others = (
            ("seed", manifest["seed"], self.seed),
            ("dataset", manifest["dataset"].get("digests"), dict(self.data.digests)),
            ("teacher", manifest.get("teachers", self.teacher_digests), self.teacher_digests),  # old packs lack the key
            ("init", (manifest.get("init") or {}).get("sha256"), self.init_digest),
        )
        return differing + [name for name, found, wanted in others if found != wanted]


def resolve(
    model: str,
    *,
    dataset: str | None = None,
    recipe: Recipe | None = None,
    epochs: int | None = None,
    init: str | Path | Pack | None = None,
    seed: int = 0,
    output: str | Path | None = None,
) -> TrainingPlan:
    """The plan of a training that is asked for as `zoo.train` says; it loads the data set, and imports no Keras."""
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise TrainingError(f"seed is {seed!r}; it must be a whole number of at least 0.")
    architecture, tag = parse_model(model, dataset, recipe)
    wanted = _from_any_folder(dataset or (recipe or own_recipe(architecture, tag)).dataset)
    data = load_dataset(wanted)
    if not tag:  # that of what it is trained on: mnist, or photos for folder:photos
        tag = re.sub(r"[^a-z0-9]+", "-", data.name.rpartition(":")[2].lower()).strip("-") or "custom"
    known = architecture.recipes.get(tag)
    if known is not None and data.name != known.dataset:
        raise TrainingError(
            f"{architecture.name}.{tag} is trained on {known.dataset}, not on {data.name}. Leave the tag to the data "
            f"set ('zoo train {architecture.name} --dataset {wanted}'), or give one of your own."
        )
    recipe = dataclasses.replace(recipe or own_recipe(architecture, tag, wanted), dataset=wanted)
    if epochs is not None:
        plain = recipe.plain_epochs
        recipe = dataclasses.replace(recipe, epochs=epochs, plain_epochs=0)  # refuses what is no number of epochs
        recipe = dataclasses.replace(recipe, plain_epochs=min(plain, epochs))
    if not recipe.hold_out:
        data = data.without_hold_out()
    recipe = dataclasses.replace(recipe, batch_size=min(recipe.batch_size, data.training_count))
    beginning = recipe.init if init is None else init
    folder = pack_folder(f"{architecture.name}.{tag}", seed) if output is None else Path(output)
    return TrainingPlan(
        architecture=architecture,
        tag=tag,
        recipe=recipe,
        data=data,
        seed=seed,
        target=folder.expanduser().absolute(),
        init=None if beginning is None else get_pack(beginning),
        teachers=_teachers(recipe.teacher, data),
    )


def parse_model(model: str, dataset: str | None = None, recipe: Recipe | None = None) -> tuple[Architecture, str]:
    """The architecture and the tag that a MODEL to be trained names; an empty tag is left to the data set."""
    name, dot, tag = model.partition(".")
    architecture = get_architecture(name)
    if tag and tag not in architecture.recipes and recipe is None and dataset is None:
        raise UnknownNameError(f"tag of {name}", tag, architecture.recipes, "Or give a --recipe or a --dataset.")
    if (dot and not tag) or not re.fullmatch(r"[a-z0-9_-]*", tag):
        raise TrainingError(f"The tag {tag!r} is not allowed; use lower-case letters, digits, '_' and '-'.")
    if not tag and dataset is None and recipe is None:
        tag = architecture.default_tag
    return architecture, tag


def own_recipe(architecture: Architecture, tag: str, dataset: str | None = None) -> Recipe:
    """An architecture's recipe of a tag; of another tag, the one that is made for the data set, or the default."""
    recipes = architecture.recipes
    source = (dataset or "").partition(":")[0]
    made_for = next((recipe for recipe in recipes.values() if recipe.dataset == source), None)
    return recipes.get(tag) or made_for or recipes[architecture.default_tag]


def _from_any_folder(dataset: str) -> str:
    """A data set's name with its path made absolute: the pack remembers it, and must find it from any folder."""
    source, colon, argument = dataset.partition(":")
    path = Path(argument).expanduser()
    return f"{source}:{path.absolute()}" if colon and path.exists() else dataset


def _teachers(teacher: Teacher | None, data: Dataset) -> tuple[Pack, ...]:
    """The packs that teach, if they know what the data set shows."""
    packs = tuple(get_pack(name) for name in teacher.models) if teacher else ()
    for pack in packs:
        if pack.classes != list(data.classes) or pack.input_shape != data.image_shape:
            raise TrainingError(
                f"The teacher {pack.id} takes images of shape {pack.input_shape} and knows the classes "
                f"{' '.join(pack.classes)}; it cannot teach {data.name}, with {data.image_shape} and "
                f"{' '.join(data.classes)}."
            )
    return packs
