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

from zoo.testing.architecture import architecture_checks, check_architecture
from zoo.testing.check import Check, Outcome, run_checks
from zoo.testing.dataset import check_dataset, dataset_checks
from zoo.testing.exporter import check_exporter, exporter_checks
from zoo.testing.parametrize import parametrize_with_checks
from zoo.testing.runtime import check_runtime, runtime_checks

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
