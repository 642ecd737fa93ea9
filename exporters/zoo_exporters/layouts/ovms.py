"""OpenVINO Model Server: ONNX below its name and version (https://docs.openvino.ai/ model server, model repository)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from zoo import Artifact, Layout
from zoo_exporters.layouts.triton import write_model

__all__ = ["OVMS"]


def build(artifacts: Mapping[str, Artifact], folder: Path) -> None:
    """Write ``NAME/1/model.onnx`` and ``config.json``, which asks for the precision that was certified."""
    artifact = artifacts["onnx"]
    name = artifact.pack.id
    write_model(artifact, folder / name)
    model = {
        "name": name,
        "base_path": f"/models/{name}",
        "plugin_config": {"INFERENCE_PRECISION_HINT": "f32"},  # some processors compute in bf16 otherwise
    }
    config = {"model_config_list": [{"config": model}]}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


OVMS = Layout("ovms", ("onnx",), build, "OpenVINO Model Server's model repository")
