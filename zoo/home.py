"""Where things live on this machine: packs, caches and data sets."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["SEEDS", "data_folders", "home", "user_packs"]

SEEDS = "seeds"  # folder of the packs of other seeds, inside the pack of seed 0


def home() -> Path:
    """Tell where the zoo writes what it writes by itself; plugins make folders of their own in it.

    Returns
    -------
    pathlib.Path
        ``$ZOO_HOME``, where it is set; by default a folder in the platform's place for data. It may not exist yet.
    """
    if os.environ.get("ZOO_HOME"):
        return Path(os.environ["ZOO_HOME"]).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("digit-zoo", appauthor=False))


def user_packs() -> Path:
    """The folder of the user's packs."""
    return home() / "packs"


def data_folders() -> list[Path]:
    """Where data sets are looked for: in ``$ZOO_DATA_DIR``, where it is set, and then in Keras's cache.

    Returns
    -------
    list of pathlib.Path
        The last one is where downloads go.
    """
    folders = [Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "datasets"]
    if os.environ.get("ZOO_DATA_DIR"):
        folders.insert(0, Path(os.environ["ZOO_DATA_DIR"]).expanduser())
    return folders
