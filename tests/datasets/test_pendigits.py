"""The pen digits: where they are looked for, what they may come in, and what is made of them."""

from __future__ import annotations

import dataclasses
import functools
import http.server
import io
import os
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zoo
from zoo.contract.dataset import SPLITS, Split, array_digest
from zoo.datasets.drawn import canvas, pen_strokes, pendigits
from zoo.datasets.drawn import rendering as drawings
from zoo.datasets.drawn.letters import JUDGING_FONTS, TRAINING_FONTS, letter_images
from zoo.datasets.drawn.pen_strokes import FOLDS, PenStrokes, load_pen_strokes, read_unipen
from zoo.datasets.drawn.rendering import written_digits
from zoo.errors import DatasetError

CLEAR = 256  # the code that makes `compress` begin anew


def unipen(pens: PenStrokes, digits: int) -> str:
    """The first digits as the file at UCI writes them."""
    lines = [".INCLUDE dene.doc", '.LEXICON "0" "1" "2" "3" "4" "5" "6" "7" "8" "9"', ".HIERARCHY DIGIT", ""]
    for digit in range(digits):
        first, last = pens.digit_start[digit], pens.digit_start[digit + 1] - 1
        strokes = str(first) if first == last else f"{first}-{last}"
        lines.append(f'.SEGMENT DIGIT {strokes} ? "{pens.label[digit]}"')
        lines.append(f".COMMENT {pens.label[digit]} {pens.writer[digit]} {digit}")
        for stroke in range(first, last + 1):
            lines.append(".PEN_DOWN")
            points = pens.points[pens.stroke_start[stroke] : pens.stroke_start[stroke + 1]]
            lines += [f" {x:4d}  {y:4d}" for x, y in points]
            lines += [".PEN_UP", ".DT 100"]
        lines.append("")
    return "\n".join(lines)


def compressed(data: bytes) -> bytes:
    """Bytes in the format of `compress` (.Z), without saving any: only literal codes of 9 bits.

    A code is cleared before there are so many that they would take 10 bits; codes come in groups of eight.
    """
    codes: list[int] = []
    for start in range(0, len(data), 247):
        block = list(data[start : start + 247])
        codes += [*block, CLEAR] if len(block) == 247 else block
    bits = sum(code << 9 * position for position, code in enumerate(codes))  # quadratic: for small samples
    return b"\x1f\x9d\x90" + bits.to_bytes((9 * len(codes) + 7) // 8, "little")


def archive(packed: bytes) -> bytes:
    """UCI's archive with the file that counts, and another."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("pendigits.tra", "not looked at")
        file.writestr("pendigits-orig.tra.Z", packed)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def pens() -> PenStrokes:
    """The canonical strokes."""
    path = pen_file()
    assert path is not None
    return load_pen_strokes(path)


@pytest.fixture
def few(pens: PenStrokes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PenStrokes:
    """Every sixtieth of them stand for the whole, with few outliers; all of them take a minute to draw."""
    monkeypatch.setenv("ZOO_HOME", str(tmp_path))  # or other tests would find these drawings
    digits = range(0, len(pens), 60)
    strokes = [[stroke.astype(np.int16) * (1, -1) for stroke in pens.strokes(digit)] for digit in digits]
    sample = PenStrokes(
        points=np.concatenate([stroke for drawing in strokes for stroke in drawing]).astype(np.int16),
        stroke_start=np.cumsum([0, *(len(stroke) for drawing in strokes for stroke in drawing)]),
        digit_start=np.cumsum([0, *map(len, strokes)]),
        label=pens.label[digits],
        writer=pens.writer[digits],
    )
    for module in (canvas, pendigits):
        monkeypatch.setattr(module, "load_pen_strokes", lambda path=None: sample)
    monkeypatch.setattr(drawings, "PAIRS", 5)
    monkeypatch.setattr(drawings, "SCRIBBLES", 2)
    return sample


def pen_file() -> Path | None:
    path = Path(os.environ.get("ZOO_DATA_DIR", "/nowhere")) / "pen_digits.npz"
    return path if path.is_file() else None


needs_pens = pytest.mark.skipif(
    pen_file() is None and not os.environ.get("CI"), reason="set ZOO_DATA_DIR to a folder that holds pen_digits.npz"
)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No pen digits at any place where they are looked for."""
    for variable in ("KERAS_HOME", "ZOO_DATA_DIR"):
        (tmp_path / variable).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / variable))
    return tmp_path


# -- with the real ones -------------------------------------------------------------------------------------------


@needs_pens
def test_the_strokes(pens: PenStrokes) -> None:
    assert len(pens) == 7494
    assert np.bincount(pens.writer)[1:].min() >= 247
    assert sorted(writer for fold in FOLDS for writer in fold) == list(range(1, 31))
    strokes = pens.strokes(0)  # an eight, by writer 12
    assert [stroke.shape[1] for stroke in strokes] == [2] * len(strokes)
    np.testing.assert_array_equal(strokes[0][0], pens.points[0] * (1, -1))  # y grows downwards, as on a canvas
    of_two = pens.of_writers((3, 5))
    assert set(pens.writer[of_two]) == {3, 5}


