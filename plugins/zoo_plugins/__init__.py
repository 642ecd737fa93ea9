"""The built-in architectures, one file each, and their pretrained packs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import zoo
from zoo_plugins.deep_convnet import DEEP_CONVNET
from zoo_plugins.keras_convnet import KERAS_CONVNET
from zoo_plugins.lenet5 import LENET5
from zoo_plugins.mlp import MLP
from zoo_plugins.mobilenet import MOBILENET
from zoo_plugins.resnet import RESNET8
from zoo_plugins.softmax_regression import SOFTMAX_REGRESSION
from zoo_plugins.squeeze_excite import SE_CONVNET

ZOO_API_VERSION = 1


@zoo.hookimpl
def zoo_register_architectures(register: Callable[[zoo.Architecture], None]) -> None:
    """Register the built-in architectures."""
    register(SOFTMAX_REGRESSION)
    register(MLP)
    register(LENET5)
    register(KERAS_CONVNET)
    register(DEEP_CONVNET)
    register(RESNET8)
    register(SE_CONVNET)
    register(MOBILENET)


@zoo.hookimpl
def zoo_register_packs(register: Callable[[Path], None]) -> None:
    """Register the folder of pretrained packs."""
    register(Path(__file__).parent / "packs")
