"""Puts trained packs among those that the distribution ships, without what ``zoo export`` makes on demand.

``python plugins/bundle.py MODEL...`` takes each as ``zoo export`` takes it: an id, or the folder of a pack. What every
shipped pack holds is the Keras model, which all else is made from, and TFLite, which the base installation opens. ONNX
files are shipped while they are small, and for the models that the demo opens first; one pack ships every format.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from zoo import Pack, get_pack
from zoo.exporting.certificate import contact_sheet_name
from zoo.packs.card import write_card
from zoo.packs.writing import edit_pack, write_json
from zoo.plugins import get_architecture

PACKS = Path(__file__).parent / "zoo_plugins" / "packs"
WHOLE = "lenet5.mnist"
SMALL_BYTES = 100_000


def ships(pack: Pack, entry: dict[str, Any]) -> bool:
    """Whether an artifact of a pack is shipped."""
    if pack.id == WHOLE or entry["format"] in ("keras", "tflite"):
        return True
    small = entry["size_bytes"] <= SMALL_BYTES or pack.manifest["tag"] == "canvas"
    return entry["format"] == "onnx" and small


def bundle(pack: Pack) -> None:
    """Copy what is shipped of a pack to `PACKS`."""
    with edit_pack(pack, PACKS / pack.id) as (folder, manifest):
        for entry in [entry for entry in manifest["artifacts"] if not ships(pack, entry)]:
            manifest["artifacts"].remove(entry)
            path = folder / entry["path"]
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            (folder / entry["certificate"]).unlink()
            (folder / contact_sheet_name(entry["path"])).unlink(missing_ok=True)
        write_json(folder / "pack.json", manifest)
        write_card(folder, get_architecture(pack.architecture))


if __name__ == "__main__":
    for model in sys.argv[1:]:
        bundle(get_pack(model))
