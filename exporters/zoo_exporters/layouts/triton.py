"""NVIDIA Triton Inference Server: a model repository (https://docs.nvidia.com/deeplearning/triton-inference-server).

ONNX by Triton's ONNX Runtime backend; its TensorFlow backend is gone.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from zoo import Artifact, Layout
from zoo_exporters.signature import INPUT, OUTPUT

__all__ = ["TRITON", "write_about", "write_model", "write_repository"]

MAX_BATCH = 256

CONFIG = """\
name: "{name}"
platform: "onnxruntime_onnx"
max_batch_size: {max_batch}
input [
  {{
    name: "{input}"
    data_type: TYPE_FP32
    dims: [ {shape} ]
  }}
]
output [
  {{
    name: "{output}"
    data_type: TYPE_FP32
    dims: [ {classes} ]
    label_filename: "labels.txt"
  }}
]
dynamic_batching {{ }}
"""


def build(artifacts: Mapping[str, Artifact], folder: Path) -> None:
    """Write ``NAME/config.pbtxt``, ``NAME/labels.txt`` and ``NAME/1/model.onnx``."""
    write_repository(artifacts["onnx"], folder, artifacts["onnx"].pack.id)


def write_repository(artifact: Artifact, folder: Path, name: str) -> None:
    """Write one model of a repository; the batch is left out of ``dims``, as Triton wants it."""
    pack = artifact.pack
    write_model(artifact, folder / name)
    config = CONFIG.format(
        name=name,
        max_batch=MAX_BATCH,
        input=INPUT,
        output=OUTPUT,
        shape=", ".join(map(str, pack.input_shape)),
        classes=len(pack.classes),
    )
    (folder / name / "config.pbtxt").write_text(config, encoding="utf-8")


def write_model(artifact: Artifact, folder: Path) -> None:
    """Write an ONNX file as version 1 of a model, with what is to be known about it beside the version."""
    (folder / "1").mkdir(parents=True)
    shutil.copyfile(artifact.path, folder / "1" / "model.onnx")
    write_about(artifact, folder)


def write_about(artifact: Artifact, folder: Path) -> None:
    """Write the classes as servers take them, one a line in the order of the outputs; the proof travels along."""
    labels = "".join(f"{name}\n" for name in artifact.pack.classes)
    (folder / "labels.txt").write_text(labels, encoding="utf-8")
    if artifact.certificate is not None:
        (folder / "certificate.json").write_bytes((artifact.pack.folder / artifact.certificate).read_bytes())


TRITON = Layout("triton", ("onnx",), build, "NVIDIA Triton's model repository, by ONNX Runtime")
