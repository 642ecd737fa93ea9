"""MNIST: where it is looked for, what it may come in, and that nothing else passes for it."""

from __future__ import annotations

import functools
import gzip
import http.server
import io
import struct
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from helpers import run_python
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zoo
from zoo.datasets import mnist
from zoo.errors import DatasetError

Arrays = dict[str, Any]  # as numpy.savez takes them

SHAPES = {"x_train": (60_000, 28, 28), "y_train": (60_000,), "x_test": (10_000, 28, 28), "y_test": (10_000,)}
NAMES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}


def idx(array: npt.NDArray[np.uint8]) -> bytes:
    """An array as an IDX file, the form in which MNIST was published."""
    return b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture(scope="module")
def arrays(mnist_path: Path) -> Arrays:
    """The four canonical arrays."""
    with np.load(mnist_path) as container:
        return {name: container[name] for name in SHAPES}


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No MNIST at any place where it is looked for."""
    for variable in ("KERAS_HOME", "ZOO_DATA_DIR"):
        (tmp_path / variable).mkdir()
        monkeypatch.setenv(variable, str(tmp_path / variable))


def assert_is_mnist(dataset: zoo.Dataset) -> None:
    """All 70,000 images are there; the contents were compared with the digests already."""
    assert dataset.name == "mnist"
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [55_000, 5_000, 10_000]


# -- with the real one --------------------------------------------------------------------------------------------


@pytest.mark.mnist
def test_the_split(arrays: Arrays, mnist_path: Path) -> None:
    dataset = zoo.load_dataset(f"mnist:{mnist_path}")
    assert_is_mnist(dataset)
    assert dataset.classes == tuple("0123456789")
    assert dataset.image_shape == (28, 28, 1)
    assert dataset.train.images.dtype == np.uint8
    assert dataset.train.labels.dtype == np.int64
    assert np.bincount(dataset.validation.labels).tolist() == [500] * 10
    scaled = dataset.validation.scaled()
    assert scaled.dtype == np.float32
    assert (scaled.min(), scaled.max()) == (0, 1)

    # Training and validation images together are the 60,000, each once; the test images are as they were.
    indices = mnist.validation_indices()
    rest = np.setdiff1d(np.arange(60_000), indices)
    assert (dataset.validation.images[..., 0] == arrays["x_train"][indices]).all()
    assert (dataset.validation.labels == arrays["y_train"][indices]).all()
    assert (dataset.train.images[..., 0] == arrays["x_train"][rest]).all()
    assert (dataset.train.labels == arrays["y_train"][rest]).all()
    assert (dataset.test.images[..., 0] == arrays["x_test"]).all()
    assert (dataset.test.labels == arrays["y_test"]).all()


def test_the_validation_indices_are_fixed() -> None:
    indices = mnist.validation_indices()
    assert len(set(indices.tolist())) == len(indices) == 5_000
    assert indices.min() >= 0
    assert indices.max() < 60_000
    assert (np.diff(indices) > 0).all()
    assert indices[:4].tolist() == [4, 11, 19, 26]  # another choice would make every figure incomparable
    assert int(indices.sum()) == 149_642_953


@pytest.mark.mnist
@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_plain_and_packed(arrays: Arrays, tmp_path: Path, packed: bool) -> None:
    for name, array in arrays.items():
        if packed:
            (tmp_path / f"{NAMES[name]}.gz").write_bytes(gzip.compress(idx(array), compresslevel=1))
        else:
            (tmp_path / NAMES[name]).write_bytes(idx(array))
    assert_is_mnist(zoo.load_dataset(f"mnist:{tmp_path}"))


@pytest.mark.mnist
def test_data_dir_comes_before_keras_cache_and_both_are_found(
    mnist_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "KERAS_HOME" / "datasets"
    cache.mkdir()
    (cache / "mnist.npz").symlink_to(mnist_path)
    assert_is_mnist(zoo.load_dataset("mnist"))  # nothing in ZOO_DATA_DIR: the cache
    (tmp_path / "ZOO_DATA_DIR" / "mnist.npz").write_bytes(b"broken")
    with pytest.raises(DatasetError, match=r"ZOO_DATA_DIR"):  # a broken file is told, not passed over
        zoo.load_dataset("mnist")
    assert_is_mnist(zoo.load_dataset(f"mnist:{mnist_path}"))  # an explicit path comes before all
    (cache / "mnist.npz").unlink()
    (tmp_path / "ZOO_DATA_DIR" / "mnist.npz").unlink()
    (tmp_path / "ZOO_DATA_DIR" / "mnist.npz").symlink_to(mnist_path)
    assert_is_mnist(zoo.load_dataset("mnist"))
    monkeypatch.delenv("ZOO_DATA_DIR")
    with pytest.raises(DatasetError, match=r"There is no MNIST at"):
        zoo.load_dataset("mnist:/nowhere/mnist.npz")


@pytest.mark.mnist
@pytest.mark.parametrize("name", SHAPES)
def test_one_changed_byte_is_told_by_the_arrays_name(arrays: Arrays, tmp_path: Path, name: str) -> None:
    changed = arrays[name].copy()
    changed.flat[changed.size // 2] ^= 1
    np.savez(tmp_path / "changed.npz", **{**arrays, name: changed})
    with pytest.raises(DatasetError, match=f"The array '{name}' in .* is not MNIST's") as caught:
        zoo.load_dataset(f"mnist:{tmp_path / 'changed.npz'}")
    assert "ZOO_DATA_DIR" in str(caught.value)


@pytest.mark.mnist
def test_swapped_arrays_are_told_by_name(arrays: Arrays, tmp_path: Path) -> None:
    path = tmp_path / "swapped.npz"
    np.savez(path, **{**arrays, "x_train": arrays["x_test"], "x_test": arrays["x_train"]})
    with pytest.raises(DatasetError, match=r"The array 'x_train'"):
        zoo.load_dataset(f"mnist:{path}")
    np.savez(path, **{**arrays, "y_train": arrays["y_test"], "y_test": arrays["y_train"]})
    with pytest.raises(DatasetError, match=r"The array 'y_train'"):
        zoo.load_dataset(f"mnist:{path}")
    np.savez(path, **{**arrays, "x_test": arrays["x_test"].astype(np.float32) / 255})
    with pytest.raises(DatasetError, match=r"The array 'x_test' .* is float32"):
        zoo.load_dataset(f"mnist:{path}")
    np.savez(path, **{**arrays, "x_test": arrays["x_test"].transpose(0, 2, 1)})
    with pytest.raises(DatasetError, match=r"The array 'x_test'"):
        zoo.load_dataset(f"mnist:{path}")


@pytest.mark.mnist
def test_a_truncated_file_is_refused(mnist_path: Path, tmp_path: Path) -> None:
    data = mnist_path.read_bytes()
    for share in (0.1, 0.5, 0.999):
        path = tmp_path / "truncated.npz"
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(DatasetError, match=r"cannot be read as MNIST: .*three ways"):
            zoo.load_dataset(f"mnist:{path}")


# -- without it ---------------------------------------------------------------------------------------------------


def small_npz() -> bytes:
    """Arrays of the right names in the right container."""
    buffer = io.BytesIO()
    arrays: Arrays = {name: np.zeros((2, *shape[1:]), np.uint8) for name, shape in SHAPES.items()}
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def npy() -> bytes:
    """One array alone, in numpy's other container."""
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3, np.uint8))
    return buffer.getvalue()


