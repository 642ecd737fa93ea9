"""The model card of a pack: a README in the form that Hugging Face shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.contract.pack import MANIFEST, Cell
from zoo.plugins import load_plugins

if TYPE_CHECKING:
    from zoo.contract.architecture import Architecture

__all__ = ["write_card"]

# A row of a Markdown table is one line.
# ruff: noqa: E501
TEMPLATE = """\
---
license: {license}
library_name: digit-zoo
pipeline_tag: image-classification
tags:
  - {architecture}
datasets:
  - {dataset}
metrics:
  - accuracy
model-index:
  - name: {id}
    results:
      - task:
          type: image-classification
        dataset:
          name: {dataset}
          type: {dataset}
        metrics:
          - type: accuracy
            value: {accuracy:.6f}
---

# {id}

{summary} ({reference})

| | |
| --- | --- |
| accuracy | {accuracy:.2%} (95 % interval {accuracy_low:.2%} to {accuracy_high:.2%}) on the {images:,} test images of {dataset} |
| negative log likelihood | {negative_log_likelihood:.4f} |
| expected calibration error | {expected_calibration_error:.4f} |
| parameters | {parameters:,} |
| multiply-adds | {macs} |
| input | `image`, float32 (n, {shape}), in [0, 1] |
| output | `probabilities`, float32 (n, {outputs}): {classes} |
| temperature | {temperature:.4f}, {fitted} |

## Use

```python
import zoo

session = zoo.load("{id}")
probabilities = session.run(images)
```

## Files

| file | precision | bytes | accuracy | largest difference to Keras | answers that differ |
| --- | --- | ---: | ---: | ---: | ---: |
{files}

Each file was compared with the Keras model on all test images, as the certificate beside it says.
{refused}
## Training

On the training part of {dataset}{held_out}, seed {seed}{beginning}, by this recipe (`zoo train {architecture} --recipe recipe.json --seed {seed}{init_option}`
with the lines below in `recipe.json`); the test part chose nothing.{source}

```json
{recipe}
```

Versions: {versions}.

## Limits

{limits} Accuracy on images of other origin is lower than the figure above.
"""


def write_card(folder: Path, architecture: Architecture) -> None:
    """Write ``README.md`` from the manifest and the certificates in a pack's folder."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    recipe, init = manifest["recipe"], manifest.get("init")  # packs of earlier versions lack keys
    values: dict[str, Any] = {
        **manifest,
        **manifest["metrics"],
        "license": architecture.license.lower(),
        "summary": architecture.summary,
        "reference": architecture.reference,
        "dataset": manifest["dataset"]["name"],
        "macs": "not counted" if manifest["macs"] is None else f"{manifest['macs']:,}",
        "shape": ", ".join(map(str, manifest["input"]["shape"])),
        "outputs": len(manifest["classes"]),
        "classes": ", ".join(manifest["classes"]),
        "files": "\n".join(_file_row(folder, manifest, entry) for entry in manifest["artifacts"]),
        "refused": _refused(manifest.get("refused", [])),
        "limits": _limits(manifest),
        "source": _source(manifest["dataset"]["name"]),
        "init_option": f" --init {init['model']}" if init else "",
        "beginning": f", beginning with the weights of {init['model']} ({init['sha256'][:12]}...)" if init else "",
        "fitted": "given by the recipe" if recipe.get("temperature") else "fitted on the validation images",
        "held_out": "" if recipe.get("hold_out", True) else ", its validation images included",
        "recipe": json.dumps(recipe, indent=2),
        "versions": ", ".join(f"{name} {number}" for name, number in manifest["versions"].items()),
    }
    (folder / "README.md").write_text(TEMPLATE.format(**values), encoding="utf-8")


def _file_row(folder: Path, manifest: dict[str, Any], entry: dict[str, Any]) -> str:
    start = f"| [{entry['path']}]({entry['path']}) | {Cell.of(entry).full_precision} | {entry['size_bytes']:,} |"
    if entry["certificate"] is None:
        return f"{start} {manifest['metrics']['accuracy']:.2%} | the source | |"
    certificate = json.loads((folder / entry["certificate"]).read_text(encoding="utf-8"))
    accuracy = certificate.get("accuracy")  # certificates of earlier versions have none
    share = f"{accuracy['artifact']['accuracy']:.2%}" if accuracy else ""
    differ = f"[{len(certificate['flipped'])} of {certificate['images']:,}]({entry['certificate']})"
    if sheet := certificate.get("contact_sheet"):
        differ += f", [seen]({sheet})"
    return f"{start} {share} | {certificate['max_difference']:.1e} | {differ} |"


def _refused(entries: list[dict[str, Any]]) -> str:
    """What was tried and is not here, and why."""
    if not entries:
        return ""
    rows = []
    for entry in entries:
        outcome = f"[{entry['outcome']}]({entry['certificate']})" if entry["certificate"] else entry["outcome"]
        reason = " ".join(entry["reason"].replace("|", "\\|").split())
        rows.append(f"| {entry['format']} | {Cell.of(entry).full_precision} | {outcome} | {reason} |")
    return "\n".join(["\n| not here | precision | outcome | why |", "| --- | --- | --- | --- |", *rows, ""])


def _limits(manifest: dict[str, Any]) -> str:
    """What the model does with what shows none of its classes."""
    rejection = manifest.get("rejection")
    if rejection is None:
        return f"It answers one of its {len(manifest['classes'])} classes whatever it is shown."
    return (
        "It learned to answer all classes alike to what shows none of them, such as scribbles, letters and two digits at "
        f"once: where the highest probability is below {rejection['threshold']:.4f}, withhold its answer "
        f"(`pack.rejection`). Of {rejection['images']:,} {rejection['calibrated_on']}, which do show one, that refuses "
        f"{rejection['rejected']:.2%}."
    )


def _source(dataset: str) -> str:
    """Where the data set comes from, and its licence, when it is registered."""
    source = load_plugins().datasets.get(dataset.partition(":")[0])
    return "" if source is None else f"\n\nThe data: {source.summary}. Licence: {source.license}."
