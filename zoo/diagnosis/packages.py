"""Which packages are here, in which version, and what each extra lacks."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass

__all__ = ["Requirement", "requirements"]

DEVELOPMENT = "dev"  # the extra of those who change the zoo itself; nobody misses it


@dataclass(frozen=True)
class Requirement:
    """A package that the base installation or an extra brings.

    Attributes
    ----------
    package : str
        Name of the distribution.
    wanted : str
        The versions that will do: ``">=2.21"``.
    version : str or None
        The installed one; None when it is absent.
    extra : str
        The extra that brings it; empty for the base installation.
    fits : bool
        Whether it is installed in a version that will do.
    """

    package: str
    wanted: str
    version: str | None
    extra: str
    fits: bool


def requirements() -> list[Requirement]:
    """Everything that this distribution requires, the base installation first, then extra by extra.

    Returns
    -------
    list of Requirement
    """
    from packaging.requirements import Requirement as Parsed

    found = []
    for line in importlib.metadata.requires("digit-zoo") or []:
        parsed = Parsed(line)
        extra = "" if parsed.marker is None else str(parsed.marker).partition("==")[2].strip(" \"'")
        if extra == DEVELOPMENT or parsed.name == "digit-zoo":
            continue
        try:
            version = importlib.metadata.version(parsed.name)
        except importlib.metadata.PackageNotFoundError:
            version = None
        fits = version is not None and parsed.specifier.contains(version, prereleases=True)
        found.append(Requirement(parsed.name, str(parsed.specifier), version, extra, fits))
    return sorted(found, key=lambda item: (item.extra, item.package))
