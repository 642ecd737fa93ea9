"""The contract of a data set."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable

import numpy as np

from zoo.contract.dataset import SPLITS, Dataset, DatasetSource
from zoo.contract.recipe import Recipe
from zoo.datasets.load import load_dataset
from zoo.errors import ContractError, ZooError, error_line
from zoo.evaluation.evaluate import evaluate
from zoo.plugins import load_plugins
from zoo.testing.check import Check, Outcome, demand, one_line, run_or_raise
from zoo.testing.model import small_architecture, temporary_folder
from zoo.testing.probes import check_light
from zoo.training.trainer import train

__all__ = ["check_dataset", "dataset_checks"]


def check_dataset(name: str, *, report: Callable[[Outcome], None] = lambda outcome: None) -> list[Outcome]:
    """Check all that the zoo demands of a data set.

    Parameters
    ----------
    name : str
        As for `zoo.load_dataset`, with the argument that it needs: ``"digits"``, ``"folder:PATH"``.
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

    Examples
    --------
    >>> from zoo.testing import check_dataset
    >>> all(outcome.passed for outcome in check_dataset("digits"))
    True
    """
    return run_or_raise(dataset_checks(name), report)


def dataset_checks(name: str) -> list[Check]:
    """The checks of a data set, to be called one by one; `check_dataset` runs them all.

    Parameters
    ----------
    name : str
        As for `check_dataset`.

    Returns
    -------
    list of Check
    """
    source_name = name.partition(":")[0]
    source: DatasetSource = load_plugins().find("dataset", source_name)
    subject = _Subject(name, source)
    return [
        Check(name, *check)
        for check in (
            ("describes_itself", "describes itself", subject.describes_itself),
            ("light", "imports nothing heavy when it is listed", lambda: check_light("datasets", source_name)),
            ("loads", "has three parts of uint8 images with int64 labels", subject.loads),
            ("range", "uses the grey levels from 0 to 255", subject.range),
            ("parts", "teaches every class, and shows no test image in training", subject.parts),
            ("repeats", "is the same whenever it is loaded", subject.repeats),
            ("digests", "names its contents by SHA-256", subject.digests),
            ("refuses", "refuses a path that does not exist with an error that helps", subject.refuses),
            ("trains", "trains a model, which is evaluated on its test part", subject.trains),
        )
    ]


class _Subject:
    """A data set under test; it is loaded once for all checks but one."""

    def __init__(self, name: str, source: DatasetSource) -> None:
        self.name = name
        self.source = source

    @functools.cached_property
    def data(self) -> Dataset:
        return load_dataset(self.name)

    def describes_itself(self) -> None:
        one_line(self.source, "summary", "license")

    def loads(self) -> None:
        classes = self.data.classes
        demand(
            len(classes) > 1 and len(set(classes)) == len(classes) and all(isinstance(c, str) and c for c in classes),
            f"Its classes are {classes!r}; give a tuple of at least two different labels.",
        )
        for name in SPLITS:
            part = self.data.split(name)
            images, labels = part.images, part.labels
            demand(
                images.dtype == np.uint8 and images.ndim == 4 and images.shape[1:] == self.data.image_shape,
                f"The {name} images are {images.dtype} of shape {images.shape}; give uint8 of "
                "(n, height, width, channels), the same in all parts.",
            )
            demand(
                labels.dtype == np.int64 and labels.shape == (len(images),) and len(labels) > 0,
                f"The {name} labels are {labels.dtype} of shape {labels.shape} for {len(images)} images; give int64 of "
                "(n,), at least one.",
            )
            demand(
                labels.min() >= 0 and labels.max() < len(classes),
                f"The {name} labels go from {labels.min()} to {labels.max()}; they are positions in the "
                f"{len(classes)} classes.",
            )

    def range(self) -> None:
        top = int(self.data.train.images.max())
        demand(top > 127, f"The brightest pixel is {top}; scale the images to 0 ... 255, which models see as 0 ... 1.")

    def parts(self) -> None:
        counts = np.bincount(self.data.train.labels, minlength=len(self.data.classes))
        missing = [name for name, count in zip(self.data.classes, counts, strict=True) if count == 0]
        demand(not missing, f"No training image shows {', '.join(missing)}.")
        seen = _fingerprints(self.data.train.images)
        for name in ("validation", "test"):
            common = len(seen & _fingerprints(self.data.split(name).images))
            demand(common == 0, f"{common} {name} images are training images, too; take copies out of one part.")

    def repeats(self) -> None:
        again = load_dataset(self.name)
        demand(again.digests == self.data.digests, "Loaded twice, its digests differ.")
        for name in SPLITS:
            one, other = self.data.split(name), again.split(name)
            demand(
                np.array_equal(one.images, other.images) and np.array_equal(one.labels, other.labels),
                f"Loaded twice, the {name} part differs; split with a fixed seed, or by the images' bytes.",
            )

    def digests(self) -> None:
        found = self.data.digests
        demand(
            found and all(re.fullmatch("[0-9a-f]{64}", str(digest)) for digest in found.values()),
            f"Its digests are {dict(found)!r}; give the SHA-256 of each source, in hexadecimal.",
        )

    def refuses(self) -> None:
        try:
            self.source.load("/no/such/file", (28, 28, 1))  # those that take no path may ignore it
        except ZooError as error:
            demand(str(error), "The error has no text; say what was received, what is allowed and what to do.")
        except Exception as error:
            raise ContractError(
                f"{self.source.name}:/no/such/file raises {error_line(error)}; raise a zoo.errors.DatasetError that "
                "says what to do."
            ) from error

    def trains(self) -> None:
        recipe = Recipe(dataset=self.name, epochs=1)
        folder = temporary_folder("dataset") / "pack"
        pack = train(small_architecture(), dataset=self.name, recipe=recipe, output=folder)
        result = evaluate(pack, runtime="keras")
        demand(
            result.images == len(self.data.test) and list(result.per_class) == list(self.data.classes),
            f"Evaluated were {result.images} images of the classes {', '.join(result.per_class)}.",
        )


def _fingerprints(images: np.ndarray) -> set[bytes]:
    """A digest of each image; a set of their bytes would be as large as the data."""
    return {hashlib.blake2b(image.tobytes(), digest_size=12).digest() for image in images}
