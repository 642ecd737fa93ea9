"""A converter for many tests, and packs of two architectures of a plugin: a tiny and an impossible one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import MakeOnce, make_distribution, run_python

from zoo.exporting.converter import Converter

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
def converter() -> Iterator[Converter]:
    """One process that converts for many tests: starting it takes longer than what it does."""
    with Converter() as running:
        yield running


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder for PYTHONPATH with the plugin."""
    folder = tmp_path_factory.mktemp("odd-site")
    make_distribution(folder, "zoo-odd", SOURCE)
    return str(folder)


@pytest.fixture(scope="session")
def odd_packs(site: str, made_once: MakeOnce) -> Path:
    """A folder with the packs ``tiny`` and ``odd``, trained for an epoch."""

    def train(folder: Path) -> None:
        code = f"""
            import zoo

            for name in ("tiny", "odd"):
                zoo.train(name, output={str(folder)!r} + "/" + name)
        """
        result = run_python(code, PYTHONPATH=site)
        assert result.returncode == 0, result.stderr

    return made_once("odd-packs", train)
