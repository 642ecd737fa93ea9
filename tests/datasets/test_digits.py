"""scikit-learn's digits: the data set that is always at hand."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from helpers import run_python, without_packages

import zoo


def test_sizes_and_classes(digits: zoo.Dataset) -> None:
    assert digits.name == "digits"
    assert digits.classes == tuple("0123456789")
    assert digits.image_shape == (28, 28, 1)
    parts = (digits.train, digits.validation, digits.test)
    assert [len(part) for part in parts] == [1257, 180, 360]
    for part in parts:
        assert part.images.shape == (len(part), 28, 28, 1)
        assert part.images.dtype == np.uint8
        assert part.labels.dtype == np.int64
        assert set(part.labels.tolist()) == set(range(10))


def test_every_digit_is_in_one_part(digits: zoo.Dataset) -> None:
    from sklearn import datasets

    labels = np.concatenate([part.labels for part in (digits.train, digits.validation, digits.test)])
    assert np.bincount(labels).tolist() == np.bincount(datasets.load_digits().target).tolist()


def test_the_split_never_changes(digits: zoo.Dataset) -> None:
    """Accuracies on it are compared over versions; by labels, since another Pillow may round a pixel otherwise."""
    joined = np.concatenate([part.labels for part in (digits.train, digits.validation, digits.test)])
    assert hashlib.sha256(joined.astype(np.uint8).tobytes()).hexdigest().startswith("f60a686606a26029")
    again = zoo.load_dataset("digits")
    assert (again.test.images == digits.test.images).all()
    assert again.digests == digits.digests


def test_the_ink_is_as_large_as_mnists(digits: zoo.Dataset) -> None:
    images = digits.train.images[..., 0]
    assert images.max() == 255
    margin = images.copy()
    margin[:, 4:-4, 4:-4] = 0
    assert margin.max() == 0  # MNIST's box of 20 x 20
    assert 0.05 < images.mean() / 255 < 0.25


def test_another_image_shape_is_refused() -> None:
    with pytest.raises(zoo.ZooError, match=r"\(28, 28, 1\).*\(32, 32, 3\)"):
        zoo.load_dataset("digits", (32, 32, 3))


def test_an_unknown_data_set_suggests_the_nearest() -> None:
    with pytest.raises(zoo.ZooError, match=r"Unknown dataset 'digit'. Did you mean 'digits'"):
        zoo.load_dataset("digit")


def test_without_scikit_learn_the_extra_is_named(tmp_path: Path) -> None:
    result = run_python(
        "import zoo\ntry:\n    zoo.load_dataset('digits')\nexcept zoo.ZooError as error:\n    print(error)",
        PYTHONPATH=without_packages(tmp_path / "blocked", "sklearn"),
    )
    assert "pip install 'digit-zoo[evaluate]'" in result.stdout, result.stderr
