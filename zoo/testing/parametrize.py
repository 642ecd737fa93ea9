"""The checks as parameters of a pytest test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zoo.testing.architecture import architecture_checks
from zoo.testing.check import Check

if TYPE_CHECKING:
    import pytest

__all__ = ["parametrize_with_checks"]


def parametrize_with_checks(*, architectures: Sequence[str] = ()) -> pytest.MarkDecorator:
    """Decorate a test with one argument, ``check``, which it calls; each check becomes a test of its own.

    Parameters
    ----------
    architectures : sequence of str
        Names of registered architectures.

    Returns
    -------
    pytest.MarkDecorator

    Raises
    ------
    UnknownNameError
        When a name is not registered: the plugin is not installed, or was left out.

    Examples
    --------
    >>> from zoo.testing import parametrize_with_checks
    >>> @parametrize_with_checks(architectures=["lenet5"])
    ... def test_contract(check):
    ...     check()
    """
    import pytest

    checks: list[Check] = []
    for name in architectures:
        checks += architecture_checks(name)
    return pytest.mark.parametrize("check", checks, ids=str)
