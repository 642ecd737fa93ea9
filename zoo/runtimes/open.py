"""Finds the runtime for a model, and opens it."""

from __future__ import annotations

from pathlib import Path

from zoo.contract.pack import Artifact, Cell, Pack, export_command
from zoo.contract.runtime import Runtime, Session
from zoo.errors import UnknownNameError, ZooError
from zoo.packs.store import get_pack
from zoo.plugins import load_plugins

__all__ = ["available_runtimes", "find_runtime", "load", "select"]


def find_runtime(name: str) -> Runtime:
    """The runtime of a name.

    Parameters
    ----------
    name : str
        ``"litert"``; with an execution provider ``"onnxruntime:CUDAExecutionProvider"``.

    Returns
    -------
    Runtime
        Whether it is `installed` or not.

    Raises
    ------
    UnknownNameError
        When the runtime or the provider does not exist.
    MissingExtraError
        When a provider is named, and the runtime is not installed.
    """
    plain, _, provider = name.partition(":")
    runtime: Runtime = load_plugins().find("runtime", plain)
    return runtime.with_provider(provider) if provider else runtime


def load(
    model: str | Path | Pack,
    runtime: str | None = None,
    *,
    precision: str = "fp32",
    variant: str = "",
    threads: int | None = None,
) -> Session:
    """Open a trained model.

    Parameters
    ----------
    model : str, path-like or Pack
        An id, an architecture (its default tag) or the folder of a pack.
    runtime : str, optional
        ``"keras"``, ``"tensorflow"``, ``"litert"``, ``"onnxruntime"`` or what a plugin adds; with an execution provider
        ``"onnxruntime:CUDAExecutionProvider"``. By default the lightest that is installed and has a file in the pack.
    precision : str
        ``"fp32"``, or another that the pack has.
    variant : str
        ``"batch1"``, ``"float_io"``, ``"batch1_stripped"``, ...: a file that was exported with options; by default
        the plain one.
    threads : int, optional
        Threads of one inference. By default one for LiteRT and ONNX Runtime, which is fastest and steadiest at this
        size; TensorFlow and Keras keep what the process has.

    Returns
    -------
    Session
        ``session.run(images)`` gives probabilities.

    Raises
    ------
    UnknownNameError
        When the model, the runtime or the artifact does not exist.
    MissingExtraError
        When the runtime's package is not installed.
    PackError
        When the file is not the one that the manifest describes.

    Examples
    --------
    >>> import numpy as np
    >>> session = zoo.load("lenet5.mnist", runtime="litert")
    >>> session.run(np.zeros((2, 28, 28, 1), np.float32)).shape
    (2, 10)
    """
    chosen, artifact = select(get_pack(model), runtime, precision, variant)
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise ZooError(f"threads is {threads!r}; it must be a whole number of at least 1.")
    chosen.require()
    return chosen.open(artifact, threads)


def select(
    pack: Pack, runtime: str | None = None, precision: str = "fp32", variant: str = ""
) -> tuple[Runtime, Artifact]:
    """The runtime of a name, or the lightest one, and the artifact of the pack that it opens.

    Parameters
    ----------
    pack : Pack
    runtime, precision, variant : str
        As for `load`.

    Returns
    -------
    runtime : Runtime
    artifact : Artifact

    Raises
    ------
    UnknownNameError
        When the runtime does not exist, or the pack holds nothing that it opens.
    ZooError
        When no name is given and no installed runtime opens the pack.
    """
    chosen = find_runtime(runtime) if runtime is not None else _lightest(pack, precision, variant)
    opened = _cells(chosen, precision, variant)
    for artifact in pack.artifacts:
        if artifact.cell in opened:
            return chosen, artifact
    raise UnknownNameError(
        f"file of {pack.id} for the runtime {chosen.name!r}:",
        str(Cell("/".join(chosen.formats), precision, variant)),
        [str(artifact.cell) for artifact in pack.artifacts],
        f"Make it with: {export_command(pack.id, opened[0])}",
    )


def _cells(runtime: Runtime, precision: str, variant: str) -> list[Cell]:
    """What a runtime opens."""
    return [Cell(format, precision, variant) for format in runtime.formats]


def available_runtimes(pack: Pack, precision: str = "fp32", variant: str = "") -> list[Runtime]:
    """The installed runtimes that open a file of the pack at a precision, the lightest first."""
    held = {artifact.cell for artifact in pack.artifacts}
    runtimes = [
        runtime
        for runtime in load_plugins().runtimes.values()
        if runtime.installed and not held.isdisjoint(_cells(runtime, precision, variant))
    ]
    return sorted(runtimes, key=lambda runtime: (runtime.rank, runtime.name))


def _lightest(pack: Pack, precision: str, variant: str) -> Runtime:
    runtimes = available_runtimes(pack, precision, variant)
    if not runtimes:
        held = ", ".join(str(artifact.cell) for artifact in pack.artifacts)
        raise ZooError(
            f"No installed runtime opens {pack.id} at precision {precision!r}. The pack holds: {held}. "
            "Export it ('zoo export'), choose another --precision, or install a runtime: "
            "pip install 'digit-zoo[train]'"
        )
    return runtimes[0]
