"""Which models can be drawn at, what opens each of them, and the files that are made when somebody asks for them."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from importlib.util import find_spec

import zoo
from zoo.canvas import IMAGE_SHAPE
from zoo.errors import UnknownNameError, ZooError

__all__ = [
    "MADE",
    "BeingMade",
    "Choice",
    "DrawableModels",
    "can_make",
    "drawable_models",
    "export_command",
    "pairs",
    "to_be_made",
]

DRAWN_TAG = "canvas"  # packs of this tag were trained on what people draw
MADE = "fp32"  # the precision of files that are made here


class BeingMade(ZooError):
    """There is no file yet for what was chosen; it is being made."""


@dataclass(frozen=True)
class Choice:
    """What is to answer."""

    pack: zoo.Pack
    runtime: str
    precision: str


class DrawableModels:
    """The models of one demo, which also makes the files that they lack, one at a time.

    `packs` holds them by id, those that were trained on drawings first, and the most accurate first among equals;
    `default` is the id of the one that is chosen at first.
    """

    def __init__(self, packs: dict[str, zoo.Pack], default: str) -> None:
        self.packs = packs
        self.default = default
        self._exports: dict[tuple[str, str], str] = {}  # id and format: why it failed, empty while it is made
        self._asking = threading.Lock()
        self._exporting = threading.Lock()

    def find(self, model: str) -> zoo.Pack:
        """The pack of an id; `UnknownNameError` when the demo does not have it."""
        if model not in self.packs:
            raise UnknownNameError("model", model, self.packs)
        return self.packs[model]

    def choose(self, choice: object) -> Choice:
        """What a page or a program has chosen; it comes from outside and may be anything.

        A choice is an object with ``model``, ``runtime`` and ``precision``, and what it lacks is the demo's to choose:
        its default model, the lightest runtime, the first precision. Raises `BeingMade` as long as the file is being
        made that it needs, and a `ZooError` of another kind when it is no choice, or one that nothing can answer.
        """
        if not isinstance(choice, dict):
            raise ZooError(
                f"A choice is an object with model, runtime and precision. Received: {type(choice).__name__}."
            )
        pack = self.find(str(choice.get("model") or self.default))
        offered, makers = pairs(pack), to_be_made(pack)
        runtime = str(choice.get("runtime") or next(iter(offered)))
        precision = str(choice.get("precision") or next(iter(offered.get(runtime, [MADE]))))
        if runtime in makers and precision == MADE:
            self._make(pack, makers[runtime].format, runtime)
        if runtime not in offered:
            known: zoo.Runtime = zoo.load_plugins().find("runtime", runtime)
            hint = f"Make its file first: {export_command(pack, known.formats[0])}"
            raise UnknownNameError(f"runtime for {pack.id}", runtime, offered, hint)
        if precision not in offered[runtime]:
            raise UnknownNameError(
                f"precision of {pack.id} for {runtime}", precision, offered[runtime], "'zoo export' makes more files."
            )
        return Choice(pack, runtime, precision)

    def _make(self, pack: zoo.Pack, format: str, runtime: str) -> None:
        """Begin to make a file, unless that was tried before; raises what there is to say instead of an answer."""
        with self._asking:
            if (pack.id, format) not in self._exports:
                self._exports[pack.id, format] = ""
                threading.Thread(target=self._export, args=(pack, format, runtime), daemon=True).start()
            problem = self._exports[pack.id, format]
        if problem:
            raise ZooError(problem)
        raise BeingMade(
            f"Making the file of {pack.id} for {runtime}, once, as 'zoo export' does. "
            "That takes half a minute or longer; then it answers."
        )

    def _export(self, pack: zoo.Pack, format: str, runtime: str) -> None:
        name = pack.id if pack.bundled else str(pack.folder.absolute())
        command = ["export", name, "--format", format]
        elsewhere = [] if _has_its_data(pack) else ["--parity-data", "digits"]  # nothing is downloaded for it
        with self._exporting:
            try:
                if runtime in to_be_made(zoo.get_pack(name)):  # somebody else may have made it meanwhile
                    _run_zoo([*command, *elsewhere, "--quiet"])
                self.packs[pack.id] = zoo.get_pack(name)
                del self._exports[pack.id, format]
            except ZooError as error:
                self._exports[pack.id, format] = f"'zoo {' '.join(command)}' failed: {error}"


def drawable_models(model: str | None = None) -> DrawableModels:
    """Find the models that a drawing can be shown to.

    `model`, an id, an architecture or the folder of a pack, is chosen at first; by default it is the most accurate of
    those that were trained on drawings, or of all, if none was. Raises a `ZooError` when it takes no drawings, or no
    model does.
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


