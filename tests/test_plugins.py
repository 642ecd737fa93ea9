"""Plugins of real distributions: healthy ones work, broken ones are named and leave the others alone."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from helpers import (
    assert_one_message,
    install_distribution,
    install_distributions,
    make_distribution,
    run_python,
    run_zoo,
)

import zoo
from zoo import hookspecs
from zoo.plugins import SLOW_MS

HEALTHY = """
import zoo

ZOO_API_VERSION = 1


def build(input_shape, num_classes):
    import keras

    return keras.Sequential(
        [keras.Input(input_shape, name="image"), keras.layers.Flatten(), keras.layers.Dense(num_classes)]
    )


@zoo.hookimpl
def zoo_register_architectures(register):
    register(
        zoo.Architecture(
            name="%s",
            build=build,
            summary="One dense layer",
            reference="https://example.org",
            license="MIT",
            recipes={"digits": zoo.Recipe(dataset="digits", epochs=1)},
        )
    )


@zoo.hookimpl
def zoo_register_commands(cli):
    @cli.command("greet-%s")
    def greet():
        print("hello from a plugin")
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder for distributions that holds a healthy one: ``zoo-good``."""
    folder = tmp_path / "site"
    make_distribution(folder, "zoo-good", HEALTHY % ("good_net", "good"))
    return folder


def plugins_of(site: Path, **changes: str) -> dict[str, dict[str, Any]]:
    """What ``zoo plugins --json`` says, by name."""
    result = run_zoo("plugins", "--json", PYTHONPATH=str(site), **changes)
    assert result.returncode == 0, result.stderr
    return {entry["name"]: entry for entry in json.loads(result.stdout)}


def test_the_built_ins_come_through_entry_points() -> None:
    result = run_zoo("plugins", "--json")
    entries = {entry["name"]: entry for entry in json.loads(result.stdout)}
    assert set(next(iter(entries.values()))) == {
        "name", "distribution", "version", "hooks", "registered", "load_ms", "slow", "heavy", "disabled", "error",
        "fix",
    }  # fmt: skip
    assert {entry["error"] for entry in entries.values()} == {None}
    assert {"softmax_regression", "mlp", "lenet5", "keras_convnet"} <= set(
        entries["digit-zoo:architectures"]["registered"]["architectures"]
    )
    assert {"mnist", "digits", "folder"} <= set(entries["digit-zoo:datasets"]["registered"]["datasets"])
    assert {"saved_model", "tflite", "onnx"} <= set(entries["digit-zoo:exporters"]["registered"]["exporters"])
    assert {"keras", "tensorflow", "litert", "onnxruntime"} <= set(
        entries["digit-zoo:runtimes"]["registered"]["runtimes"]
    )


def test_a_healthy_plugin_is_listed_and_works(site: Path) -> None:
    entry = plugins_of(site)["zoo-good:main"]
    assert entry["load_ms"] > 0
    assert entry.pop("slow") == (entry.pop("load_ms") > SLOW_MS)  # on a busy machine everything is slow
    assert entry == {
        "name": "zoo-good:main",
        "distribution": "zoo-good",
        "version": "1.0",
        "hooks": ["zoo_register_architectures", "zoo_register_commands"],
        "registered": {"architectures": ["good_net"], "commands": ["greet-good"]},
        "heavy": [],
        "disabled": False,
        "error": None,
        "fix": None,
    }
    listed = run_zoo("list", PYTHONPATH=str(site))
    assert "good_net" in listed.stdout
    assert listed.stderr == ""
    table = run_zoo("plugins", PYTHONPATH=str(site)).stdout
    assert any("zoo-good:main" in line and "1.0" in line and "good_net" in line for line in table.splitlines())
    assert run_zoo("greet-good", PYTHONPATH=str(site)).stdout == "hello from a plugin\n"
    assert "One dense layer" in run_zoo("info", "good_net", PYTHONPATH=str(site)).stdout
    strict = run_zoo("--strict-plugins", "list", PYTHONPATH=str(site))
    assert strict.returncode == 0


BROKEN = {
    "import error": ("raise ImportError('no such luck')", ["ImportError", "no such luck"]),
    "missing dependency": (
        "import a_package_that_nobody_has",
        ["ModuleNotFoundError", "Install the package that provides 'a_package_that_nobody_has'"],
    ),
    "syntax error": ("def broken(:\n", ["SyntaxError"]),
    "value error in a hook": (
        """
        import zoo
        ZOO_API_VERSION = 1

        @zoo.hookimpl
        def zoo_register_datasets(register):
            raise ValueError("no data today")
        """,
        ["ValueError: no data today"],
    ),
    "exit at import": ("import sys\nsys.exit('goodbye')", ["SystemExit", "goodbye"]),
    "endless recursion": ("def f(): f()\nf()", ["RecursionError"]),
    "no API version": ("import zoo", ["declares no API version; add ZOO_API_VERSION = 1"]),
    "newer API version": ("ZOO_API_VERSION = 2", ["ZOO_API_VERSION = 2", "speaks 1"]),
    "misspelt hook": (
        """
        import zoo
        ZOO_API_VERSION = 1

        @zoo.hookimpl
        def zoo_register_architecture(register):
            pass
        """,
        ["unknown hook 'zoo_register_architecture'; did you mean 'zoo_register_architectures'?"],
    ),
    "forgotten decorator": (
        """
        import zoo
        ZOO_API_VERSION = 1

        def zoo_register_architectures(register):
            pass
        """,
        ["'zoo_register_architectures' lacks the decorator; put @zoo.hookimpl in front of it"],
    ),
    "wrong signature": (
        """
        import zoo
        ZOO_API_VERSION = 1

        @zoo.hookimpl
        def zoo_register_architectures(registry, extra):
            pass
        """,
        ["zoo_register_architectures", "registry"],
    ),
    "no architecture": (
        """
        import zoo
        ZOO_API_VERSION = 1

        @zoo.hookimpl
        def zoo_register_architectures(register):
            register("my_net")
        """,
        ["my_net", "zoo.Architecture"],
    ),
    "malformed name": (
        """
        import zoo
        ZOO_API_VERSION = 1

        @zoo.hookimpl
        def zoo_register_architectures(register):
            register(zoo.Architecture("My Net", None, "", "", "", {"mnist": zoo.Recipe()}))
        """,
        ["My Net", "lower-case"],
    ),
    "no recipe": (
        """
        import zoo
        ZOO_API_VERSION = 1

        @zoo.hookimpl
        def zoo_register_architectures(register):
            register(zoo.Architecture("my_net", None, "", "", "", {}))
        """,
        ["my_net", "no recipe"],
    ),
    "packs that are not there": (
        """
        import zoo
        ZOO_API_VERSION = 1

        @zoo.hookimpl
        def zoo_register_packs(register):
            register("/nowhere/packs")
        """,
        ["/nowhere/packs"],
    ),
    "module that is not there": (None, ["ModuleNotFoundError", "zoo_bad_module", "Install it anew"]),
}


@dataclass(frozen=True)
class Told:
    """What a zoo with every broken plugin and a healthy one says."""

    listed: CompletedProcess[str]
    entries: dict[str, dict[str, Any]]
    strict: CompletedProcess[str]
    silenced: CompletedProcess[str]


def plugin_name(kind: str) -> str:
    """The entry point of a broken plugin, as ``zoo plugins`` shows it."""
    return f"zoo-bad-{kind.replace(' ', '-').lower()}:main"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """All broken plugins at once, so that each of them might break the others."""
    site = tmp_path_factory.mktemp("broken") / "site"
    make_distribution(site, "zoo-good", HEALTHY % ("good_net", "good"))
    sources = {plugin_name(kind).removesuffix(":main"): source or "" for kind, (source, _) in BROKEN.items()}
    install_distributions(site, sources)
    (site / "zoo_bad_module_that_is_not_there.py").unlink()
    return Told(
        listed=run_zoo("list", PYTHONPATH=str(site)),
        entries=plugins_of(site),
        strict=run_zoo("--strict-plugins", "list", PYTHONPATH=str(site)),
        silenced=run_zoo(
            "--strict-plugins", "list", PYTHONPATH=str(site), ZOO_DISABLED_PLUGINS=",".join(map(plugin_name, BROKEN))
        ),
    )


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plugin_is_named(told: Told, kind: str) -> None:
    name, (_, texts) = plugin_name(kind), BROKEN[kind]
    (line,) = [line for line in told.listed.stderr.splitlines() if line.startswith(f"Plugin {name} was left out: ")]
    for text in (*texts, f"'pip uninstall {name.removesuffix(':main')}'", f"ZOO_DISABLED_PLUGINS={name}"):
        assert text in line
    bad = told.entries[name]
    assert all(text in f"{bad['error']} {bad['fix']}" for text in texts)
    assert bad["fix"] in line
    assert bad["registered"] == {}


def test_broken_plugins_leave_the_others_alone(told: Told) -> None:
    assert told.listed.returncode == 0
    assert "good_net" in told.listed.stdout
    assert "lenet5" in told.listed.stdout
    assert told.listed.stderr.count("\n") == len(BROKEN)
    healthy = [entry for name, entry in told.entries.items() if name not in map(plugin_name, BROKEN)]
    assert {entry["error"] for entry in healthy} == {None}
    assert told.strict.stdout == ""
    assert_one_message(told.strict, *map(plugin_name, BROKEN), "--strict-plugins", "ZOO_DISABLED_PLUGINS")
    assert (told.silenced.returncode, told.silenced.stderr) == (0, "")
    assert "good_net" in told.silenced.stdout


def test_a_duplicate_architecture_names_both_distributions(site: Path) -> None:
    install_distribution(site, "zoo-late", HEALTHY % ("good_net", "late"))
    entries = plugins_of(site)
    assert entries["zoo-good:main"]["error"] is None
    error = entries["zoo-late:main"]["error"]
    assert "'good_net'" in error
    assert "zoo-good" in error
    assert "zoo-late" in error
    assert "pip uninstall zoo-late" in entries["zoo-late:main"]["fix"]
    strict = run_zoo("--strict-plugins", "list", PYTHONPATH=str(site))
    assert_one_message(strict, "zoo-late:main")


def test_a_distribution_that_is_installed_twice_is_named(site: Path, tmp_path: Path) -> None:
    """As an upgrade leaves it that went into another folder of Python's path."""
    later = tmp_path / "later"
    install_distribution(later, "zoo-good", HEALTHY % ("newer_net", "newer"), version="2.0")
    path = f"{site}{os.pathsep}{later}"
    listed = run_zoo("list", PYTHONPATH=path)
    assert listed.returncode == 0
    assert "good_net" in listed.stdout
    assert "newer_net" not in listed.stdout
    for text in ("zoo-good is installed twice, 1.0 in", str(site), "2.0 in", str(later), "'pip uninstall zoo-good'"):
        assert text in listed.stderr
    assert_one_message(run_zoo("--strict-plugins", "list", PYTHONPATH=path), "zoo-good:main#2.0")
    same = f"{site}{os.pathsep}{shutil.copytree(site, tmp_path / 'same')}"  # what is equal is no trouble
    assert run_zoo("--strict-plugins", "list", PYTHONPATH=same).returncode == 0


