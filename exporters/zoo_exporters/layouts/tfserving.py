"""TensorFlow Serving: a SavedModel below its name and version (https://www.tensorflow.org/tfx/guide/serving)."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from zoo import Artifact, Layout
from zoo_exporters.layouts.triton import write_about

__all__ = ["TFSERVING"]

CONFIG = """\
model_config_list {{
  config {{
    name: "{name}"
    base_path: "/models/{name}"
    model_platform: "tensorflow"
  }}
}}
"""


def build(artifacts: Mapping[str, Artifact], folder: Path) -> None:
    """Write ``NAME/1/`` and ``models.config``; labels lie in ``assets.extra``, which SavedModel keeps for its users."""
    artifact = artifacts["saved_model"]
    name = artifact.pack.id
    version = folder / name / "1"
    shutil.copytree(artifact.path, version)
    (version / "assets.extra").mkdir()
    write_about(artifact, version / "assets.extra")
    (folder / "models.config").write_text(CONFIG.format(name=name), encoding="utf-8")


TFSERVING = Layout("tfserving", ("saved_model",), build, "TensorFlow Serving's model folder")
