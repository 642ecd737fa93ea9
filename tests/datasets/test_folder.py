"""Folders of pictures: one sub-folder per class, whatever people keep in them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import zoo
from zoo.errors import DatasetError

SIZES = [(28, 28), (8, 8), (100, 60), (2, 3)]


def draw_pictures(root: Path, count: int = 40, seed: int = 0) -> Path:
    """Two classes of pictures of many sizes and formats: dark ones and light ones."""
    random = np.random.default_rng(seed)
    for number in range(count):
        for name, level in (("dark", 40), ("light", 200)):
            folder = root / name
            folder.mkdir(parents=True, exist_ok=True)
            width, height = SIZES[number % len(SIZES)]
            pixels = random.integers(level, level + 40, (height, width, 3), dtype=np.uint8)
            extension = ("png", "jpg", "bmp", "webp", "PNG", "tiff", "gif", "ppm")[number % 8]
            Image.fromarray(pixels).save(folder / f"{seed}-{number}.{extension}")
    return root


def contents(dataset: zoo.Dataset) -> dict[str, set[bytes]]:
    """The pictures of each part."""
    return {
        name: {image.tobytes() + bytes([label]) for image, label in zip(part.images, part.labels, strict=True)}
        for name, part in (("train", dataset.train), ("validation", dataset.validation), ("test", dataset.test))
    }


def test_classes_are_sub_folders_and_any_size_fits(tmp_path: Path) -> None:
    root = draw_pictures(tmp_path / "photos")
    (root / ".cache").mkdir()
    (root / "notes.txt").write_text("no class")
    (root / "dark" / "notes.txt").write_text("no picture")
    dataset = zoo.load_dataset(f"folder:{root}")
    assert dataset.name == "folder:photos"
    assert dataset.classes == ("dark", "light")
    assert dataset.image_shape == (28, 28, 1)
    parts = (dataset.train, dataset.validation, dataset.test)
    assert sum(len(part) for part in parts) == 80
    assert len(dataset.train) > len(dataset.test) > len(dataset.validation) > 0
    for part in parts:  # the labels are those of the sub-folders
        assert ((part.images.mean(axis=(1, 2, 3)) > 128) == (part.labels == 1)).all()


@pytest.mark.parametrize("shape", [(28, 28, 3), (16, 24, 1)])
def test_pictures_come_in_the_shape_that_a_model_takes(tmp_path: Path, shape: tuple[int, int, int]) -> None:
    root = draw_pictures(tmp_path / "photos")
    assert zoo.load_dataset(f"folder:{root}", shape).image_shape == shape


def test_the_split_stays_when_pictures_are_added_renamed_and_moved(tmp_path: Path) -> None:
    root = draw_pictures(tmp_path / "photos")
    before = contents(zoo.load_dataset(f"folder:{root}"))
    draw_pictures(root, count=20, seed=1)
    for path in sorted((root / "dark").glob("0-1*")):
        path.rename(path.with_name(f"renamed-{path.name}"))
    after = contents(zoo.load_dataset(f"folder:{shutil.move(root, tmp_path / 'moved')}"))
    for name in before:
        assert before[name] < after[name]


def test_two_copies_of_a_picture_are_never_in_two_parts(tmp_path: Path) -> None:
    root = draw_pictures(tmp_path / "photos")
    for path in sorted((root / "light").iterdir()):
        shutil.copy(path, path.with_name(f"copy-{path.name}"))
    parts = list(contents(zoo.load_dataset(f"folder:{root}")).values())
    assert not parts[0] & parts[1]
    assert not parts[0] & parts[2]
    assert not parts[1] & parts[2]


def test_unreadable_files_are_named_and_counted_and_not_fatal(tmp_path: Path) -> None:
    root = draw_pictures(tmp_path / "photos")
    (root / "dark" / "empty.png").write_bytes(b"")
    (root / "dark" / "text.jpg").write_text("no picture")
    cut = (root / "light" / "0-0.png").read_bytes()
    (root / "light" / "cut.png").write_bytes(cut[: len(cut) // 2])
    (root / "light" / "folder.png").mkdir()
    (root / "light" / "dangling.png").symlink_to(root / "nowhere.png")
    with pytest.warns(UserWarning, match=r"5 of 85 files left out") as caught:
        dataset = zoo.load_dataset(f"folder:{root}")
    text = str(caught[0].message)
    for name in ("empty.png", "text.jpg", "cut.png", "folder.png", "dangling.png"):
        assert text.count(str(root / ("dark" if name in ("empty.png", "text.jpg") else "light") / name)) == 1
    assert sum(len(part) for part in (dataset.train, dataset.validation, dataset.test)) == 80


def test_many_unreadable_files_are_counted(tmp_path: Path) -> None:
    root = draw_pictures(tmp_path / "photos")
    for number in range(25):
        (root / "dark" / f"bad{number:02}.png").write_bytes(b"bad")
    with pytest.warns(UserWarning, match=r"25 of 105 files left out") as caught:
        zoo.load_dataset(f"folder:{root}")
    assert "and 15 more" in str(caught[0].message)


@pytest.mark.parametrize("name", ["folder", "folder:"])
def test_a_path_is_needed(name: str) -> None:
    with pytest.raises(DatasetError, match=r"folder:PATH"):
        zoo.load_dataset(name)


def test_what_is_no_folder_of_classes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"There is no folder '/nowhere'"):
        zoo.load_dataset("folder:/nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match=r"There is no folder"):
        zoo.load_dataset(f"folder:{tmp_path / 'file'}")
    root = tmp_path / "photos"
    root.mkdir()
    with pytest.raises(DatasetError, match=r"has 0 sub-folders"):
        zoo.load_dataset(f"folder:{root}")
    (root / "one").mkdir()
    with pytest.raises(DatasetError, match=r"has 1 sub-folders.*at least two"):
        zoo.load_dataset(f"folder:{root}")
    (root / "two").mkdir()
    with pytest.raises(DatasetError, match=r"0 readable pictures"):
        zoo.load_dataset(f"folder:{root}")
    Image.new("L", (5, 5)).save(root / "one" / "single.png")
    with pytest.raises(DatasetError, match=r"1 readable pictures"):
        zoo.load_dataset(f"folder:{root}")


def test_digests_tell_two_folders_apart(tmp_path: Path) -> None:
    root = draw_pictures(tmp_path / "photos")
    before = zoo.load_dataset(f"folder:{root}").digests
    assert zoo.load_dataset(f"folder:{shutil.copytree(root, tmp_path / 'copy')}").digests == before
    path = sorted((root / "dark").iterdir())[0]
    path.rename(root / "light" / path.name)  # another label for the same picture
    assert zoo.load_dataset(f"folder:{root}").digests != before