@pytest.mark.parametrize(
    ("line", "texts"),
    [
        ("import time; time.sleep(1)", ["zoo-slow:main makes every command wait for"]),
        ("import onnx", ["zoo-slow:main makes every command wait for", "It imports", "onnx"]),
    ],
    ids=["a second", "something heavy"],
)
def test_a_slow_plugin_works_and_is_named(site: Path, line: str, texts: list[str]) -> None:
    install_distribution(site, "zoo-slow", line + "\n" + HEALTHY % ("slow_net", "slow"))
    shown = run_zoo("--strict-plugins", "plugins", PYTHONPATH=str(site))
    assert shown.returncode == 0
    for text in texts:
        assert text in shown.stdout
    (row,) = [row for row in shown.stdout.splitlines() if row.startswith("zoo-slow:main ") and "slow_net" in row]
    assert "SLOW" in row
    good = plugins_of(site)["zoo-good:main"]
    assert good["heavy"] == []
    assert good["slow"] == (good["load_ms"] > SLOW_MS)


def test_what_an_interrupted_installation_leaves_breaks_nothing(site: Path) -> None:
    for name, entry_points in (("zoo_rest", "[zoo]\nmain = zoo_rest\n"), ("zoo_torn", "[zoo\nmain zoo_torn\n")):
        (site / f"{name}-1.0.dist-info").mkdir()  # without METADATA
        (site / f"{name}-1.0.dist-info" / "entry_points.txt").write_text(entry_points)
    entries = plugins_of(site)
    assert entries["zoo-good:main"]["error"] is None
    assert "No module named 'zoo_rest'" in entries["zoo-rest:main"]["error"]
    assert entries["zoo-rest:main"]["version"] == "?"
    assert run_zoo("list", PYTHONPATH=str(site)).returncode == 0