def zipped(**members: bytes) -> bytes:
    """A zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


GARBAGE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "text": lambda: b"<html>404 Not Found</html>",
    "noise": lambda: np.random.default_rng(0).bytes(5_000),
    "another container": npy,
    "no arrays": lambda: zipped(readme=b"nothing"),
    "files instead of arrays": lambda: zipped(**dict.fromkeys(SHAPES, b"123")),
    "an array missing": lambda: zipped(**{"x_train.npy": npy()}),
    "a pickle": lambda: b"\x80\x04cposix\nsystem\n(S'touch /tmp/owned'\ntR.",
    "other arrays": small_npz,
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mnist.npz"
    path.write_bytes(GARBAGE[kind]())
    with pytest.raises(DatasetError, match=r"three ways"):
        zoo.load_dataset(f"mnist:{path}")


@given(data=st.data())
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mutated_container_gives_nothing_but_a_dataset_error(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(SMALL)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "mutated.npz"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with pytest.raises(DatasetError):
        zoo.load_dataset(f"mnist:{path}")


SMALL = small_npz()


@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"\0\0\x08", b"\0\0\x08\x03", b"\0\0\x0d\x01\0\0\0\x01\0\0\0\0", b"\0\0\x08\x01\xff\xff\xff\xff123"],
)
@pytest.mark.parametrize("packed", [False, True])
def test_garbage_in_idx_files_is_refused(tmp_path: Path, content: bytes, packed: bool) -> None:
    for name in NAMES.values():
        if packed:
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (tmp_path / name).write_bytes(content)
    with pytest.raises(DatasetError, match=r"three ways"):
        zoo.load_dataset(f"mnist:{tmp_path}")


def test_a_broken_gzip_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(idx(np.zeros((2, 28, 28), np.uint8)))
    for content in (whole[:-9], whole[:12] + b"\xff\xff" + whole[14:], b"no gzip"):
        for name in NAMES.values():
            (tmp_path / f"{name}.gz").write_bytes(content)
        with pytest.raises(DatasetError, match=r"three ways"):
            zoo.load_dataset(f"mnist:{tmp_path}")


def test_a_folder_that_lacks_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / NAMES["x_train"]).write_bytes(idx(np.zeros((2, 28, 28), np.uint8)))
    with pytest.raises(DatasetError, match=NAMES["y_train"]):
        zoo.load_dataset(f"mnist:{tmp_path}")


LOAD = """
import zoo
from zoo.datasets import mnist

