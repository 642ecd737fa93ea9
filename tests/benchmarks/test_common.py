"""What the studies have in common: they tell in a sentence what is wrong, and put rows into tables."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from benchmarking import run_study

from studies.common import plain_errors, put_rows
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
    result = run_study(module, *arguments)
    assert result.returncode in (1, 2)
    assert text in result.stderr
    assert "Traceback" not in result.stderr


def put(path: Path, *rows: tuple[object, ...]) -> None:
    columns = ("model", "seed", "note")
    put_rows(path, columns, [dict(zip(columns, row, strict=True)) for row in rows], key=columns[:2])


def test_rows_take_the_place_of_those_with_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "below" / "table.csv"
    put(path, ("b", 10, "old"), ("b", 2, None), ("a", 0, 0.1))
    put(path, ("b", 10, "new"), ("a", 1, "x"), ("b", 0, "first"))
    assert path.read_text() == "model,seed,note\nb,0,first\nb,2,\nb,10,new\na,0,0.1\na,1,x\n"
    before = path.read_bytes()
    put(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_several_may_write_at_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda seed: put(path, ("a", seed, "")), range(40)))
    assert path.read_text() == "model,seed,note\n" + "".join(f"a,{seed},\n" for seed in range(40))


@pytest.mark.parametrize("text", ["model,seed,other\na.mnist,0,mine\n", "mine\n"])
def test_a_table_of_something_else_is_left_as_it_was(tmp_path: Path, text: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(ZooError, match="a table of these rows has"):
        put(path, ("b", 0, ""))
    assert path.read_text() == text
