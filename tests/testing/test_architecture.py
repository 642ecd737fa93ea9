"""Each check of an architecture finds what it is there for, in a plugin of a real distribution."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from helpers import make_distribution, run_python, run_zoo

HEAD = """
import zoo

ZOO_API_VERSION = 1


def model(input_shape, layers):
    import keras

    return keras.Sequential([keras.Input(input_shape), keras.layers.Flatten(), *layers])


def softmax(input_shape, num_classes):
    from keras import layers
    return model(input_shape, [layers.Dense(num_classes, activation="softmax")])


def log_softmax(input_shape, num_classes):
    from keras import layers
    return model(input_shape, [layers.Dense(num_classes, activation="log_softmax")])


def sigmoid(input_shape, num_classes):
    from keras import layers
    return model(input_shape, [layers.Dense(num_classes, activation="sigmoid")])


def relu(input_shape, num_classes):
    from keras import layers
    return model(input_shape, [layers.Dense(num_classes, activation="relu")])


def ten_classes(input_shape, num_classes):
    from keras import layers
    return model(input_shape, [layers.Dense(10)])


def one_shape(input_shape, num_classes):
    from keras import layers
    return model((28, 28, 1), [layers.Dense(num_classes)])


def nothing(input_shape, num_classes):
    return None


def raises(input_shape, num_classes):
    raise RuntimeError("no such layer")


def tensorflow_inside(input_shape, num_classes):
    import keras
    from keras import layers

    class Halve(layers.Layer):
        def call(self, inputs):
            import tensorflow as tf
            return tf.multiply(inputs, 0.5)

    return model(input_shape, [Halve(), layers.Dense(num_classes)])


def tensorflow_helper(input_shape, num_classes):
    from zoo_contract_layers import Halve
    from keras import layers
    return model(input_shape, [Halve(), layers.Dense(num_classes)])


def own_randomness(input_shape, num_classes):
    import os
    import numpy as np
    from keras import initializers, layers
    start = initializers.RandomNormal(seed=int.from_bytes(os.urandom(4), "little"))
    return model(input_shape, [layers.Dense(num_classes, kernel_initializer=start)])


def noise_at_inference(input_shape, num_classes):
    from keras import layers, random

    class Noise(layers.Layer):
        def __init__(self):
            super().__init__()
            self.seeds = random.SeedGenerator(0)
        def call(self, inputs):
            return inputs + random.normal((inputs.shape[-1],), seed=self.seeds)

    return model(input_shape, [Noise(), layers.Dense(num_classes)])


def statistics_of_the_batch(input_shape, num_classes):
    from keras import layers, ops

    class Centre(layers.Layer):
        def call(self, inputs):
            return inputs - ops.mean(inputs, axis=0)

    return model(input_shape, [Centre(), layers.Dense(num_classes)])