@needs_pens
def test_no_writer_is_in_two_parts(few: PenStrokes) -> None:
    data = zoo.load_dataset("pendigits")
    parts = (data.train, data.validation, data.test)
    assert [len(part) for part in parts] == [
        len(few.of_writers(sum(f, ()))) for f in (FOLDS[:3], FOLDS[3:4], FOLDS[4:])
    ]
    assert sum(map(len, parts)) == len(few)
    own = {image.tobytes() for image in data.train.images}
    assert not own & {image.tobytes() for image in data.test.images}
    assert data.image_shape == (28, 28, 1)
    assert data.like_canvas
    assert (data.test.labels == few.label[few.of_writers(FOLDS[4])]).all()


@needs_pens
@pytest.mark.slow
def test_the_text_gives_the_same_strokes(pens: PenStrokes, tmp_path: Path) -> None:
    (tmp_path / "text").write_text(unipen(pens, len(pens)))
    assert (load_pen_strokes(tmp_path / "text").points == pens.points).all()  # the digests are those of the whole


@needs_pens
def test_one_changed_point_is_told_by_the_arrays_name(pens: PenStrokes, tmp_path: Path) -> None:
    arrays = {name: getattr(pens, name) for name in pen_strokes.TYPES}
    for name, array in arrays.items():
        changed = array.copy()
        changed.flat[changed.size // 2] += 1
        np.savez(tmp_path / "changed.npz", **{**arrays, name: changed})
        with pytest.raises(DatasetError, match=f"The array '{name}' in .* is not that of the pen digits.*ZOO_DATA_DIR"):
            zoo.load_dataset(f"pendigits:{tmp_path / 'changed.npz'}")
    np.savez(tmp_path / "changed.npz", **{**arrays, "points": arrays["points"].astype(np.int32)})
    with pytest.raises(DatasetError, match="'points' is int32, not int16"):
        zoo.load_dataset(f"pendigits:{tmp_path / 'changed.npz'}")


# -- the download -------------------------------------------------------------------------------------------------


@pytest.fixture
def served(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What UCI's address serves."""
    folder = nowhere / "served"
    folder.mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(pen_strokes, "DOWNLOAD_URL", f"http://127.0.0.1:{server.server_address[1]}/pen.zip")
        yield folder / "pen.zip"
        server.shutdown()


def sample_digests() -> dict[str, str]:
    """Of the arrays of `SMALL`, which stands for the whole."""
    return {name: array_digest(array) for name, array in read_unipen(SMALL).items()}


def test_they_are_downloaded_once_into_kerass_cache(
    served: Path, nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pen_strokes, "DIGESTS", sample_digests())
    served.write_bytes(archive(compressed(SMALL.encode())))
    assert load_pen_strokes().points.tolist() == [[10, 20], [30, 40], [5, 6], [1, 2]]
    assert [path.name for path in (nowhere / "KERAS_HOME" / "datasets").iterdir()] == ["pen_digits.npz"]
    served.unlink()
    assert load_pen_strokes().label.tolist() == [4, 1]  # the second time from the cache
    monkeypatch.setattr(pen_strokes, "DIGESTS", sample_digests() | {"points": "0" * 64})
    with pytest.raises(DatasetError, match=r"'points' in .*pen_digits\.npz.* three ways"):  # compared there, too
        load_pen_strokes()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<html>Please log in to this network</html>", "cannot be read as the pen digits"),
        (None, "downloading .* failed: .*404"),
        ("another", "is not that of the pen digits"),
    ],
)
def test_a_download_of_something_else_is_refused_and_not_kept(
    served: Path, nowhere: Path, content: bytes | str | None, told: str
) -> None:
    if content is not None:
        served.write_bytes(content if isinstance(content, bytes) else archive(compressed(SMALL.encode())))
    with pytest.raises(DatasetError, match=f"{told}.*three ways"):
        load_pen_strokes()
    assert list((nowhere / "KERAS_HOME").rglob("*.*")) == []


def test_offline_without_a_copy_the_error_names_the_three_ways(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pen_strokes, "DOWNLOAD_URL", "http://127.0.0.1:9/pen.zip")
    with pytest.raises(DatasetError) as told:
        load_pen_strokes()
    for text in ("pen digits are not in", str(nowhere / "ZOO_DATA_DIR"), "KERAS_HOME", "http://127.0.0.1:9/pen.zip"):
        assert text in str(told.value)
    for way in ("--dataset pendigits:PATH", "set ZOO_DATA_DIR", "go online"):
        assert way in str(told.value)
    with pytest.raises(DatasetError, match=r"There is no file '/nowhere/pens\.npz'"):
        zoo.load_dataset("pendigits:/nowhere/pens.npz")


# -- the format ---------------------------------------------------------------------------------------------------

