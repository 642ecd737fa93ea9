"""Holds the docstrings of every public name to numpydoc's form: ``python docs/validate.py``; exit code 1 if one is not.

Public is what the reference shows: the names of its modules, and the public methods and properties of their classes.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from importlib import import_module

from generate import PAGES, public_members
from numpydoc.docscrape import NumpyDocString
from numpydoc.validate import validate

# Not asked for: a long description, an example and a "see also" everywhere, and a sentence about a parameter or result
# whose type says all there is to say.
LEFT_OUT = {"ES01", "EX01", "SA01", "PR07", "RT03"}


def names() -> Iterator[str]:
    """The dotted name of everything public."""
    for _, _, module_name in PAGES:
        module = import_module(module_name)
        for name in module.__all__:
            value = getattr(module, name)
            if name.startswith("__") or name == "hookimpl" or not callable(value):
                continue
            yield f"{value.__module__}.{value.__qualname__}"
            if inspect.isclass(value):
                for member, _ in public_members(value):
                    yield f"{value.__module__}.{value.__qualname__}.{member}"


def problems(name: str) -> list[str]:
    """What is wrong with the docstring of one name."""
    found = validate(name)
    if any(code == "GL08" for code, _ in found["errors"]):
        return ["it has no docstring"]
    parsed = NumpyDocString(found["docstring"])
    # Fields of a class whose objects are results are attributes to their reader, who never makes one.
    attributes = bool(parsed["Attributes"]) and not parsed["Parameters"]
    return [text for code, text in found["errors"] if code not in LEFT_OUT and not (attributes and code == "PR01")]


def main() -> int:
    """Report every problem, and how many names are documented."""
    everything = list(dict.fromkeys(names()))
    bad = {name: found for name in everything if (found := problems(name))}
    for name, found in bad.items():
        for text in found:
            print(f"{name}: {text}")
    good = len(everything) - len(bad)
    print(f"{good} of {len(everything)} public names are documented in numpydoc's form: {good / len(everything):.0%}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
