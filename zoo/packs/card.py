"""The model card of a pack: a README in the form that Hugging Face shows."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.contract.pack import MANIFEST, Cell
from zoo.plugins import load_plugins

if TYPE_CHECKING:
    from zoo.contract.architecture import Architecture

__all__ = ["write_card"]


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
    template = (files(__package__) / "card.md.tmpl").read_text(encoding="utf-8")
    (folder / "README.md").write_text(template.format(**values), encoding="utf-8")


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
        "It learned to answer all classes alike to what shows none of them, such as scribbles, letters and two digits "
        f"at once: where the highest probability is below {rejection['threshold']:.4f}, withhold its answer "
        f"(`pack.rejection`). Of {rejection['images']:,} {rejection['calibrated_on']}, which do show one, that refuses "
        f"{rejection['rejected']:.2%}."
    )


def _source(dataset: str) -> str:
    """Where the data set comes from, and its licence, when it is registered."""
    source = load_plugins().datasets.get(dataset.partition(":")[0])
    return "" if source is None else f"\n\nThe data: {source.summary}. Licence: {source.license}."
