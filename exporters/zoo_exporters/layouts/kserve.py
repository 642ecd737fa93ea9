"""KServe on Kubernetes: an InferenceService over a Triton repository (https://kserve.github.io)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from zoo import Artifact, Layout
from zoo_exporters.layouts.triton import write_repository

__all__ = ["KSERVE"]

SERVICE = """\
# Copy the folder 'models' into a volume claim named 'models', or change storageUri to where it lies (s3://, gs://,
# https://), then: kubectl apply -f inference_service.yaml
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: {name}
  annotations:
    digit-zoo/model: "{model}"
    digit-zoo/artifact-sha256: "{sha256}"
spec:
  predictor:
    model:
      modelFormat:
        name: onnx
      runtime: kserve-tritonserver
      protocolVersion: v2
      storageUri: pvc://models/models
      resources:
        requests:
          cpu: "1"
          memory: 1Gi
        limits:
          cpu: "1"
          memory: 1Gi
"""


def build(artifacts: Mapping[str, Artifact], folder: Path) -> None:
    """Write ``inference_service.yaml`` and the repository ``models/``; Kubernetes takes letters, digits and hyphens."""
    artifact = artifacts["onnx"]
    name = re.sub(r"[^a-z0-9]+", "-", artifact.pack.id.lower()).strip("-")
    write_repository(artifact, folder / "models", name)
    service = SERVICE.format(name=name, model=artifact.pack.id, sha256=artifact.sha256)
    (folder / "inference_service.yaml").write_text(service, encoding="utf-8")


KSERVE = Layout("kserve", ("onnx",), build, "KServe's InferenceService, over Triton's model repository")