def pairs(pack: zoo.Pack) -> dict[str, dict[str, int]]:
    """The runtimes that open a file of the pack, the lightest first, and the precisions of each with sizes in bytes."""
    plain = [artifact for artifact in pack.artifacts if not artifact.variant]
    precisions = list(dict.fromkeys(artifact.precision for artifact in plain))
    found: dict[str, dict[str, int]] = {}
    for runtime in _runtimes():
        for artifact in sorted(plain, key=lambda artifact: precisions.index(artifact.precision)):
            if artifact.format in runtime.formats:
                found.setdefault(runtime.name, {}).setdefault(artifact.precision, artifact.size_bytes)
    return found


def to_be_made(pack: zoo.Pack) -> dict[str, zoo.Exporter]:
    """The runtimes that the pack has no file for, and what makes one; but none that was tried before and failed."""
    known = {artifact.cell for artifact in pack.artifacts}.union(map(zoo.Cell.of, pack.refused))
    found = {}
    for runtime in _runtimes():
        exporter = zoo.load_plugins().exporters.get(runtime.formats[0])
        has_none = known.isdisjoint(zoo.Cell(format, MADE) for format in runtime.formats)
        if has_none and exporter is not None and exporter.objection(zoo.ExportJob(MADE)) is None:
            found[runtime.name] = exporter
    return found


def export_command(pack: zoo.Pack, format: str) -> str:
    """The command that makes a file."""
    return f"zoo export {pack.id} --format {format}"


def can_make(exporter: zoo.Exporter) -> bool:
    """Whether the package that an exporter needs is installed; it is not imported to find out."""
    return find_spec(exporter.package) is not None


def _runtimes() -> list[zoo.Runtime]:
    """Those that are installed, the lightest first."""
    found = [runtime for runtime in zoo.load_plugins().runtimes.values() if runtime.installed]
    return sorted(found, key=lambda runtime: (runtime.rank, runtime.name))


def _obstacle(pack: zoo.Pack) -> str | None:
    """Why the pack cannot be drawn at, as a sentence; None when it can."""
    if pack.manifest["preprocessing"].get("canvas") is None:
        return "its images are not made from drawings."
    if pack.input_shape != IMAGE_SHAPE:
        return f"it takes images of shape {pack.input_shape}, and drawings become {IMAGE_SHAPE}."
    if not pairs(pack):
        return "no installed runtime opens any of its files ('zoo export' makes more)."
    return None


def _has_its_data(pack: zoo.Pack) -> bool:
    """Whether the images that an export is compared on are on this machine."""
    name, _, argument = pack.manifest["recipe"]["dataset"].partition(":")
    source = zoo.load_plugins().datasets.get(name)
    return source is not None and (bool(argument) or source.locate is None or source.locate() is not None)


def _run_zoo(arguments: list[str]) -> None:
    """Run a ``zoo`` command in a process of its own; raises what it complains of."""
    command = [sys.executable, "-c", "from zoo.cli import main; main()", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    os.setpriority(os.PRIO_PROCESS, process.pid, 10)  # answers come first
    atexit.register(process.send_signal, signal.SIGINT)  # a demo that ends takes it along
    _, complaint = process.communicate()
    atexit.unregister(process.send_signal)
    if process.returncode != 0:
        raise ZooError(complaint.rpartition("Error: ")[2].strip() or f"it ended with exit code {process.returncode}.")
