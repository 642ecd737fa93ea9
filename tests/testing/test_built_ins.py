"""The built-ins keep the contract that everybody else's plugins are held to; tests/plugins has the architectures."""

from __future__ import annotations

import pytest

from zoo.plugins import load_plugins
from zoo.testing import Check, check_dataset, parametrize_with_checks


@parametrize_with_checks(
    datasets=["digits"],
    exporters=sorted(load_plugins().exporters),
    runtimes=sorted(load_plugins().runtimes),
)
def test_contract(check: Check) -> None:
    check()


@pytest.mark.mnist
@pytest.mark.slow
def test_mnist() -> None:
    check_dataset("mnist")
