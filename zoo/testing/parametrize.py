"""The checks as parameters of a pytest test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zoo.errors import UnknownNameError
from zoo.plugins import load_plugins
from zoo.testing.architecture import architecture_checks
from zoo.testing.check import Check
from zoo.testing.dataset import dataset_checks
from zoo.testing.exporter import exporter_checks
from zoo.testing.runtime import runtime_checks

if TYPE_CHECKING:
    import pytest

__all__ = ["find_checks", "parametrize_with_checks"]


def parametrize_with_checks(
    *,
    architectures: Sequence[str] = (),
    datasets: Sequence[str] = (),
    exporters: Sequence[str] = (),
    runtimes: Sequence[str] = (),
) -> pytest.MarkDecorator:
    """Decorate a test with one argument, ``check``, which it calls; each check becomes a test of its own.

    Parameters
    ----------
    architectures, datasets, exporters, runtimes : sequence of str
        Registered names; exporters are named by their format, and a data set takes its argument: ``"folder:PATH"``.

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

    checks = [
        check
        for names, checks_of in (
            (architectures, architecture_checks),
            (datasets, dataset_checks),
            (exporters, exporter_checks),
            (runtimes, runtime_checks),
        )
        for name in names
        for check in checks_of(name)
    ]
    return pytest.mark.parametrize("check", checks, ids=str)


def find_checks(name: str) -> list[Check]:
    """The checks of every architecture, data set, exporter and runtime of a name.

    Parameters
    ----------
    name : str
        A registered name; a data set may take its argument: ``"folder:PATH"``.

    Returns
    -------
    list of Check

    Raises
    ------
    UnknownNameError
        When nothing is registered under it.
    """
    registry = load_plugins()
    bare = name.partition(":")[0]
    checks = []
    for table, checks_of in (
        (registry.architectures, architecture_checks),
        (registry.datasets, dataset_checks),
        (registry.exporters, exporter_checks),
        (registry.runtimes, runtime_checks),
    ):
        if bare in table:
            checks += checks_of(name)
    if not checks:
        names = {*registry.architectures, *registry.datasets, *registry.exporters, *registry.runtimes}
        raise UnknownNameError("architecture, dataset, exporter or runtime", name, names, registry.hint)
    return checks
