"""The contract as tests: what an architecture, a data set, an exporter or a runtime must do to be one of the zoo.

As scikit-learn's ``parametrize_with_checks`` is for estimators. In a plugin's tests::

    from zoo.testing import parametrize_with_checks

    @parametrize_with_checks(architectures=["hello"])
    def test_contract(check):
        check()

and on the command line ``zoo check hello``. The plugin must be installed (``pip install -e .``): the checks take the
way that a user takes. Real images are those of scikit-learn's digits, so that nothing is downloaded. The built-in
architectures, data sets, exporters and runtimes pass the same checks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from zoo.errors import UnknownNameError
from zoo.plugins import load_plugins
from zoo.testing.architecture import architecture_checks, check_architecture
from zoo.testing.check import Check, Outcome, run_checks
from zoo.testing.dataset import check_dataset, dataset_checks
from zoo.testing.exporter import check_exporter, exporter_checks
from zoo.testing.runtime import check_runtime, runtime_checks

if TYPE_CHECKING:
    import pytest

__all__ = [
    "Check",
    "Outcome",
    "architecture_checks",
    "check_architecture",
    "check_dataset",
    "check_exporter",
    "check_runtime",
    "dataset_checks",
    "exporter_checks",
    "parametrize_with_checks",
    "run_checks",
    "runtime_checks",
]

CHECKS: Mapping[str, Callable[[str], list[Check]]] = {
    "architecture": architecture_checks,
    "dataset": dataset_checks,
    "exporter": exporter_checks,
    "runtime": runtime_checks,
}
"""The checks of a registered name, by `zoo.plugins.Kind.name`."""


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

    asked = {"architecture": architectures, "dataset": datasets, "exporter": exporters, "runtime": runtimes}
    checks = [check for kind, names in asked.items() for name in names for check in CHECKS[kind](name)]
    return pytest.mark.parametrize("check", checks, ids=str)


def find_checks(name: str) -> list[Check]:
    """The checks of every architecture, data set, exporter and runtime of a name; ``"folder:PATH"`` is one, too."""
    registry = load_plugins()
    bare = name.partition(":")[0]
    checks = [check for kind, checks_of in CHECKS.items() if bare in registry.table(kind) for check in checks_of(name)]
    if not checks:
        names = {name for kind in CHECKS for name in registry.table(kind)}
        raise UnknownNameError("architecture, dataset, exporter or runtime", name, names, registry.hint)
    return checks
