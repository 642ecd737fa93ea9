"""A long training takes no more memory than a short one."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

import zoo

IMAGES_BYTES = 55_000 * 28 * 28 * 4  # of one epoch


@pytest.mark.mnist
@pytest.mark.slow
def test_an_epoch_leaves_no_images_behind(tmp_path: Path) -> None:
    after: list[int] = []
    zoo.train(
        "softmax_regression",
        recipe=zoo.Recipe(dataset="mnist", epochs=8, batch_size=512),
        output=tmp_path / "pack",
        on_epoch=lambda row: after.append(psutil.Process().memory_info().rss),
    )
    assert after[-1] - after[1] < 2 * IMAGES_BYTES