def test_nobody_takes_a_built_in_name(site: Path) -> None:
    make_distribution(site, "a-first-by-name", HEALTHY % ("lenet5", "first"))
    entries = plugins_of(site)
    assert "lenet5" in entries["digit-zoo:architectures"]["registered"]["architectures"]
    assert "digit-zoo" in entries["a-first-by-name:main"]["error"]
    assert "a-first-by-name" in entries["a-first-by-name:main"]["error"]


def test_what_a_failing_hook_registered_is_taken_back(site: Path, exported: Path) -> None:
    make_distribution(
        site,
        "zoo-half",
        f"""
        import zoo

        ZOO_API_VERSION = 1

        @zoo.hookimpl
        def zoo_register_architectures(register):
            register(zoo.Architecture("half_net", None, "", "", "", {{"mnist": zoo.Recipe()}}))

        @zoo.hookimpl
        def zoo_register_datasets(register):
            register(zoo.DatasetSource("half_data", None, "", ""))

        @zoo.hookimpl
        def zoo_register_packs(register):
            register({str(exported.parent)!r})
            raise RuntimeError("midway")
        """,
    )
    # Named later in the alphabet: what zoo-half gave back is free for it.
    make_distribution(site, "zoo-heir", HEALTHY % ("half_net", "heir"))
    entries = plugins_of(site)
    assert entries["zoo-half:main"]["error"] == "RuntimeError: midway"
    assert entries["zoo-half:main"]["registered"] == {}
    assert entries["zoo-heir:main"]["error"] is None
    assert entries["zoo-heir:main"]["registered"]["architectures"] == ["half_net"]
    assert run_zoo("list", "exported", "--json", PYTHONPATH=str(site)).stdout.strip() == "[]"
    training = run_zoo("train", "good_net", "--dataset", "half_data", PYTHONPATH=str(site))
    assert_one_message(training, "Unknown dataset 'half_data'", "zoo-half:main")


