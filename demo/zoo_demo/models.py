"""Which models can be drawn at, which comes first, and how they are named in the page."""

from __future__ import annotations

from dataclasses import dataclass

import zoo
from zoo.canvas import IMAGE_SHAPE
from zoo.errors import UnknownNameError, ZooError
from zoo.packs.pack import Pack
from zoo.runtimes.runtime import available_runtimes

__all__ = ["DrawableModels", "drawable_models", "model_label", "runtime_names"]


@dataclass(frozen=True)
class DrawableModels:
    """The models of one demo.

    Attributes
    ----------
    packs : dict of str to Pack
        By id, the most accurate first.
    default : str
        Id of the model that is chosen at first.
    """

    packs: dict[str, Pack]
    default: str

    def find(self, model: str) -> Pack:
        """The pack of an id.

        Raises
        ------
        UnknownNameError
            When the demo does not have it.
        """
        if model not in self.packs:
            raise UnknownNameError("model", model, self.packs)
        return self.packs[model]


def drawable_models(model: str | None = None) -> DrawableModels:
    """Find the models that a drawing can be shown to.

    Parameters
    ----------
    model : str, optional
        Id, architecture or folder of the pack that is to be chosen at first; by default the most accurate one.

    Raises
    ------
    UnknownNameError
        When there is no such model.
    ZooError
        When it takes no drawings, or no model does.
    """
    packs = {pack.id: pack for pack in zoo.list_models() if _obstacle(pack) is None}
    if model is None:
        if not packs:
            raise ZooError(
                "No trained model takes drawings, so there is nothing to show. Train one: zoo train lenet5 "
                "(and 'zoo list' shows what there is)."
            )
        default = max(packs.values(), key=lambda pack: pack.accuracy).id
    else:
        chosen = zoo.get_pack(model)
        obstacle = _obstacle(chosen)
        if obstacle is not None:
            raise ZooError(
                f"{chosen.id} cannot be drawn at: {obstacle} Models that can: {', '.join(packs) or 'none yet'}."
            )
        packs[chosen.id] = chosen  # a pack that is named by its folder may be listed nowhere
        default = chosen.id
    ranked = sorted(packs.values(), key=lambda pack: (-pack.accuracy, pack.id))
    return DrawableModels({pack.id: pack for pack in ranked}, default)


def runtime_names(pack: Pack) -> list[str]:
    """Names of the installed runtimes that open a file of the pack, the lightest first."""
    return [runtime.name for runtime in available_runtimes(pack)]


def model_label(pack: Pack) -> str:
    """Id, accuracy and size: ``lenet5.mnist · 99.20 % · 279 kB``."""
    kilobytes = pack.size_bytes / 1000
    size = f"{kilobytes:.0f} kB" if kilobytes < 1000 else f"{kilobytes / 1000:.1f} MB"
    return f"{pack.id} · {pack.accuracy:.2%} · {size}".replace("%", " %")


def _obstacle(pack: Pack) -> str | None:
    """Why the pack cannot be drawn at, as a sentence; None when it can."""
    if pack.manifest["preprocessing"].get("canvas") is None:
        return "its images are not made from drawings."
    if pack.input_shape != IMAGE_SHAPE:
        return f"it takes images of shape {pack.input_shape}, and drawings become {IMAGE_SHAPE}."
    if not available_runtimes(pack):
        return "no installed runtime opens any of its files ('zoo export' makes more)."
    return None
