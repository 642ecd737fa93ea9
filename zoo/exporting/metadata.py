"""What an exported file says about itself, where its format has a place for it."""

from __future__ import annotations

import json
from importlib.metadata import version

from zoo.packs.pack import Pack

__all__ = ["file_metadata"]


def file_metadata(pack: Pack) -> dict[str, str]:
    """Id, classes, input, preprocessing and source of a pack's model, and what made the file.

    Parameters
    ----------
    pack : Pack

    Returns
    -------
    dict of str to str
        Lists and objects as JSON.
    """
    return {
        "model_id": pack.id,
        "classes": json.dumps(pack.classes),
        "input": json.dumps(pack.manifest["input"]),
        "preprocessing": json.dumps(pack.manifest["preprocessing"]),
        "source_sha256": pack.artifact("keras").sha256,
        "made_by": f"digit-zoo {version('digit-zoo')}",
    }
