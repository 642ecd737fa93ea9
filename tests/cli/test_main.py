"""How every command behaves: exit codes, one message, and Ctrl-C, whoever wrote the verb."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from helpers import assert_one_message, make_distribution, run_python, run_zoo, started_zoo, wait_for

import zoo

SOURCE = """
import signal
import sys
import time

import click
import zoo

ZOO_API_VERSION = 1


@zoo.hookimpl
def zoo_register_commands(cli):
    @cli.command("do")
    @click.argument("what")
    def do(what):
        if what == "return-text":
            return "a result"
        if what == "return-number":
            return 3
        if what == "exit-4":
            raise click.exceptions.Exit(4)
        if what == "context-exit":
            click.get_current_context().exit(5)
        if what == "abort":
            raise click.Abort
        if what == "interrupt":
            raise KeyboardInterrupt
        if what == "interrupted-import":
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                raise ImportError("initialization failed")
        if what == "dropped-interrupt":
            class Finalised:
                def __del__(self):
                    signal.raise_signal(signal.SIGINT)
            Finalised()
            time.sleep(60)
        if what == "printed-interrupt":
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                sys.excepthook(*sys.exc_info())  # as native code does that has called back
            time.sleep(60)
        if what == "slow-tidying":
            try:
                signal.raise_signal(signal.SIGINT)
            finally:
                time.sleep(3)  # longer than the interrupt takes to be repeated
                print("tidy")
        if what == "zoo-error":
            raise zoo.ZooError("received this, allowed is that")
        if what == "usage":
            raise click.UsageError("not like this")
        if what == "click-error":
            raise click.ClickException("click's own")
        if what == "bug":
            raise ZeroDivisionError("a mistake")
        if what == "warn":
            import warnings
            warnings.warn("mind this")
            warnings.warn("not this", DeprecationWarning)
