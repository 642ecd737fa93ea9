"""The built-ins keep the contract that everybody else's plugins are held to."""

from __future__ import annotations

import zoo
from zoo.testing import Check, parametrize_with_checks


@parametrize_with_checks(architectures=zoo.list_architectures())
def test_architectures(check: Check) -> None:
    check()
