"""The commands of the benchmarks tell in a sentence what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from helpers import run_python

from studies.seeds import plain_errors
from zoo import ZooError


@pytest.mark.parametrize("error", [ZooError("no such thing"), FileNotFoundError("no such thing")])
def test_an_error_ends_a_command_with_its_text(error: Exception) -> None:
    with pytest.raises(SystemExit) as ended, plain_errors():
        raise error
    assert ended.value.code == "Error: no such thing"  # which Python prints, and exits with 1


def test_ctrl_c_ends_a_command_without_a_traceback() -> None:
    with pytest.raises(SystemExit) as ended, plain_errors():
        raise KeyboardInterrupt
    assert ended.value.code == "Interrupted."


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ValueError, match="a bug"), plain_errors():
        raise ValueError("a bug")


@pytest.mark.parametrize(
    ("module", "arguments", "text"),
    [
        ("seeds", ["nope.mnist"], "Error: Unknown architecture 'nope'"),
        ("seeds", ["lenet5.mnist", "--seeds", "0"], "argument --seeds: '0' is not allowed; give a whole number"),
        ("recipe_trials", ["nope.mnist", "{}"], "Error: Unknown architecture 'nope'"),
        ("recipe_trials", ["lenet5", "epochs=3"], "Error: 'epochs=3' is not JSON"),
        ("recipe_trials", ["lenet5", "[3]"], "Error: '[3]' must be a JSON object of a recipe's fields"),
        ("recipe_trials", ["lenet5", '{"epoch": 3}'], "Error: Unknown recipe field 'epoch'. Did you mean 'epochs'?"),
        ("recipe_trials", ["lenet5", '{"hold_out": false, "temperature": 1}'], "because the validation images judge"),
        ("ensemble", ["nope"], "Error: Unknown model 'nope'"),
        ("ensemble", ["lenet5.mnist", "lenet5.canvas"], "lenet5.mnist on mnist, lenet5.canvas on canvas. Name models"),
        ("time_to_accuracy", ["nope"], "Error: Unknown architecture 'nope'"),
        ("time_to_accuracy", ["fast_convnet", "--peer", "/nope"], "Error: There is no Python '/nope'; give a Python"),
        ("epoch_overhead", ["nope"], "Error: Unknown architecture 'nope'"),
        ("accuracy_by_size", ["nope"], "unrecognized arguments: nope"),
    ],
)
def test_commands_tell_what_is_wrong(module: str, arguments: Sequence[str], text: str) -> None:
    result = run_python(
        f"""
        import runpy, sys

        sys.argv = ["{module}", *{arguments!r}]
        runpy.run_module("zoo_benchmarks.{module}", run_name="__main__")
        """
    )
    assert result.returncode in (1, 2)
    assert text in result.stderr
    assert "Traceback" not in result.stderr
