"""A contact sheet shows what it says: the most confident mistakes first, each with its own picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from zoo.evaluation.plots import confident_mistakes, draw_contact_sheet, draw_mistakes

CLASSES = tuple("0123456789")


def test_the_most_confident_mistakes_come_first() -> None:
    labels = np.array([0, 1, 2, 3, 4])
    probabilities = np.full((5, 10), 0.01)
    for position, (answer, confidence) in enumerate([(0, 0.9), (2, 0.5), (3, 0.8), (4, 0.5), (4, 0.99)]):
        probabilities[position, answer] = confidence
    assert confident_mistakes(probabilities, labels).tolist() == [2, 1, 3]
    assert confident_mistakes(probabilities, labels, most=1).tolist() == [2]
    assert confident_mistakes(probabilities[[0, 4]], labels[[0, 4]]).tolist() == []


@pytest.mark.parametrize("channels", [1, 3])
def test_every_image_is_on_the_sheet_in_its_colour(channels: int, tmp_path: Path) -> None:
    images = np.zeros((13, 8, 8, channels), dtype=np.uint8)
    images[...] = [200] if channels == 1 else [200, 30, 90]
    path = tmp_path / "sheet.png"
    draw_contact_sheet(images, [f"number {number}" for number in range(13)], path, title="thirteen")
    drawn = np.asarray(Image.open(path).convert("RGB"))
    colour = (drawn == (images[0, 0, 0] if channels == 3 else np.array([200] * 3))).all(axis=-1)
    tiles, _ = ndimage.label(colour)
    assert (np.bincount(tiles.ravel())[1:] > 1000).sum() == 13  # smaller ones are the edges of letters


def test_mistakes_are_drawn_also_when_there_is_none(tmp_path: Path) -> None:
    images = np.zeros((2, 28, 28, 1), dtype=np.uint8)
    for name, labels in (("none", [1, 1]), ("one", [1, 2])):
        path = tmp_path / f"{name}.png"
        draw_mistakes(images, np.array(labels), np.eye(10)[[1, 1]], CLASSES, path, title="model")
        with Image.open(path) as sheet:
            assert sheet.width > sheet.height > 100
    assert (tmp_path / "none.png").read_bytes() != (tmp_path / "one.png").read_bytes()
