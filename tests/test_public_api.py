"""The names that ``import zoo`` offers, and the explicit ``__all__`` of every module."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from types import ModuleType

import pytest
from helpers import REPOSITORY

import zoo
import zoo.canvas

SOURCES = {
    "zoo": REPOSITORY / "zoo",
    "zoo_plugins": REPOSITORY / "plugins" / "zoo_plugins",
    "zoo_exporters": REPOSITORY / "exporters" / "zoo_exporters",
    "zoo_benchmarks": REPOSITORY / "benchmarks" / "zoo_benchmarks",
    "zoo_demo": REPOSITORY / "demo" / "zoo_demo",
}


def modules() -> dict[str, Path]:
    """Every module of every package, by its dotted name."""
    found = {}
    for package, folder in SOURCES.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            name = ".".join((package, *parts)).removesuffix(".__init__")
            found[name] = path
    return found


def top_level_names(body: list[ast.stmt]) -> tuple[set[str], set[str]]:
    """Names that a module has at its top level, and those of its public functions and classes among them."""
    defined: set[str] = set()
    others: set[str] = set()
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                defined.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                others |= {alias.asname or alias.name for alias in aliases}
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                others.add(name)
            case ast.If() | ast.Try() | ast.With():
                others |= top_level_names(node.body)[0]
    return defined | others, {name for name in defined if not name.startswith("_")}


def homes(package: ModuleType) -> dict[str, str]:
    """Where a stub says that each public name comes from."""
    tree = ast.parse(Path(package.__file__ or "").with_suffix(".pyi").read_text(encoding="utf-8"))
    return {
        alias.name: f"{package.__name__}.{node.module}"
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


@pytest.mark.parametrize("package", [zoo, zoo.canvas])
def test_all_is_what_the_stub_names(package: ModuleType) -> None:
    assert set(package.__all__) - {"__version__"} == set(homes(package))
    assert len(package.__all__) == len(set(package.__all__))
    assert set(package.__all__) - {"__version__"} <= set(dir(package))
    assert all(hasattr(package, name) for name in package.__all__)


@pytest.mark.parametrize("name", sorted(zoo.__all__))
def test_every_name_is_there_and_documented(name: str) -> None:
    value = getattr(zoo, name)
    if name == "__version__":
        assert value == importlib.metadata.version("digit-zoo")
    elif callable(value) and name != "hookimpl":  # a constant has no docstring that Python knows
        assert value.__module__ == homes(zoo)[name]
        assert inspect.getdoc(value)


@pytest.mark.parametrize("package", [zoo, zoo.canvas])
def test_an_unknown_name_is_an_attribute_error(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match="leod"):
        package.leod  # noqa: B018
    assert not hasattr(package, "_nothing")


@pytest.mark.parametrize("name", modules())
def test_all_is_explicit_and_its_members_exist(name: str) -> None:
    tree = ast.parse(modules()[name].read_text(encoding="utf-8"))
    names, public = top_level_names(tree.body)
    values = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    if not values:
        # A plugin module holds hooks, which pluggy finds by their marks; a package's front page may be only text.
        assert all(function.startswith("zoo_") for function in public), f"{name} defines {public} without __all__"
        return
    exported = ast.literal_eval(values[0])
    assert len(exported) == len(set(exported))
    assert set(exported) <= names, f"{name}.__all__ names what is not there"


def test_errors_form_the_tree_that_their_module_draws() -> None:
    from zoo import errors

    drawn = [line.split("──")[-1].split()[0] for line in (errors.__doc__ or "").splitlines() if "──" in line]
    classes = [name for name in errors.__all__ if name.endswith("Error") and name != "ZooError"]
    assert sorted(drawn) == sorted(classes)
    for name in classes:
        assert issubclass(getattr(errors, name), zoo.ZooError)
    assert issubclass(errors.ParityError, errors.ExportError)
