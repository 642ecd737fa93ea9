"""Where packs are found: the user's own, then those that distributions bring."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["data_folders", "user_packs"]


def user_packs() -> Path:
    """The folder of the user's packs: ``$ZOO_HOME/packs``, by default in the platform's folder for data."""
    home = os.environ.get("ZOO_HOME")
    if home:
        return Path(home).expanduser() / "packs"
    import platformdirs

    return Path(platformdirs.user_data_dir("digit-zoo", appauthor=False)) / "packs"


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