def test_a_duplicate_verb_leaves_its_plugin_out(site: Path) -> None:
    make_distribution(
        site,
        "zoo-verbs",
        """
        import zoo

        ZOO_API_VERSION = 1

        @zoo.hookimpl
        def zoo_register_architectures(register):
            register(zoo.Architecture("verb_net", None, "", "", "", {"mnist": zoo.Recipe()}))

        @zoo.hookimpl
        def zoo_register_commands(cli):
            @cli.command("novel-verb")
            def novel():
                print("novel")

            @cli.command("list")
            def list_():
                print("mine now")
        """,
    )
    make_distribution(site, "zoo-worse", HEALTHY % ("worse_net", "good"))  # zoo-good has greet-good
    entries = plugins_of(site)
    assert all(text in entries["zoo-verbs:main"]["error"] for text in ("'list'", "digit-zoo", "zoo-verbs"))
    assert all(text in entries["zoo-worse:main"]["error"] for text in ("'greet-good'", "zoo-good", "zoo-worse"))
    listed = run_zoo("list", PYTHONPATH=str(site))
    assert "mine now" not in listed.stdout
    assert "verb_net" not in listed.stdout
    assert "worse_net" not in listed.stdout
    assert "good_net" in listed.stdout
    assert run_zoo("novel-verb", PYTHONPATH=str(site)).returncode == 2
    assert run_zoo("greet-good", PYTHONPATH=str(site)).stdout == "hello from a plugin\n"


