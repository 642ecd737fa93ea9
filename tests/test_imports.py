"""Speed is a feature: what each command may import, told by ``sys.modules`` of a real process."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest
from helpers import run_python

from zoo.cli.main import build_cli
from zoo.plugins import HEAVY, load_plugins


def imported(*programs: str) -> list[set[str]]:
    """The top-level packages that are imported when each of some programs ends, which run in one process in turn."""
    code = "import json, sys\n"
    for program in programs:
        code += f"""
try:
{textwrap.indent(program, "    ")}
except SystemExit as stop:
    assert not stop.code, stop.code
print("\\npackages: " + json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""
    result = run_python(code)
    assert result.returncode == 0, result.stderr
    lines = [line for line in result.stdout.splitlines() if line.startswith("packages: ")]
    return [set(json.loads(line.removeprefix("packages: "))) for line in lines]


def command(*arguments: str) -> str:
    """A program that runs the ``zoo`` command, and lives on to be looked at."""
    return f"sys.argv = {['zoo', *arguments]!r}\nfrom zoo.cli.main import main\nassert main() == 0"


def test_the_probe_sees_what_is_imported() -> None:
    before, after = imported("pass", "import sklearn")
    assert "sklearn" in after - before


def test_import_zoo_loads_next_to_nothing() -> None:
    (packages,) = imported("import zoo\nzoo.__version__, dir(zoo)")
    assert packages.isdisjoint(HEAVY)
    assert packages.isdisjoint({"numpy", "PIL", "click", "pluggy", "ai_edge_litert"})


def test_light_commands_import_nothing_heavy(own_pack: object) -> None:
    commands = (["--help"], ["list"], ["list", "--json"], ["info", "lenet5.digits"], ["info", "mlp"], ["plugins"])
    for arguments, packages in zip(commands, imported(*(command(*words) for words in commands)), strict=True):
        assert packages.isdisjoint({*HEAVY, "numpy", "PIL", "ai_edge_litert"}), arguments


def test_the_help_of_every_command_is_light() -> None:
    verbs = sorted(build_cli(load_plugins()).commands)
    for verb, packages in zip(verbs, imported(*(command(verb, "--help") for verb in verbs)), strict=True):
        assert packages.isdisjoint(HEAVY), verb


@pytest.mark.parametrize(("runtime", "own"), [("litert", "ai_edge_litert"), ("onnxruntime", "onnxruntime")])
def test_a_prediction_imports_one_runtime_alone(own_pack: object, digit_png: Path, runtime: str, own: str) -> None:
    (packages,) = imported(command("predict", "lenet5.digits", str(digit_png), "--runtime", runtime))
    assert own in packages
    assert "numpy" in packages
    assert packages.isdisjoint({*HEAVY, "ai_edge_litert"} - {own})


def test_the_default_runtime_is_the_lightest(own_pack: object, digit_png: Path) -> None:
    (packages,) = imported(command("predict", "lenet5.digits", str(digit_png)))
    assert "ai_edge_litert" in packages
    assert packages.isdisjoint(HEAVY)
