"""Where packs are found: the user's own, then those that distributions bring."""

from __future__ import annotations

import fnmatch
import os
import warnings
from pathlib import Path

from zoo.contract.pack import MANIFEST, Pack
from zoo.errors import PackError, UnknownNameError
from zoo.home import SEEDS, user_packs
from zoo.plugins import load_plugins

__all__ = ["changed_folder", "get_pack", "list_models", "pack_folder", "shadowed"]


def pack_folder(model: str, seed: int = 0) -> Path:
    """Where a training of a model with a seed goes: seed 0 is the pack, seed n lies in its ``seeds/n``."""
    folder = user_packs() / model
    return folder / SEEDS / str(seed) if seed else folder


def changed_folder(pack: Pack) -> Path:
    """Where a changed pack goes: a bundled one is read-only, so that its copy becomes the user's, and shadows it."""
    return pack_folder(pack.id) if pack.bundled else pack.folder


def list_models(pattern: str = "*") -> list[Pack]:
    """All trained models, the user's shadowing the bundled ones of the same id.

    Parameters
    ----------
    pattern : str
        Shell-style wildcards: ``"lenet*"``, ``"*.mnist"``. An architecture stands for all its models: ``"lenet5"``.

    Returns
    -------
    list of Pack
        Sorted by id.

    Warns
    -----
    UserWarning
        For a pack that is damaged, which is left out.
    """
    found: dict[str, Pack] = {}
    for root, bundled in _roots():
        for folder in sorted(root.iterdir()):
            if folder.name.startswith(".") or folder.name in found or not (folder / MANIFEST).is_file():
                continue
            if any(fnmatch.fnmatchcase(name, pattern) for name in (folder.name, folder.name.partition(".")[0])):
                try:
                    pack = Pack(folder, bundled=bundled)
                except PackError as error:
                    warnings.warn(f"Left out: {error}", stacklevel=2)
                    continue
                if pack.id != folder.name:
                    warnings.warn(
                        f"Left out: {str(folder)!r} holds the pack {pack.id}; name the folder so, or move it elsewhere "
                        "and give its path.",
                        stacklevel=2,
                    )
                    continue
                found[folder.name] = pack
    return [found[name] for name in sorted(found)]


def shadowed(pack: Pack) -> bool:
    """Whether a user's pack hides a bundled one of the same id."""
    return not pack.bundled and any(bundled and (root / pack.id / MANIFEST).is_file() for root, bundled in _roots())


def get_pack(model: str | Path | Pack) -> Pack:
    """The pack that a MODEL argument names.

    Parameters
    ----------
    model : str, path-like or Pack
        An id (``"lenet5.mnist"``), an architecture (``"lenet5"``, its default tag) or the folder of a pack.

    Returns
    -------
    Pack
        The user's own, before a bundled one of the same id.

    Raises
    ------
    UnknownNameError
        When there is no such model, with the nearest that exists.
    PackError
        When the pack is damaged.
    """
    if isinstance(model, Pack):
        return model
    name = str(model)
    if isinstance(model, Path) or os.sep in name or "/" in name or (Path(name) / MANIFEST).is_file():
        folder = Path(model).expanduser()
        owned = any(bundled and folder.resolve().is_relative_to(root.resolve()) for root, bundled in _roots())
        return Pack(folder, bundled=owned)  # however it is named, a distribution's pack is not written to
    architecture = load_plugins().architectures.get(name)
    model_id = f"{name}.{architecture.default_tag}" if architecture else name
    for root, bundled in _roots():
        if (root / model_id / MANIFEST).is_file():
            return Pack(root / model_id, bundled=bundled)
    names = {folder.name for root, _ in _roots() for folder in root.iterdir() if (folder / MANIFEST).is_file()}
    family, _, tag = model_id.partition(".")
    known = load_plugins().architectures.get(family)
    hint = ""
    if known and (tag in known.recipes or tag in load_plugins().datasets):
        command = name if tag in known.recipes else f"{family} --dataset {tag}"
        hint = f"It is not trained yet; train it with: zoo train {command}"
    raise UnknownNameError("model", name, names, hint)


def _roots() -> list[tuple[Path, bool]]:
    """Folders of packs and whether they are bundled, the first to be searched first."""
    own = [(user_packs(), False)] if user_packs().is_dir() else []
    return own + [(root, True) for root in load_plugins().packs.values()]
