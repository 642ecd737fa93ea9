"""Which models can be drawn at, which comes first, and what opens each of them."""

from __future__ import annotations

from dataclasses import dataclass

import zoo
from zoo.canvas import IMAGE_SHAPE
from zoo.contract.pack import Pack
from zoo.errors import UnknownNameError, ZooError
from zoo.plugins import load_plugins
from zoo.runtimes.open import available_runtimes

__all__ = ["Choice", "DrawableModels", "drawable_models", "pairs", "size_text"]

DRAWN_TAG = "canvas"  # packs of this tag were trained on what people draw


@dataclass(frozen=True)
class Choice:
    """What is to answer.

    Attributes
    ----------
    pack : Pack
    runtime, precision : str
    """

    pack: Pack
    runtime: str
    precision: str


@dataclass(frozen=True)
class DrawableModels:
    """The models of one demo.

    Attributes
    ----------
    packs : dict of str to Pack
        By id; those that were trained on drawings first, and the most accurate first among equals.
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

    def choose(self, choice: object) -> Choice:
        """What a page or a program has chosen.

        Parameters
        ----------
        choice : object
            It comes from outside and may be anything; a choice is an object with ``model``, ``runtime`` and
            ``precision``, and what it lacks is the demo's to choose: its default model, the lightest runtime, the
            first precision.

        Raises
        ------
        UnknownNameError
            When there is no such model, runtime or precision, or no file for the pair.
        ZooError
            When it is no choice.
        """
        if not isinstance(choice, dict):
            raise ZooError(
                f"A choice is an object with model, runtime and precision. Received: {type(choice).__name__}."
            )
        pack = self.find(str(choice.get("model") or self.default))
        offered = pairs(pack)
        runtime = str(choice.get("runtime") or next(iter(offered)))
        if runtime not in offered:
            load_plugins().find("runtime", runtime)
            raise UnknownNameError(f"runtime for {pack.id}", runtime, offered, "'zoo export' makes more files.")
        precision = str(choice.get("precision") or next(iter(offered[runtime])))
        if precision not in offered[runtime]:
            raise UnknownNameError(
                f"precision of {pack.id} for {runtime}", precision, offered[runtime], "'zoo export' makes more files."
            )
        return Choice(pack, runtime, precision)


def drawable_models(model: str | None = None) -> DrawableModels:
    """Find the models that a drawing can be shown to.

    Parameters
    ----------
    model : str, optional
        Id, architecture or folder of the pack that is to be chosen at first; by default the most accurate of those
        that were trained on drawings, or of all, if none was.

    Raises
    ------
    UnknownNameError
        When there is no such model.
    ZooError
        When it takes no drawings, or no model does.
    """
    packs = {pack.id: pack for pack in zoo.list_models() if _obstacle(pack) is None}
    if model is not None:
        chosen = zoo.get_pack(model)
        obstacle = _obstacle(chosen)
        if obstacle is not None:
            raise ZooError(
                f"{chosen.id} cannot be drawn at: {obstacle} Models that can: {', '.join(packs) or 'none yet'}."
            )
        packs[chosen.id] = chosen  # a pack that is named by its folder may be listed nowhere
    if not packs:
        raise ZooError(
            "No trained model takes drawings, so there is nothing to show. Train one: zoo train lenet5 "
            "(and 'zoo list' shows what there is)."
        )
    ranked = sorted(packs.values(), key=lambda pack: (pack.tag != DRAWN_TAG, -pack.accuracy, pack.id))
    return DrawableModels({pack.id: pack for pack in ranked}, ranked[0].id if model is None else chosen.id)


def pairs(pack: Pack) -> dict[str, dict[str, int]]:
    """The runtimes that open a file of the pack, the lightest first, and the precisions of each with sizes in bytes."""
    plain = [artifact for artifact in pack.artifacts if not artifact.variant]
    found: dict[str, dict[str, int]] = {}
    for precision in dict.fromkeys(artifact.precision for artifact in plain):
        for runtime in available_runtimes(pack, precision):
            sizes = (
                each.size_bytes for each in plain if each.precision == precision and each.format in runtime.formats
            )
            found.setdefault(runtime.name, {})[precision] = next(sizes)
    ranks = load_plugins().runtimes
    return {name: found[name] for name in sorted(found, key=lambda name: (ranks[name].rank, name))}


def size_text(size_bytes: int) -> str:
    """``247 kB``, ``1.3 MB``."""
    kilobytes = size_bytes / 1000
    return f"{kilobytes:.0f} kB" if kilobytes < 1000 else f"{kilobytes / 1000:.1f} MB"


def _obstacle(pack: Pack) -> str | None:
    """Why the pack cannot be drawn at, as a sentence; None when it can."""
    if pack.manifest["preprocessing"].get("canvas") is None:
        return "its images are not made from drawings."
    if pack.input_shape != IMAGE_SHAPE:
        return f"it takes images of shape {pack.input_shape}, and drawings become {IMAGE_SHAPE}."
    if not pairs(pack):
        return "no installed runtime opens any of its files ('zoo export' makes more)."
    return None