def forgets(input_shape, num_classes):
    from keras import layers

    class Hidden(layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(shape=(shape[-1],), initializer="ones")
        def save_own_variables(self, store):
            pass
        def load_own_variables(self, store):
            pass
        def call(self, inputs):
            return inputs * self.scale

    return model(input_shape, [Hidden(), layers.Dense(num_classes)])


def learns_nothing(input_shape, num_classes):
    from keras import layers, ops

    class Stop(layers.Layer):
        def call(self, inputs):
            return ops.zeros_like(inputs)

    return model(input_shape, [Stop(), layers.Dense(num_classes)])


def silent(input_shape, num_classes):
    from keras import layers
    return model(input_shape, [layers.Dense(num_classes)])


@zoo.hookimpl
def zoo_register_architectures(register):
    for build in (softmax, log_softmax, sigmoid, relu, ten_classes, one_shape, nothing, raises, tensorflow_inside,
                  tensorflow_helper, own_randomness, noise_at_inference, statistics_of_the_batch, forgets,
                  learns_nothing):
        register(zoo.Architecture(build.__name__, build, "One dense layer", "https://example.org", "MIT",
                                  {"digits": zoo.Recipe(dataset="digits", learning_rate=5e-3)}))
    register(zoo.Architecture("silent", silent, "", "https://example.org", "MIT", {"x": zoo.Recipe("nowhere")}))
"""

# The check that must fail, and what its message must hold.
FAULTS = {
    "softmax": ("logits", "returns probabilities"),
    "log_softmax": ("logits", "logarithms of probabilities"),
    "sigmoid": ("logits", "a sigmoid's"),
    "relu": ("logits", "after a ReLU"),
    "ten_classes": ("builds", "Asked for 7 classes"),
    "one_shape": ("builds", "Asked for images of (32, 32, 3)"),
    "nothing": ("builds", "must return a keras.Model"),
    "raises": ("builds", "RuntimeError: no such layer"),
    "tensorflow_inside": ("plain_keras", "use keras.layers and keras.ops"),
    "tensorflow_helper": ("plain_keras", "zoo_contract_layers imports tensorflow"),
    "own_randomness": ("seed", "Built twice"),
    "noise_at_inference": ("seed", "another answer the second time"),
    "statistics_of_the_batch": ("seed", "among other images"),
    "forgets": ("saves", "another after saving and loading"),
    "learns_nothing": ("learns", "guessing knows 10 %"),
    "silent": ("describes_itself", "summary is ''"),
}
BESIDE = ["softmax", "own_randomness", "forgets", "learns_nothing"]
TRAINED = ["softmax", "learns_nothing"]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the plugin installed."""
    folder = tmp_path_factory.mktemp("contract") / "site"
    make_distribution(folder, "zoo-contract", HEAD)
    (folder / "zoo_contract_layers.py").write_text(
        "import tensorflow as tf\nfrom keras import layers\n\n\nclass Halve(layers.Layer):\n"
        "    def call(self, inputs):\n        return tf.multiply(inputs, 0.5)\n"
    )
    return folder


Errors = dict[str, str | None]


def errors_of(site: Path, names: Sequence[str]) -> dict[str, Errors]:
    """By architecture, each quick check with its error; all in one process."""
    result = run_python(
        f"""
        import json
        from zoo.testing import architecture_checks, run_checks

        found = {{}}
        for name in {list(names)!r}:
            checks = [check for check in architecture_checks(name) if not check.slow]
            outcomes = run_checks(check for check in checks if check.name != "learns" or name in {TRAINED!r})
            found[name] = {{o.check.name: None if o.passed else str(o.error) for o in outcomes}}
        print("\\n" + json.dumps(found))
        """,
        PYTHONPATH=str(site),
    )
    assert result.returncode == 0, result.stderr
    answers: dict[str, Errors] = json.loads(result.stdout.splitlines()[-1])
    return answers


@pytest.fixture(scope="session")
def found(site: Path) -> dict[str, Errors]:
    return errors_of(site, list(FAULTS))


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_explained(found: dict[str, Errors], name: str) -> None:
    check, text = FAULTS[name]
    error = found[name][check]
    assert error is not None
    assert text in error


def test_what_is_right_passes_beside_a_fault(site: Path) -> None:
    found = errors_of(site, BESIDE)
    for name in BESIDE:
        assert [check for check, error in found[name].items() if error] == [FAULTS[name][0]]


@pytest.mark.slow
def test_the_command_reports_and_exits(site: Path) -> None:
    result = run_zoo("check", "softmax", "--quick", PYTHONPATH=str(site))
    assert result.returncode == 1
    assert "passed  builds" in result.stdout
    assert "FAILED  logits" in result.stdout
    assert "end with Dense(num_classes), without an activation" in result.stdout
    assert "softmax: 8 checks, 1 failed" in result.stdout
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_heavy_imports_are_named(tmp_path: Path) -> None:
    site = tmp_path / "site"
    make_distribution(site, "zoo-weighty", "import sklearn\n" + HEAD)
    result = run_zoo("check", "relu", "--quick", "--json", PYTHONPATH=str(site))
    assert result.returncode == 1
    (light,) = [entry for entry in json.loads(result.stdout) if entry["check"] == "light"]
    assert not light["passed"]
    assert "zoo-weighty:main imports" in light["error"]
    assert "sklearn" in light["error"]


def test_an_unknown_name_is_suggested() -> None:
    result = run_zoo("check", "lenet")
    assert result.returncode == 1
    assert "Did you mean 'lenet5'?" in result.stderr