"""


@pytest.fixture
def site(tmp_path: Path) -> str:
    """A folder with a distribution whose verb ``do`` behaves in many ways."""
    make_distribution(tmp_path / "site", "zoo-conduct", SOURCE)
    return str(tmp_path / "site")


@pytest.mark.parametrize(
    ("what", "code", "text"),
    [
        ("return-text", 0, ""),
        ("return-number", 0, ""),
        ("exit-4", 4, ""),
        ("context-exit", 5, ""),
        ("abort", 1, "Interrupted."),
        ("interrupt", 1, "Interrupted."),
        ("interrupted-import", 1, "Interrupted."),
        ("dropped-interrupt", 1, "Interrupted."),
        ("printed-interrupt", 1, "Interrupted."),
        ("zoo-error", 1, "Error: received this, allowed is that"),
        ("usage", 2, "Error: not like this"),
        ("click-error", 1, "Error: click's own"),
        ("bug", 1, "Error: ZeroDivisionError: a mistake\nThis is a bug in Digit Zoo or in a plugin."),
        ("warn", 0, "Warning: mind this"),
    ],
)
def test_exit_codes_and_messages(site: str, what: str, code: int, text: str) -> None:
    result = run_zoo("do", what, PYTHONPATH=site)
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    assert text in result.stderr
    assert "Traceback" not in result.stderr
    assert "ignored" not in result.stderr
    assert "not this" not in result.stderr
    if not text:
        assert result.stderr == ""


def test_what_tidies_up_after_an_interrupt_is_not_interrupted(site: str) -> None:
    result = run_zoo("do", "slow-tidying", PYTHONPATH=site)
    assert (result.returncode, result.stdout) == (1, "tidy\n")
    assert "Interrupted." in result.stderr


def test_what_tensorflow_calls_is_not_interrupted() -> None:
    """Its native code takes the length of a shape without looking whether Python gave one, and corrupts its memory."""
    program = """
        import importlib
        import signal

        import tensorflow as tf
        from tensorflow.python.framework.tensor_shape import TensorShape

        from zoo.cli.process import ctrl_c_is_an_interrupt

        length = TensorShape.__len__
        for module in ("tensorflow.python.framework.tensor_shape", "abc"):
            lengths = []
            space = vars(importlib.import_module(module))  # so that the function is this module's
            space.update(length=length, lengths=lengths, raise_signal=signal.raise_signal)
            exec("def interrupted(shape): raise_signal(2); lengths.append(length(shape)); return lengths[-1]", space)
            TensorShape.__len__ = space["interrupted"]
            try:
                with ctrl_c_is_an_interrupt():
                    try:
                        tf.data.Dataset.range(3)
                    finally:
                        print("tidied after", set(lengths))
                    print("nothing interrupted it")
            except KeyboardInterrupt:
                print("interrupted")
    """
    result = run_python(program)
    assert (result.returncode, result.stdout) == (0, "tidied after {0}\ninterrupted\n" * 2), result.stderr


@pytest.mark.parametrize("what", ["zoo-error", "bug"])
def test_debug_shows_the_traceback(site: str, what: str) -> None:
    result = run_zoo("--debug", "do", what, PYTHONPATH=site)
    assert result.returncode == 1
    assert "Traceback (most recent call last)" in result.stderr


def test_help_and_wrong_usage() -> None:
    shown = run_zoo("--help")
    assert shown.returncode == 0
    assert "MODEL is an id" in shown.stdout
    assert run_zoo("-h").stdout == shown.stdout
    assert run_zoo("predict", "-h").returncode == 0
    for arguments in (
        [],
        ["--no-such-option"],
        ["train"],
        ["train", "mlp", "--epochs", "0"],
        ["train", "mlp", "--epochs", "many"],
        ["train", "mlp", "--seed", "-1"],
        ["predict", "lenet5", "x.png", "--threads", "0"],
    ):
        result = run_zoo(*arguments)
        assert result.returncode == 2, arguments
        assert "Usage: zoo" in result.stderr + result.stdout
        assert "Traceback" not in result.stderr
    for mistyped, meant in (("evalaute", "evaluate"), ("predcit", "predict"), ("plugin", "plugins")):
        told = run_zoo(mistyped).stderr
        assert "Did you mean" in told
        assert f"'{meant}'" in told


def test_ctrl_c_while_it_predicts(own_pack: zoo.Pack, digit_png: Path, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(20_000):
        (folder / f"{number}.png").symlink_to(digit_png)
    log = tmp_path / "log"
    with started_zoo(log, "predict", "lenet5.digits", folder) as process:
        wait_for(lambda: "Predicting" in log.read_text(), process)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 1
    assert log.read_text().count("Interrupted.") == 1
    assert "Traceback" not in log.read_text()


def test_a_recipe_that_is_wrong_is_told_before_anything_else(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.json"
    recipe.write_text('{"epoch": 3}')
    result = run_zoo("train", "mlp", "--recipe", recipe)
    assert_one_message(result, "Unknown recipe field 'epoch'. Did you mean 'epochs'")
    assert_one_message(run_zoo("train", "mlp", "--recipe", tmp_path / "none.json"), "cannot be read: No such file")
    assert_one_message(run_zoo("train", "lenet6"), "Unknown architecture 'lenet6'. Did you mean 'lenet5'")
    assert_one_message(run_zoo("train", "mlp", "--dataset", "digit"), "Unknown dataset 'digit'. Did you mean 'digits'")


def test_info_of_an_architecture_without_a_pack(tmp_path: Path) -> None:
    make_distribution(
        tmp_path / "site",
        "zoo-untrained",
        """
        import zoo

        ZOO_API_VERSION = 1

        @zoo.hookimpl
        def zoo_register_architectures(register):
            recipes = {"mnist": zoo.Recipe(), "digits": zoo.Recipe(dataset="digits")}
            register(zoo.Architecture("fresh", None, "A new one", "https://example.org", "MIT", recipes))
        """,
    )
    site = str(tmp_path / "site")
    shown = run_zoo("info", "fresh", PYTHONPATH=site)
    assert shown.returncode == 0
    assert "Not trained yet; train it with: zoo train fresh" in shown.stdout
    facts = json.loads(run_zoo("info", "fresh", "--json", PYTHONPATH=site).stdout)
    assert facts["tags"] == ["mnist", "digits"]
    assert "not trained: zoo train fresh" in run_zoo("list", "fresh*", PYTHONPATH=site).stdout
    assert_one_message(run_zoo("predict", "fresh", "x.png", PYTHONPATH=site), "zoo train fresh")
