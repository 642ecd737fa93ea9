"""The contract of an architecture."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.contract.architecture import Architecture
from zoo.contract.pack import Pack
from zoo.contract.recipe import Recipe
from zoo.datasets.load import load_dataset
from zoo.errors import ContractError, MissingExtraError
from zoo.exporting.export import export
from zoo.plugins import get_architecture, load_plugins
from zoo.testing.check import Check, Outcome, demand, one_line, run_or_raise
from zoo.testing.model import shared_converter, temporary_folder
from zoo.testing.probes import check_light, check_modules, no_tensorflow, owner
from zoo.training.trainer import train

if TYPE_CHECKING:
    import keras


__all__ = ["architecture_checks", "check_architecture"]

SHAPES = (((28, 28, 1), 10), ((32, 32, 3), 7))  # MNIST's, and one that differs in everything
LEARNING = (4, 24)  # epochs; the second try is for those that learn slowly
LEARNT = 0.5  # accuracy; guessing reaches 0.1
BATCH_SIZE = 32  # of the 1,257 training digits: 39 steps an epoch


def check_architecture(
    name: str, *, exports: bool = True, report: Callable[[Outcome], None] = lambda outcome: None
) -> list[Outcome]:
    """Check all that the zoo demands of an architecture.

    Parameters
    ----------
    name : str
        As it is registered by an installed plugin.
    exports : bool
        Whether to export it to every format, too, which takes some seconds more.
    report : callable
        Is given each outcome once it is there.

    Returns
    -------
    list of Outcome
        One per check.

    Raises
    ------
    ContractError
        When a check failed, with all that failed. Those after it were run, too.
    UnknownNameError
        When no plugin registers it.
    MissingExtraError
        When Keras or scikit-learn is not installed.

    Examples
    --------
    >>> from zoo.testing import check_architecture
    >>> outcomes = check_architecture("softmax_regression", exports=False)
    >>> [outcome.check.name for outcome in outcomes]
    ['describes_itself', 'light', 'builds', 'logits', 'plain_keras', 'seed', 'saves', 'learns']
    """
    return run_or_raise([check for check in architecture_checks(name) if exports or not check.slow], report)


def architecture_checks(name: str) -> list[Check]:
    """The checks of an architecture, to be called one by one; `check_architecture` runs them all.

    Parameters
    ----------
    name : str
        As it is registered by an installed plugin.

    Returns
    -------
    list of Check
    """
    subject = _Subject(get_architecture(name))
    checks = [
        ("describes_itself", "describes itself and has valid recipes", subject.describes_itself),
        ("light", "imports nothing heavy when it is listed", lambda: check_light("architectures", name)),
        ("builds", "builds a keras.Model for any image shape and number of classes", subject.builds),
        ("logits", "returns logits, not probabilities", subject.logits),
        ("plain_keras", "is plain Keras 3, without a call of TensorFlow", subject.plain_keras),
        ("seed", "depends on nothing but the seed", subject.seed),
        ("saves", "is the same after its weights were saved and loaded", subject.saves),
        ("learns", "learns scikit-learn's digits with its own recipe", subject.learns),
    ]
    quick = [Check(name, *check) for check in checks]
    return quick + [
        Check(
            name,
            f"exports_{format}",
            f"computes the same function as {format}",
            functools.partial(subject.exports, format),
            slow=True,
        )
        for format in sorted(load_plugins().exporters)
    ]


class _Subject:
    """An architecture under test, with what several checks need: it is built and trained once."""

    def __init__(self, architecture: Architecture) -> None:
        self.architecture = architecture
        self.folder = temporary_folder(architecture.name)

    # -- what the checks do ------------------------------------------------------------------------------------------

    def describes_itself(self) -> None:
        one_line(self.architecture, "summary", "reference", "license")
        for tag, recipe in self.architecture.recipes.items():
            demand(isinstance(recipe, Recipe), f"The recipe {tag!r} is {recipe!r}; give a zoo.Recipe.")
            again = Recipe.from_dict(json.loads(json.dumps(recipe.to_dict())))
            demand(again == recipe, f"The recipe {tag!r} is not the same after it was written as JSON and read again.")
            source = recipe.dataset.partition(":")[0]
            known = sorted(load_plugins().datasets)
            demand(
                source in known,
                f"The recipe {tag!r} trains on {source!r}, which no plugin registers; known are {', '.join(known)}.",
            )

    def builds(self) -> None:
        for shape, classes in SHAPES:
            model = self._model(shape, classes)
            demand(
                tuple(model.input_shape) == (None, *shape),
                f"Asked for images of {shape}, it takes {model.input_shape}; begin with keras.Input(input_shape).",
            )
            demand(
                tuple(model.output_shape) == (None, classes),
                f"Asked for {classes} classes, it returns {model.output_shape}; end with Dense(num_classes).",
            )
            for size in (1, 3):
                answer = self._answer(model, _images(shape, size))
                demand(
                    answer.shape == (size, classes) and answer.dtype == np.float32,
                    f"{size} images give {answer.dtype} of shape {answer.shape}, not float32 of {(size, classes)}.",
                )
                demand(np.isfinite(answer).all(), f"Untrained, it answers {answer.tolist()} to real images.")

    def logits(self) -> None:
        answers = [self._answer(self._model(*shape), _images(shape[0], 64)) for shape in SHAPES]
        remedy = "the library adds the softmax itself; end with Dense(num_classes), without an activation"
        demand(
            not all((answer >= 0).all() and np.allclose(answer.sum(axis=1), 1, atol=1e-3) for answer in answers),
            f"It returns probabilities: {remedy}.",
        )
        demand(
            not all(np.allclose(np.exp(answer).sum(axis=1), 1, atol=1e-3) for answer in answers),
            f"It returns logarithms of probabilities: {remedy}.",
        )
        demand(
            not all(((answer > 0) & (answer < 1)).all() for answer in answers),
            f"Every output lies between 0 and 1, as a sigmoid's: {remedy}.",
        )
        demand(
            not all((answer >= 0).all() and answer.any() for answer in answers),
            f"No output is negative, as after a ReLU: {remedy}.",
        )

    def plain_keras(self) -> None:
        with no_tensorflow():
            model = self.architecture.build(*SHAPES[0])
            model(_images(SHAPES[0][0], 2), training=True)
        plugin = owner("architectures", self.architecture.name)
        modules = {plugin.value, self.architecture.build.__module__}
        modules |= {type(layer).__module__ for layer in model._flatten_layers()}
        check_modules({re.split("[.:]", module)[0] for module in modules} - {"keras"})

    def seed(self) -> None:
        first, second = self._model(*SHAPES[0]), self._build(*SHAPES[0])
        images = _images(SHAPES[0][0], 32)
        for one, other in zip(first.weights, second.weights, strict=True):
            demand(
                np.array_equal(_array(one), _array(other)),
                f"Built twice after keras.utils.set_random_seed(0), {one.path!r} differs; draw initial weights with "
                "Keras's initializers.",
            )
        answer = self._answer(first, images)
        demand(
            np.array_equal(answer, self._answer(first, images)),
            "The same images give another answer the second time, with training=False; what is random belongs to "
            "training alone.",
        )
        alone = np.concatenate([self._answer(first, images[i : i + 1]) for i in range(4)])
        demand(
            np.allclose(alone, answer[:4], atol=1e-4, rtol=1e-4),
            "An image gives another answer among other images than alone; normalise with statistics that were learnt.",
        )

    def saves(self) -> None:
        random = np.random.default_rng(0)
        saved, loaded = self._build(*SHAPES[0]), self._build(*SHAPES[0])
        for weight in saved.weights:  # all of them, so that one that is not saved shows
            weight.assign(_array(weight) + random.uniform(0.01, 0.02, weight.shape).astype(weight.dtype))
        path = self.folder / "model.keras"
        saved.save(path)
        loaded.load_weights(path)
        for one, other in zip(saved.weights, loaded.weights, strict=True):
            demand(
                np.array_equal(_array(one), _array(other)),
                f"{one.path!r} is another after saving and loading; create weights in __init__ or build, with "
                "add_weight, and layers as attributes.",
            )
        images = _images(SHAPES[0][0], 32)
        demand(
            np.array_equal(self._answer(saved, images), self._answer(loaded, images)),
            "It answers otherwise after saving and loading, with equal weights; keep every number that counts in a "
            "weight.",
        )

    def learns(self) -> None:
        self._pack()

    def exports(self, format: str) -> None:
        export(
            self._pack(),
            format,
            output=self.folder / format,
            parity_data="digits",
            converter=shared_converter(),
        )

    # -- what they share ---------------------------------------------------------------------------------------------

    @functools.cache  # noqa: B019 - as long as the checks are there
    def _model(self, shape: tuple[int, int, int], classes: int) -> keras.Model:
        """A model that no check changes."""
        return self._build(shape, classes)

    def _build(self, shape: tuple[int, int, int], classes: int) -> keras.Model:
        """A model that was built after the random seed was set."""
        try:
            import keras
        except ModuleNotFoundError as error:
            raise MissingExtraError(error.name or "keras", "train", "Checking an architecture") from error

        keras.utils.set_random_seed(0)
        model = self.architecture.build(shape, classes)
        demand(isinstance(model, keras.Model), f"build() returns {model!r}; it must return a keras.Model.")
        return model

    def _answer(self, model: keras.Model, images: np.ndarray) -> np.ndarray:
        """What the model answers to images that it is not trained on."""
        import keras

        answer: np.ndarray = keras.ops.convert_to_numpy(model(images, training=False))
        return answer

    def _pack(self) -> Pack:
        """The architecture as a pack, trained on the digits; `ContractError` where it does not learn."""
        trained = self._trained()
        if isinstance(trained, str):
            raise ContractError(trained)
        return trained

    @functools.cache  # noqa: B019 - as long as the checks are there
    def _trained(self) -> Pack | str:
        """The trained pack, or why there is none; both are found out once."""
        own = self.architecture.recipes[self.architecture.default_tag]
        best = 0.0
        for epochs in LEARNING:
            recipe = dataclasses.replace(
                own,
                dataset="digits",
                epochs=epochs,
                batch_size=BATCH_SIZE,
                augmentation=None,
                plain_epochs=0,
                ema=0.0,
                teacher=None,
                init=None,
            )
            folder = self.folder / f"{epochs}-epochs"
            pack = train(self.architecture.name, dataset="digits", recipe=recipe, output=folder, overwrite=True)
            best = max(best, pack.accuracy)
            if best >= LEARNT:
                return pack
        return (
            f"After {epochs} epochs over 1,257 digits with its own recipe it knows {best:.0%} of the test digits; "
            f"guessing knows 10 %, wanted are {LEARNT:.0%}. Look at the learning rate, the initial weights, and "
            "BatchNormalization's momentum (0.9, not 0.99, in short trainings)."
        )


def _array(weight: Any) -> np.ndarray:
    import keras

    array: np.ndarray = keras.ops.convert_to_numpy(weight)
    return array


@functools.cache
def _images(shape: tuple[int, int, int], number: int) -> np.ndarray:
    """Real digits in any shape: float32 in [0, 1]."""

    digits = load_dataset("digits").test.scaled()[:number]
    height, width, channels = shape
    margins = ((0, 0), (0, height - digits.shape[1]), (0, width - digits.shape[2]), (0, 0))
    return np.repeat(np.pad(digits, margins), channels, axis=-1)
