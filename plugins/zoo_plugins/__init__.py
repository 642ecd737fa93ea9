"""The built-in architectures, one file each, and their pretrained packs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import zoo
from zoo_plugins.capsules import VECTOR_CAPSULES
from zoo_plugins.conv_mixer import CONV_MIXER
from zoo_plugins.convnext import CONVNEXT
from zoo_plugins.deep_convnet import DEEP_CONVNET
from zoo_plugins.fast_convnet import FAST_CONVNET
from zoo_plugins.frontier import FRONTIER
from zoo_plugins.keras_convnet import KERAS_CONVNET
from zoo_plugins.lenet5 import LENET5
from zoo_plugins.mlp import MLP
from zoo_plugins.mlp_mixer import MLP_MIXER
from zoo_plugins.mobilenet import MOBILENET
from zoo_plugins.recurrent import ROW_GRU
from zoo_plugins.resnet import RESNET8
from zoo_plugins.softmax_regression import SOFTMAX_REGRESSION
from zoo_plugins.squeeze_excite import SE_CONVNET
from zoo_plugins.vision_transformer import VISION_TRANSFORMER

ZOO_API_VERSION = 1


@zoo.hookimpl
def zoo_register_architectures(register: Callable[[zoo.Architecture], None]) -> None:
    """Register the built-in architectures."""
    register(SOFTMAX_REGRESSION)
    register(MLP)
    register(LENET5)
    register(KERAS_CONVNET)
    register(FAST_CONVNET)
    register(DEEP_CONVNET)
    register(RESNET8)
    register(SE_CONVNET)
    register(MOBILENET)
    register(CONV_MIXER)
    register(CONVNEXT)
    register(VISION_TRANSFORMER)
    register(MLP_MIXER)
    register(ROW_GRU)
    register(VECTOR_CAPSULES)
    for architecture in FRONTIER:
        register(architecture)


@zoo.hookimpl
def zoo_register_packs(register: Callable[[Path], None]) -> None:
    """Register the folder of pretrained packs."""
    register(Path(__file__).parent / "packs")
