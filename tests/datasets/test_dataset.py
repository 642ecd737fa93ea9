"""A data set's parts may be functions: each is called once, and only by those who use the part."""

from __future__ import annotations

import dataclasses

import numpy as np

import zoo


def part(count: int) -> zoo.Split:
    """Images without ink."""
    return zoo.Split(np.zeros((count, 8, 6, 3), np.uint8), np.zeros(count, np.int64))


def test_a_part_is_made_when_it_is_first_used() -> None:
    made: list[str] = []

    def train() -> zoo.Split:
        made.append("train")
        return part(5)

    def outliers() -> np.ndarray:
        made.append("outliers")
        return part(2).images

    data = zoo.Dataset("blank", ("one", "two"), train, part(3), part(4), digests={}, outliers=outliers)
    assert data.image_shape == (8, 6, 3)
    assert (len(data.validation), len(data.split("test"))) == (3, 4)
    assert made == []
    assert data.training_count == len(data.training_images) == 7
    assert made == ["train", "outliers"]
    whole = data.without_hold_out()
    assert (len(whole.train), whole.training_count) == (8, 10)
    assert dataclasses.replace(data, name="other").train is data.train
    assert made == ["train", "outliers"]


def test_a_data_set_without_outliers_has_none() -> None:
    assert zoo.Dataset("blank", ("one", "two"), part(5), part(3), part(4), {}).outliers is None
