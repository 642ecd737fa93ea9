"""What is installed is what is in the tree: packages, data, and a wheel that works without any extra."""

from __future__ import annotations

import configparser
import glob
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import REPOSITORY, environment

ROOTS = {
    "zoo": "zoo",
    "zoo_plugins": "plugins/zoo_plugins",
    "zoo_exporters": "exporters/zoo_exporters",
    "zoo_benchmarks": "benchmarks/zoo_benchmarks",
    "zoo_demo": "demo/zoo_demo",
}


def setup() -> configparser.ConfigParser:
    """``setup.cfg``."""
    parser = configparser.ConfigParser()
    parser.read(REPOSITORY / "setup.cfg", encoding="utf-8")
    return parser


def files() -> Iterator[tuple[str, Path]]:
    """Every file of every package: the package's dotted name, and the file; what tools leave behind is none."""
    for package, folder in ROOTS.items():
        for path in sorted((REPOSITORY / folder).rglob("*")):
            parts = path.relative_to(REPOSITORY / folder).parts
            if path.is_file() and "__pycache__" not in parts and not any(part.startswith(".") for part in parts):
                home = path.parent
                while not (home / "__init__.py").is_file():
                    home = home.parent
                inner = home.relative_to(REPOSITORY / folder).parts
                yield ".".join((package, *inner)), path


def data_files() -> dict[Path, str]:
    """The files that are not Python, each with the package that ships it."""
    return {path: package for package, path in files() if path.suffix != ".py"}


def test_the_source_roots_are_the_documented_ones() -> None:
    lines = setup()["options"]["package_dir"].split("\n")
    pairs = (line.partition("=") for line in lines if line.strip())
    assert {package.strip(): folder.strip() for package, _, folder in pairs} == ROOTS


def test_packages_are_those_of_the_tree() -> None:
    listed = setup()["options"]["packages"].split()
    assert len(listed) == len(set(listed))
    assert set(listed) == {package for package, _ in files()}


def test_every_module_is_in_a_package() -> None:
    """A folder of modules without ``__init__.py`` works editable and is missing from the wheel."""
    for package, path in files():
        if path.suffix == ".py":
            folder = REPOSITORY / ROOTS[package.split(".")[0]]
            assert ".".join((package.split(".")[0], *path.parent.relative_to(folder).parts)) == package


def test_patterns_cover_every_data_file() -> None:
    matched: dict[str, set[Path]] = {}
    for package, lines in setup()["options.package_data"].items():
        folder = REPOSITORY / ROOTS[package.split(".")[0]] / Path(*package.split(".")[1:])
        matched[package] = {
            Path(match)
            for pattern in lines.split()
            for match in glob.glob(str(folder / pattern), recursive=True)  # noqa: PTH207 - as setuptools does it
        }
    for path, package in data_files().items():
        assert path in matched.get(package, set()), (
            f"{path.relative_to(REPOSITORY)} is missing in package_data of {package}"
        )


def test_entry_points_lead_to_modules_of_ours() -> None:
    for line in setup()["options.entry_points"]["zoo"].split("\n"):
        if line.strip():
            module = line.split("=")[1].strip()
            first, *rest = module.split(".")
            path = REPOSITORY / ROOTS[first] / Path(*rest)
            assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


# -- what is built ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from it, made from a copy of the tree."""
    source = tmp_path_factory.mktemp("source") / "digit-zoo"
    ignored = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist", "docs")
    shutil.copytree(REPOSITORY, source, ignore=ignored)
    output = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--outdir", str(output), str(source)]
    result = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=280)
    assert result.returncode == 0, result.stdout + result.stderr
    return output


def shipped() -> dict[str, str]:
    """Every file of every package: its place in the wheel, and its place in the repository."""
    places = {}
    for package, path in files():
        root = package.partition(".")[0]
        inside = path.relative_to(REPOSITORY / ROOTS[root]).as_posix()
        places[f"{root}/{inside}"] = path.relative_to(REPOSITORY).as_posix()
    return places


@pytest.mark.slow
def test_wheel_and_sdist_are_complete(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    (sdist,) = built.glob("*.tar.gz")
    assert wheel.name.startswith("digit_zoo-")
    assert wheel.name.endswith("-py3-none-any.whl")
    assert wheel.stat().st_size <= 28e6
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    assert {name for name in names if ".dist-info/" not in name} == set(shipped())
    assert any(name.endswith("licenses/LICENSE") for name in names)
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    assert {"setup.cfg", "pyproject.toml", "README.md", "LICENSE", *shipped().values()} <= packed


@pytest.fixture(scope="session")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel and what it requires, and no extra."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)
    (wheel,) = built.glob("*.whl")
    result = subprocess.run(
        [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert result.returncode == 0, result.stderr
    return folder


def run_installed(folder: Path, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the fresh environment, far from the repository."""
    return subprocess.run(
        [str(folder / "bin" / arguments[0]), *map(str, arguments[1:])],
        env={name: value for name, value in environment().items() if name not in ("VIRTUAL_ENV", "ZOO_DATA_DIR")},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_wheel_works_without_extras(installed: Path, digit_png: Path, tmp_path: Path) -> None:
    listed = run_installed(installed, "zoo", "list", "--json", cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr
    models = {model["id"]: model for model in json.loads(listed.stdout)}
    assert models["lenet5.mnist"]["formats"] == ["keras", "onnx", "saved_model", "tflite"]

    plugins = run_installed(installed, "zoo", "--strict-plugins", "plugins", "--json", cwd=tmp_path)
    assert plugins.returncode == 0, plugins.stderr
    assert {entry["error"] for entry in json.loads(plugins.stdout)} == {None}

    for options in ([], ["--runtime", "litert"], ["--runtime", "onnxruntime"]):
        result = run_installed(installed, "zoo", "predict", "lenet5.mnist", digit_png, "--json", *options, cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        assert json.loads(result.stdout)[0]["label"] == "7"

    for arguments, extra in (
        (["predict", "lenet5.mnist", digit_png, "--runtime", "keras"], "train"),
        (["train", "mlp", "--dataset", "digits"], "train"),
        (["evaluate", "lenet5.mnist", "--dataset", "digits"], "evaluate"),
        (["export", "lenet5.mnist", "--parity-data", "digits"], "export"),
        (["demo"], "demo"),
    ):
        result = run_installed(installed, "zoo", *arguments, cwd=tmp_path)
        assert result.returncode == 1
        assert f"pip install 'digit-zoo[{extra}]'" in result.stderr, result.stderr
        assert "Traceback" not in result.stderr


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_nothing_of_a_general_name_is_installed(installed: Path, tmp_path: Path) -> None:
    (site,) = installed.glob("lib/python*/site-packages")
    names = {path.name for path in site.iterdir()}
    assert names.isdisjoint({"plugins", "exporters", "benchmarks", "demo", "tests", "docs", "conftest.py"})
    assert set(ROOTS) <= names
    code = "import sys, zoo; print(zoo.__version__, zoo.__file__)"
    result = run_installed(installed, "python", "-c", code, cwd=tmp_path)
    assert str(site) in result.stdout
    checked = run_installed(installed, "python", "-m", "pip", "check", cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout
    assert os.access(installed / "bin" / "zoo", os.X_OK)
