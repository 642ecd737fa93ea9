"""Fixtures for all tests. One small pack, trained and exported once, serves wherever any pack will do."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import numpy as np
import numpy.typing as npt
import pytest
from helpers import TINY_BATCH, MakeOnce

import zoo
from zoo.files import exclusive_lock
from zoo.testing import Check

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A shared machine stalls now and then; time is no reason to fail. In CI the same examples are tried every time.
hypothesis.settings.register_profile(
    "zoo", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True, max_examples=50
)
hypothesis.settings.load_profile("zoo")

# A shell that starts the tests in the background has them ignore Ctrl-C, and their child processes would, too.
signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow's chatter is nobody's test result


def mnist_file() -> Path | None:
    """The real MNIST, where this machine has one."""
    folders = [os.environ.get("ZOO_DATA_DIR"), Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "datasets"]
    files = (Path(folder).expanduser() / "mnist.npz" for folder in folders if folder)
    return next((file for file in files if file.is_file()), None)


def pytest_itemcollected(item: pytest.Item) -> None:
    """What the contract itself calls slow, such as every export of an architecture, is run with the slow tests."""
    if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
        check = item.callspec.params.get("check")
        if isinstance(check, Check) and check.slow:
            item.add_marker(pytest.mark.slow)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests of the real MNIST are skipped where it is absent, except in CI, where a skipped test is a hole."""
    if item.get_closest_marker("mnist") and mnist_file() is None:
        text = "MNIST is absent; set ZOO_DATA_DIR to a folder that holds mnist.npz"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(text, pytrace=False)
        pytest.skip(text)


@pytest.fixture(scope="session")
def mnist_path() -> Path:
    """The file of the real MNIST, for tests that are marked ``mnist``."""
    path = mnist_file()
    assert path is not None
    return path


@pytest.fixture(scope="session", autouse=True)
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A home for what is made once for many tests, so that nothing is left in that of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZOO_HOME", str(tmp_path_factory.mktemp("shared-home")))
        yield


@pytest.fixture(autouse=True)
def zoo_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for every test, here and in the processes that it starts."""
    home = tmp_path / "zoo-home"
    monkeypatch.setenv("ZOO_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def digits() -> zoo.Dataset:
    """scikit-learn's digits."""
    return zoo.load_dataset("digits")


@pytest.fixture(scope="session")
def images(digits: zoo.Dataset) -> npt.NDArray[np.float32]:
    """The 360 test digits as models take them."""
    return digits.test.scaled()


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MakeOnce:
    """``made_once(name, make)``: a folder that one of the processes that share the tests makes, and all of them use."""
    base = tmp_path_factory.getbasetemp()
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def made(name: str, make: Callable[[Path], object]) -> Path:
        folder = root / f"shared-{name}" / name
        with exclusive_lock(root / f"lock-{name}" / name):  # not in the folder itself, which `make` may lock
            if not folder.exists():
                make(folder)
        return folder

    return made


@pytest.fixture(scope="session")
def trained(made_once: MakeOnce) -> Path:
    """The folder of a LeNet-5 that was trained on the digits. Not to be changed: `trained_copy` is for that."""
    recipe = zoo.Recipe(dataset="digits", epochs=3, batch_size=TINY_BATCH, learning_rate=3e-3)
    return made_once("trained", lambda folder: zoo.train("lenet5", dataset="digits", recipe=recipe, output=folder))


@pytest.fixture(scope="session")
def exported(trained: Path, made_once: MakeOnce) -> Path:
    """The folder of the same model, exported to every format. Not to be changed: `pack_copy` is for that."""
    return made_once("exported", lambda folder: zoo.export(trained, output=folder))


@pytest.fixture
def trained_copy(trained: Path, tmp_path: Path) -> Path:
    """A copy of the trained pack, without exports, to be changed at will."""
    return Path(shutil.copytree(trained, tmp_path / "copies" / "lenet5.digits"))


@pytest.fixture
def pack_copy(exported: Path, tmp_path: Path) -> Path:
    """A copy of the exported pack, to be changed at will."""
    return Path(shutil.copytree(exported, tmp_path / "copies" / "exported.digits"))


@pytest.fixture
def own_pack(exported: Path, zoo_home: Path) -> zoo.Pack:
    """The exported pack among the user's own, so that its id finds it."""
    folder = zoo_home / "packs" / "lenet5.digits"
    shutil.copytree(exported, folder)
    return zoo.Pack(folder)


@pytest.fixture
def digit_png(tmp_path: Path) -> Path:
    """A picture of a seven, black on white."""
    from PIL import Image, ImageDraw

    picture = Image.new("L", (120, 120), 255)
    ImageDraw.Draw(picture).line([(30, 25), (90, 25), (50, 100)], fill=0, width=10, joint="curve")
    path = tmp_path / "seven.png"
    picture.save(path)
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    chromium = next(filter(None, map(shutil.which, names)), None)
    if chromium is None:
        text = "no Chromium on the PATH (Debian: apt-get install chromium)"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(text, pytrace=False)
        pytest.skip(text)
    sync_api = pytest.importorskip("playwright.sync_api")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield running
        running.close()
