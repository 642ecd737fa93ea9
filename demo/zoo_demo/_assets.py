"""The files that the page is made of."""

from __future__ import annotations

from pathlib import Path

__all__ = ["ASSETS", "asset"]

ASSETS = Path(__file__).parent / "assets"


def asset(name: str) -> str:
    """Text of a file in ``assets/``."""
    return (ASSETS / name).read_text(encoding="utf-8")
