"""The commands of the benchmarks tell in a sentence what is wrong."""

from __future__ import annotations

import pytest

from zoo import ZooError
from zoo_benchmarks.scripts import plain_errors


@pytest.mark.parametrize("error", [ZooError("no such thing"), FileNotFoundError("no such thing")])
def test_an_error_ends_a_command_with_its_text(error: Exception) -> None:
    with pytest.raises(SystemExit) as ended, plain_errors():
        raise error
    assert ended.value.code == "Error: no such thing"  # which Python prints, and exits with 1


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ValueError, match="a bug"), plain_errors():
        raise ValueError("a bug")
