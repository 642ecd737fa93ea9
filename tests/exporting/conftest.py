"""A converter for many tests, and packs of two architectures of a plugin: a tiny and an impossible one."""

from __future__ import annotations

import contextlib
import os
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import MakeOnce, make_distribution

import zoo
from zoo.exporting.converter import Converter
from zoo.plugins import load_plugins

SOURCE = """
    import zoo

    ZOO_API_VERSION = 1

    def tiny(input_shape, num_classes):
        from keras import Input, Sequential, layers

        return Sequential([
            Input(input_shape, name="image"),
            layers.Conv2D(6, 5, strides=3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(num_classes),
        ])

    def odd(input_shape, num_classes):
        import keras

        image = keras.Input(input_shape, name="image")
        x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 5, strides=4, activation="tanh")(image))
        return keras.Model(image, keras.layers.Dense(num_classes)(keras.ops.erfinv(x * 0.5)))

    @zoo.hookimpl
    def zoo_register_architectures(register):
        for name, build in (("tiny", tiny), ("odd", odd)):
            register(zoo.Architecture(name=name, build=build, summary=name, reference="none", license="Apache-2.0",
                                      recipes={"digits": zoo.Recipe(dataset="digits", epochs=1)}))
"""


@pytest.fixture(scope="session")
def converter(site: str) -> Iterator[Converter]:
    """One process that converts for many tests, since starting it takes longer than what it does; it has the plugin."""
    with contextlib.ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTHONPATH", site, prepend=os.pathsep)
            running = stack.enter_context(Converter())
        yield running


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder for PYTHONPATH with the plugin."""
    folder = tmp_path_factory.mktemp("odd-site")
    make_distribution(folder, "zoo-odd", SOURCE)
    return str(folder)


@pytest.fixture(scope="session")
def odd_packs(made_once: MakeOnce) -> Path:
    """A folder with the packs ``tiny`` and ``odd``, trained for an epoch."""

    def train(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            register(patch)
            for name in ("tiny", "odd"):
                zoo.train(name, output=folder / name)

    return made_once("odd-packs", train)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin's architectures are known in this process, too."""
    register(monkeypatch)


def register(patch: pytest.MonkeyPatch) -> None:
    """Call the plugin's hook."""
    plugin: dict[str, Any] = {}
    exec(textwrap.dedent(SOURCE), plugin)
    known = load_plugins().architectures
    plugin["zoo_register_architectures"](lambda architecture: patch.setitem(known, architecture.name, architecture))
