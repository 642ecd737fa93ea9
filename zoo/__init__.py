"""Digit Zoo: small image classifiers that people choose from with evidence.

Each public name is loaded when it is first used, so that ``import zoo`` costs next to nothing: ``__init__.pyi`` names
them all.
"""

from __future__ import annotations

import lazy_loader

_attribute, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("digit-zoo")
    return _attribute(name)
