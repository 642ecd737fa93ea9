"""Speed is a feature: what each command may import, told by ``sys.modules`` of a real process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers import run_python

from zoo.cli.main import build_cli
from zoo.plugins import HEAVY, load_plugins


def imported(program: str) -> set[str]:
    """The top-level packages that a program has imported when it ends."""
    result = run_python(
        f"""
import json, sys
try:
{program}
except SystemExit as stop:
    assert not stop.code, stop.code
print("\\n" + json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""
    )
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout.splitlines()[-1]))


def command(*arguments: str) -> str:
    """A program that runs the ``zoo`` command, and lives on to be looked at."""
    return f"    sys.argv = {['zoo', *arguments]!r}\n    from zoo.cli.main import main\n    assert main() == 0"


def test_the_probe_sees_what_is_imported() -> None:
    assert "sklearn" in imported("    import sklearn")


def test_import_zoo_loads_next_to_nothing() -> None:
    packages = imported("    import zoo\n    zoo.__version__, dir(zoo)")
    assert packages.isdisjoint(HEAVY)
    assert packages.isdisjoint({"numpy", "PIL", "click", "pluggy", "ai_edge_litert"})


@pytest.mark.parametrize(
    "arguments", [["--help"], ["list"], ["list", "--json"], ["info", "lenet5.digits"], ["info", "mlp"], ["plugins"]]
)
def test_light_commands_import_nothing_heavy(own_pack: object, arguments: list[str]) -> None:
    packages = imported(command(*arguments))
    assert packages.isdisjoint(HEAVY)
    assert packages.isdisjoint({"numpy", "PIL", "ai_edge_litert"})


@pytest.mark.parametrize("verb", sorted(build_cli(load_plugins()).commands))
def test_the_help_of_every_command_is_light(verb: str) -> None:
    assert imported(command(verb, "--help")).isdisjoint(HEAVY)


@pytest.mark.parametrize(("runtime", "own"), [("litert", "ai_edge_litert"), ("onnxruntime", "onnxruntime")])
def test_a_prediction_imports_one_runtime_alone(own_pack: object, digit_png: Path, runtime: str, own: str) -> None:
    packages = imported(command("predict", "lenet5.digits", str(digit_png), "--runtime", runtime))
    assert own in packages
    assert "numpy" in packages
    assert packages.isdisjoint({*HEAVY, "ai_edge_litert"} - {own})


def test_the_default_runtime_is_the_lightest(own_pack: object, digit_png: Path) -> None:
    packages = imported(command("predict", "lenet5.digits", str(digit_png)))
    assert "ai_edge_litert" in packages
    assert packages.isdisjoint(HEAVY)
