"""Training is plain Keras 3: it runs on JAX or Torch where TensorFlow is not installed; the pack loads everywhere."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from helpers import assert_one_message, run_python, run_zoo, without_packages

import zoo

TRAIN = """
import sys

import numpy as np

import zoo

recipe = zoo.Recipe(dataset="digits", epochs=2, batch_size=64, augmentation=zoo.Augmentation(shift=0.05), ema=0.9)
pack = zoo.train({architecture!r}, dataset="digits", recipe=recipe, output={output!r})
session = zoo.load(pack, "keras")
np.save({answers!r}, session.run(zoo.load_dataset("digits").test.scaled()))
assert {backend!r} in sys.modules
assert "tensorflow" not in sys.modules
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
@pytest.mark.parametrize("architecture", ["mlp", pytest.param("lenet5", marks=pytest.mark.slow)])
def test_a_pack_trained_elsewhere_answers_the_same_on_tensorflow(
    backend: str, architecture: str, tmp_path: Path, images: npt.NDArray[np.float32]
) -> None:
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    output, answers = tmp_path / "pack", tmp_path / "answers.npy"
    result = run_python(
        TRAIN.format(backend=backend, architecture=architecture, output=str(output), answers=str(answers)),
        KERAS_BACKEND=backend,
        JAX_PLATFORMS="cpu",
        PYTHONPATH=without_packages(tmp_path / "blocked", "tensorflow"),
    )
    assert result.returncode == 0, result.stderr
    pack = zoo.get_pack(output)
    assert backend in pack.manifest["versions"]
    assert pack.accuracy > 0.3
    ours = zoo.load(pack, "keras").run(images)
    assert np.abs(ours - np.load(answers)).max() <= 2e-6


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_backend_that_no_extra_holds_is_named_itself(backend: str, tmp_path: Path) -> None:
    blocked = without_packages(tmp_path / "blocked", backend)
    command = ("train", "mlp", "--dataset", "digits", "--output", tmp_path / "pack")
    result = run_zoo(*command, KERAS_BACKEND=backend, PYTHONPATH=blocked)
    assert_one_message(result, f"pip install {backend}; or set KERAS_BACKEND to tensorflow")
