"""Where data sets are looked for on this machine."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["data_folders"]


def data_folders() -> list[Path]:
    """``$ZOO_DATA_DIR``, where it is set, and then Keras's cache.

    Returns
    -------
    list of pathlib.Path
        The last one is where downloads go.
    """
    folders = [Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "datasets"]
    if os.environ.get("ZOO_DATA_DIR"):
        folders.insert(0, Path(os.environ["ZOO_DATA_DIR"]).expanduser())
    return folders
