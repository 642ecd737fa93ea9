"""Augmentation changes images by the amounts that it names, and nothing else."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

import zoo
from zoo.training.augmentation import augment

Images = npt.NDArray[np.uint8]


def dot(row: int = 14, column: int = 14, count: int = 200) -> Images:
    """Images with a square of 3 x 3 pixels."""
    images = np.zeros((count, 29, 29, 1), np.uint8)
    images[:, row - 1 : row + 2, column - 1 : column + 2] = 255
    return images


def centres(images: Images) -> npt.NDArray[np.float64]:
    """Centre of mass of each image, as (row, column)."""
    mass = images[..., 0].astype(np.float64)
    total = mass.sum(axis=(1, 2))
    index = np.arange(images.shape[1])
    return np.stack([mass.sum(axis=2) @ index / total, mass.sum(axis=1) @ index / total], axis=1)


def random() -> np.random.Generator:
    return np.random.default_rng(0)


def test_no_amounts_change_nothing(digits: zoo.Dataset) -> None:
    images = digits.train.images[:50]
    assert (augment(images, zoo.Augmentation(), random()) == images).all()


def test_the_generator_decides_everything_and_the_source_stays(digits: zoo.Dataset) -> None:
    images = digits.train.images[:50]
    before = images.copy()
    augmentation = zoo.Augmentation(rotation=10, shift=0.1, zoom=0.1, shear=5)
    first = augment(images, augmentation, random())
    assert (first == augment(images, augmentation, random())).all()
    assert (first != augment(images, augmentation, np.random.default_rng(1))).any()
    assert (images == before).all()
    assert first.shape == images.shape
    assert first.dtype == np.uint8
    different = (first != images).any(axis=(1, 2, 3))
    assert different.all()


def test_shift_moves_by_at_most_its_fraction_of_the_side() -> None:
    moved = centres(augment(dot(), zoo.Augmentation(shift=0.2), random())) - 14
    assert 5 < np.abs(moved).max() <= 0.2 * 29 + 0.1
    assert abs(moved.mean()) < 0.5
    assert abs(np.corrcoef(*moved.T).min()) < 0.3  # rows and columns are drawn apart


def test_rotation_keeps_the_distance_to_the_centre() -> None:
    turned = centres(augment(dot(row=6), zoo.Augmentation(rotation=30), random())) - 14
    assert np.hypot(*turned.T) == pytest.approx(8, abs=0.15)
    angles = np.degrees(np.arctan2(turned[:, 1], -turned[:, 0]))
    assert 25 < np.abs(angles).max() <= 30.5


def test_zoom_moves_what_is_off_centre_along_its_ray() -> None:
    scaled = centres(augment(dot(row=6), zoo.Augmentation(zoom=0.25), random())) - 14
    assert np.abs(scaled[:, 1]).max() < 0.1
    factors = scaled[:, 0] / -8
    assert 1.2 < factors.max() <= 1.27
    assert 0.73 <= factors.min() < 0.8


def test_shear_moves_sideways() -> None:
    sheared = centres(augment(dot(row=6), zoo.Augmentation(shear=20), random())) - 14
    assert sheared[:, 0] == pytest.approx(-8, abs=0.15)
    assert 2.4 < np.abs(sheared[:, 1]).max() <= 8 * np.tan(np.radians(20)) + 0.15


def test_colour_images_are_changed_as_one() -> None:
    colour = np.repeat(dot(count=20), 3, axis=3)
    changed = augment(colour, zoo.Augmentation(rotation=30, shift=0.1), random())
    assert changed.shape == colour.shape
    assert (changed[..., 0] == changed[..., 1]).all()
    assert (changed[..., 0] == changed[..., 2]).all()


def test_elastic_displaces_smoothly_by_its_standard_deviation() -> None:
    moved = centres(augment(dot(count=1000), zoo.Augmentation(elastic=1.5), random())) - 14
    assert moved.std(axis=0) == pytest.approx(1.5, rel=0.15)
    assert abs(moved.mean()) < 0.15
    assert abs(np.corrcoef(*moved.T).min()) < 0.15


def test_strokes_become_thicker_and_thinner() -> None:
    area = augment(dot(count=400), zoo.Augmentation(stroke=1), random()).astype(float).sum(axis=(1, 2, 3)) / 255
    # A square of 9 pixels: dilated with a cross it has 21, eroded 1; everything between is possible.
    assert 1 <= area.min() < 2
    assert 20 < area.max() <= 21.1
    assert (area < 9).mean() == pytest.approx(0.5, abs=0.1)
    half = augment(dot(count=400), zoo.Augmentation(stroke=0.5), random()).astype(float).sum(axis=(1, 2, 3)) / 255
    assert half.max() <= 15.1
    assert half.min() >= 4.9


def test_erasing_blanks_a_rectangle_of_every_second_image() -> None:
    full = np.full((400, 29, 29, 1), 255, np.uint8)
    erased = augment(full, zoo.Augmentation(erasing=0.5), random()) == 0
    touched = erased.any(axis=(1, 2, 3))
    assert touched.mean() == pytest.approx(0.5, abs=0.1)
    rows, columns = erased[..., 0].any(axis=2), erased[..., 0].any(axis=1)
    assert (erased[..., 0] == rows[:, :, None] & columns[:, None, :]).all()  # rectangles
    assert rows.sum(axis=1).max() <= 15
    assert columns.sum(axis=1).max() <= 15


def test_no_image_reaches_into_its_neighbour() -> None:
    """The images of a sheet lie below each other; dark ones stay dark whatever lies beside them."""
    images = np.zeros((100, 29, 29, 1), np.uint8)
    images[::2] = 255
    everything = zoo.Augmentation(rotation=45, shift=0.5, zoom=0.5, shear=30, elastic=5, stroke=1)
    changed = augment(images, everything, random())
    assert changed[1::2].max() == 0
    assert (changed[::2].max(axis=(1, 2, 3)) > 0).all()