mnist.DOWNLOAD_URL = {url!r}
try:
    dataset = zoo.load_dataset("mnist")
    print(len(dataset.train), len(dataset.validation), len(dataset.test))
except zoo.ZooError as error:
    print(error)
"""


def test_offline_without_a_copy_the_error_names_the_three_ways(tmp_path: Path) -> None:
    result = run_python(LOAD.format(url="http://127.0.0.1:9/mnist.npz"), KERAS_BACKEND="numpy")  # the lightest
    assert result.returncode == 0, result.stderr
    for text in ("MNIST is not in", str(tmp_path / "ZOO_DATA_DIR"), "KERAS_HOME", "http://127.0.0.1:9/mnist.npz"):
        assert text in result.stdout
    for way in ("--dataset mnist:PATH", "set ZOO_DATA_DIR", "go online"):
        assert way in result.stdout
    assert list((tmp_path / "KERAS_HOME").rglob("*.npz")) == []


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the address that it is served at."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}/mnist.npz"
        server.shutdown()


@pytest.mark.mnist
def test_it_is_downloaded_into_keras_cache(served: tuple[Path, str], mnist_path: Path, tmp_path: Path) -> None:
    folder, url = served
    (folder / "mnist.npz").symlink_to(mnist_path)
    result = run_python(LOAD.format(url=url), KERAS_BACKEND="numpy")
    assert result.stdout.splitlines()[-1] == "55000 5000 10000", result.stdout + result.stderr
    copy = tmp_path / "KERAS_HOME" / "datasets" / "mnist.npz"
    assert copy.read_bytes() == mnist_path.read_bytes()
    (folder / "mnist.npz").unlink()
    assert_is_mnist(zoo.load_dataset("mnist"))  # the second time from the cache


@pytest.mark.slow
def test_a_download_of_something_else_is_refused(served: tuple[Path, str]) -> None:
    folder, url = served
    (folder / "mnist.npz").write_bytes(b"<html>Please log in to this network</html>")
    result = run_python(LOAD.format(url=url))
    assert "cannot be read as MNIST" in result.stdout, result.stdout + result.stderr
    assert "three ways" in result.stdout


@pytest.mark.mnist
def test_the_calibration_images_are_training_images_of_every_class(mnist_path: Path) -> None:
    indices = mnist.calibration_indices()
    assert len(set(indices.tolist())) == len(indices) == 500
    assert not set(indices.tolist()) & set(mnist.validation_indices().tolist())
    data = zoo.load_dataset(f"mnist:{mnist_path}")
    assert data.calibration is not None
    labels = data.train.labels[data.calibration].reshape(50, 10)
    assert (np.sort(labels, axis=1) == np.arange(10)).all()  # so that the first n are as good as any
    with np.load(mnist_path) as arrays:
        assert (data.train.images[data.calibration, ..., 0] == arrays["x_train"][indices]).all()
