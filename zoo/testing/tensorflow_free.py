"""Finds TensorFlow in what must be plain Keras 3, so that it also runs on JAX and PyTorch."""

from __future__ import annotations

import builtins
import contextlib
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from zoo.errors import ContractError

__all__ = ["check_modules", "no_tensorflow"]

BACKEND = "tensorflow"
ALLOWED = ("keras", "tensorflow")  # Keras's backend is TensorFlow itself, here
REMEDY = "use keras.layers and keras.ops instead, so that it also runs on JAX and PyTorch"


@contextlib.contextmanager
def no_tensorflow() -> Iterator[None]:
    """Refuse ``import tensorflow`` to everybody but Keras while the block runs, as if it were not installed."""
    original = builtins.__import__

    def guarded(name: str, globals: Mapping[str, Any] | None = None, *args: Any, **kwargs: Any) -> ModuleType:
        importer = str((globals or {}).get("__name__", "?"))
        if name.partition(".")[0] == BACKEND and importer.partition(".")[0] not in ALLOWED:
            raise ContractError(f"{importer} imports {name}; {REMEDY}.")
        return original(name, globals, *args, **kwargs)

    builtins.__import__ = guarded
    try:
        yield
    finally:
        builtins.__import__ = original


def check_modules(packages: set[str]) -> None:
    """Refuse TensorFlow among the globals of a plugin's modules: those that were imported before anybody watched.

    Parameters
    ----------
    packages : set of str
        Top-level names of the plugin's modules.

    Raises
    ------
    ContractError
        Naming the module.
    """
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] not in packages or module is None:
            continue
        for value in vars(module).values():
            home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None) or ""
            if str(home).partition(".")[0] == BACKEND:
                raise ContractError(f"{name} imports {home}; {REMEDY}.")
