"""The checks of whatever is registered under a name."""

from __future__ import annotations

from zoo.errors import UnknownNameError
from zoo.plugins import load_plugins
from zoo.testing.architecture import architecture_checks
from zoo.testing.check import Check
from zoo.testing.dataset import dataset_checks
from zoo.testing.exporter import exporter_checks
from zoo.testing.runtime import runtime_checks

__all__ = ["find_checks"]


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