def test_a_verb_that_fails_to_register_is_reported(site: Path) -> None:
    make_distribution(
        site,
        "zoo-bad",
        """
        import zoo

        ZOO_API_VERSION = 1

        @zoo.hookimpl
        def zoo_register_commands(cli):
            raise SystemExit("not today")
        """,
    )
    assert plugins_of(site)["zoo-bad:main"]["error"] == "SystemExit: not today"
    assert run_zoo("list", PYTHONPATH=str(site)).returncode == 0


def test_plugins_are_disabled_by_distribution_and_by_entry(site: Path) -> None:
    make_distribution(site, "zoo-noise", "raise RuntimeError('noise')")
    make_distribution(
        site, "zoo-pair", HEALTHY % ("pair_net", "pair"), entry_points={"good": "zoo_pair", "bad": "zoo_pair_missing"}
    )
    entries = plugins_of(site, ZOO_DISABLED_PLUGINS="Zoo_Noise, zoo-pair:bad")  # as pip compares names
    assert entries["zoo-noise:main"]["disabled"]
    assert entries["zoo-noise:main"]["error"] is None  # it was not even imported
    assert entries["zoo-pair:bad"]["disabled"]
    assert entries["zoo-pair:good"]["registered"]["architectures"] == ["pair_net"]
    assert not entries["zoo-good:main"]["disabled"]
    strict = run_zoo("--strict-plugins", "plugins", PYTHONPATH=str(site), ZOO_DISABLED_PLUGINS="zoo-noise,zoo-pair:bad")
    assert strict.returncode == 0
    assert "disabled by ZOO_DISABLED_PLUGINS" in strict.stdout


def test_what_a_plugin_prints_is_no_part_of_the_answer(site: Path) -> None:
    make_distribution(site, "zoo-chatty", "print('here I am')\n" + HEALTHY % ("chatty_net", "chatty"))
    result = run_zoo("list", "--json", PYTHONPATH=str(site))
    assert json.loads(result.stdout)
    assert "here I am" in result.stderr


def test_built_ins_can_be_disabled_too() -> None:
    result = run_zoo("info", "lenet5", ZOO_DISABLED_PLUGINS="digit-zoo:architectures")
    assert_one_message(result, "Unknown model 'lenet5'")


def test_one_module_behind_two_distributions_is_refused_once(site: Path) -> None:
    make_distribution(site, "zoo-shared", "", entry_points={"main": "zoo_good"})
    entries = plugins_of(site)
    assert entries["zoo-good:main"]["error"] is None
    assert "already registered" in entries["zoo-shared:main"]["error"]


def test_the_api_works_with_a_broken_plugin(site: Path) -> None:
    make_distribution(site, "zoo-bad", "1 / 0")
    result = run_python(
        """
        import zoo

        print(zoo.list_architectures())
        try:
            zoo.get_architecture("bad_net")
        except zoo.ZooError as error:
            print(error)
        """,
        PYTHONPATH=str(site),
    )
    assert result.returncode == 0, result.stderr
    assert "good_net" in result.stdout
    assert "zoo-bad:main" in result.stdout  # an unknown name may well be one of the plugin that was left out


def test_every_hook_is_one_that_a_plugin_can_implement() -> None:
    """The contract's page and its ``__all__`` list the same hooks, each with a callback and a docstring."""
    hooks = [name for name in vars(hookspecs) if name.startswith("zoo_")]
    assert sorted(hooks) == sorted(name for name in hookspecs.__all__ if name.startswith("zoo_"))
    assert len(hooks) >= 7
    for name in hooks:
        assert getattr(hookspecs, name).__doc__
        assert hasattr(getattr(hookspecs, name), "zoo_spec")
    assert zoo.hookimpl is hookspecs.hookimpl