SMALL = """\
.SEGMENT DIGIT 0-1 ? "4"
.COMMENT 4 12 224
.PEN_DOWN
 10 20
 30 40
.PEN_UP
.DT 100
.PEN_DOWN
 5 6
.PEN_UP
.DT 100

.SEGMENT DIGIT 2 ? "1"
.COMMENT 1 7 3
.PEN_DOWN
 1 2
.PEN_UP
"""


def test_unipen() -> None:
    arrays = read_unipen(SMALL)
    assert arrays["points"].tolist() == [[10, 20], [30, 40], [5, 6], [1, 2]]
    assert arrays["stroke_start"].tolist() == [0, 2, 3, 4]
    assert arrays["digit_start"].tolist() == [0, 2, 3]
    assert arrays["label"].tolist() == [4, 1]
    assert arrays["writer"].tolist() == [12, 7]
    assert {name: array.dtype.str[1:] for name, array in arrays.items()} == pen_strokes.TYPES


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1 2\n",
        SMALL[: SMALL.rindex(".PEN_UP")],
        SMALL.replace('"4"', '"x"'),
        SMALL.replace("30 40", "30"),
        SMALL.replace("30 40", "30 4O"),
        SMALL.replace("30 40", "30 40000000"),
        SMALL.replace(".COMMENT 1 7 3", ""),
        SMALL.replace(".COMMENT 1 7 3", ".COMMENT 1 777 3"),
        SMALL.replace(" 5 6\n.PEN_UP", " 5 6"),
    ],
)
def test_what_is_no_unipen_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "pens").write_text(text)
    with pytest.raises(DatasetError, match=r"cannot be read as the pen digits: .*three ways"):
        load_pen_strokes(tmp_path / "pens")


CONTAINERS = [SMALL.encode(), compressed(SMALL.encode()), archive(compressed(SMALL.encode()))]


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mutated_file_gives_nothing_but_a_dataset_error(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(CONTAINERS)))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "mutated"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with pytest.raises(DatasetError):
        load_pen_strokes(path)


# -- together with MNIST, and with what is no digit ---------------------------------------------------------------


@needs_pens
def test_canvas_knows_nothing_of_the_writers_of_its_fold(few: PenStrokes) -> None:
    mnist = zoo.load_dataset("mnist")
    data = zoo.load_dataset("canvas:fold1")
    assert data.name == "canvas:fold1"
    judging = few.of_writers(FOLDS[1])
    assert len(data.train) == len(mnist.train) + 3 * (len(few) - len(judging))
    known = {image.tobytes() for image in data.train.images}
    written = written_digits(few)
    assert not known & {image.tobytes() for image in written[judging]}
    assert known >= {image.tobytes() for image in written[few.of_writers(FOLDS[0])]}
    assert data.digests != zoo.load_dataset("canvas:fold2").digests
    assert (data.test.images == mnist.test.images).all()  # as they are, not through the canvas
    assert (data.validation.images == mnist.validation.images).all()
    assert data.outliers is not None
    taught = {image.tobytes() for image in data.outliers}
    assert taught.isdisjoint(image.tobytes() for image in letter_images(JUDGING_FONTS))
    assert taught >= {image.tobytes() for image in letter_images(TRAINING_FONTS)}
    with pytest.raises(DatasetError, match="canvas:fold0 to canvas:fold4"):
        zoo.load_dataset("canvas:fold5")


@pytest.mark.mnist
def test_who_only_evaluates_on_canvas_draws_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mnist_path: Path
) -> None:
    (tmp_path / "mnist.npz").symlink_to(mnist_path)
    monkeypatch.setenv("ZOO_DATA_DIR", str(tmp_path))  # which has no pen digits
    monkeypatch.setattr(pen_strokes, "DOWNLOAD_URL", "http://127.0.0.1:9/pen.zip")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    data = zoo.load_dataset("canvas")
    assert (len(data.test), len(data.validation)) == (10_000, 5_000)
    assert not (tmp_path / "zoo-home").exists()
    with pytest.raises(DatasetError, match=r"The pen digits are not in"):
        data.training_images  # noqa: B018


@needs_pens
@pytest.mark.slow
@pytest.mark.usefixtures("few")
def test_a_fold_is_trained_by_the_recipe_for_canvas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mnist = zoo.load_dataset("mnist")
    train, validation, test = (Split(part.images[:500], part.labels[:500]) for part in map(mnist.split, SPLITS))
    small = dataclasses.replace(mnist, calibration=None, train=train, validation=validation, test=test)
    monkeypatch.setattr(canvas, "load_mnist", lambda *_: small)
    pack = zoo.train("lenet5", dataset="canvas:fold3", epochs=1, output=tmp_path / "pack")
    assert pack.id == "lenet5.fold3"
    recipe = zoo.get_architecture("lenet5").recipes["canvas"]
    wanted = dataclasses.replace(recipe, dataset="canvas:fold3", epochs=1)
    assert zoo.Recipe.from_dict(pack.manifest["recipe"]) == wanted
    assert pack.rejection is not None
    assert "Licence: CC BY-SA 3.0 (MNIST), CC BY 4.0 (pen digits)" in (pack.folder / "README.md").read_text()
