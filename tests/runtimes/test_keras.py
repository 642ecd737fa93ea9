"""The Keras runtime rebuilds an architecture from the registry; only the numbers come from the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers import change_manifest

import zoo
from zoo.errors import UnknownNameError, ZooError


def test_an_architecture_that_is_not_installed(pack_copy: Path) -> None:
    change_manifest(pack_copy, lambda manifest: manifest.update(id="elsewhere.digits", architecture="elsewhere"))
    assert zoo.load(pack_copy, "litert").run(np.zeros((1, 28, 28, 1), np.float32)).shape == (1, 10)
    with pytest.raises(UnknownNameError, match="Unknown architecture 'elsewhere'"):
        zoo.load(pack_copy, "keras")


def test_an_architecture_that_has_changed(pack_copy: Path) -> None:
    change_manifest(pack_copy, lambda manifest: manifest.update(id="mlp.digits", architecture="mlp"))
    with pytest.raises(ZooError, match="do not fit the installed architecture 'mlp'"):
        zoo.load(pack_copy, "keras")
