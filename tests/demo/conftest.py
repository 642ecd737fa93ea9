"""Fixtures of the demo: real drawings, a home with models to draw at, the demo as a process, and its page."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from demo_process import served_demo
from helpers import change_manifest

import zoo
from zoo_demo.models import DrawableModels, drawable_models

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

Strokes = list[list[list[int]]]


@pytest.fixture(scope="session")
def drawings() -> dict[str, Strokes]:
    """One digit of each class as a person drew it with a pen; ``digits.json`` names the source."""
    data = json.loads((Path(__file__).parent / "digits.json").read_text(encoding="utf-8"))
    return {digit["label"]: digit["strokes"] for digit in data["digits"]}


def without_exports(pack: Path) -> Path:
    """Leave a pack the files for Keras and LiteRT alone, as most bundled ones have."""

    def lighten(manifest: dict[str, Any]) -> None:
        manifest["artifacts"] = [entry for entry in manifest["artifacts"] if entry["format"] in ("keras", "tflite")]

    change_manifest(pack, lighten)
    for path in (*pack.glob("*.onnx*"), *pack.glob("saved_model*")):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return pack


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with lenet5.mnist, and with a more accurate lenet5.light that only has files for LiteRT, fp32 and fp16.

    Files of other formats failed their gates, so that the demo does not make them; it makes those of lenet5.bare, which
    lacks them, too. The fp16 file is another network's
    fp32 file, so that it shows which of the two answered.
    """
    home = tmp_path_factory.mktemp("demo") / "home"
    pack = zoo.get_pack("lenet5.mnist").folder
    shutil.copytree(pack, home / "packs" / "lenet5.mnist")
    light = home / "packs" / "lenet5.light"
    shutil.copytree(pack, light)
    other = zoo.get_pack("keras_convnet.mnist").artifact("tflite").verified_bytes()
    (light / "model_fp16.tflite").write_bytes(other)

    def lighten(manifest: dict[str, Any]) -> None:
        manifest.update(id="lenet5.light", tag="light")
        manifest["metrics"]["accuracy"] = 0.9999
        tflite = next(entry for entry in manifest["artifacts"] if entry["format"] == "tflite")
        half = {**tflite, "path": "model_fp16.tflite", "precision": "fp16", "size_bytes": len(other)}
        half["sha256"] = hashlib.sha256(other).hexdigest()
        source = next(entry for entry in manifest["artifacts"] if entry["format"] == "keras")
        manifest["artifacts"] = [source, tflite, half]
        tried = {"precision": "fp32", "variant": "", "outcome": "failed", "reason": "a test", "certificate": None}
        manifest["refused"] = [{"format": each, **tried} for each in ("onnx", "saved_model")]

    change_manifest(light, lighten)
    bare = without_exports(Path(shutil.copytree(pack, home / "packs" / "lenet5.bare")))
    change_manifest(bare, lambda manifest: manifest.update(id="lenet5.bare", tag="bare"))
    return home


@pytest.fixture
def lenet_copy(demo_home: Path, tmp_path: Path) -> Path:
    """A copy of lenet5.mnist, to be changed at will."""
    return Path(shutil.copytree(demo_home / "packs" / "lenet5.mnist", tmp_path / "copies" / "lenet5.mnist"))


@pytest.fixture
def light_copy(lenet_copy: Path) -> Path:
    """The same with files for Keras and LiteRT alone."""
    return without_exports(lenet_copy)


@pytest.fixture
def models_home(demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same home for the functions that are called here, without a process."""
    monkeypatch.setenv("ZOO_HOME", str(demo_home))
    return demo_home


@pytest.fixture
def models(models_home: Path) -> DrawableModels:
    """What can be drawn at in that home; lenet5.mnist is chosen at first."""
    return drawable_models("lenet5.mnist")


@pytest.fixture(scope="session")
def corrections_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo keeps the drawings that people correct."""
    return tmp_path_factory.mktemp("corrections") / "kept"


@pytest.fixture(scope="session")
def demo_url(demo_home: Path, corrections_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a demo is served that starts with lenet5.mnist; one for all tests, as it takes seconds to start."""
    log = tmp_path_factory.mktemp("served") / "log"
    options = ("--model", "lenet5.mnist", "--corrections", str(corrections_folder))
    with served_demo(log, *options, ZOO_HOME=str(demo_home)) as (url, _):
        yield url
        assert f"Corrections that people agree to keep go to {corrections_folder}" in log.read_text()
    assert "Traceback" not in log.read_text()


@pytest.fixture
def open_page(browser: Browser, demo_url: str) -> Iterator[Callable[..., Page]]:
    """``open_page(**options of the browser's context)``: the demo's page, ready to be drawn on.

    At the end, no page may have asked anything of another host or complained in its console, but of what is `expected`.
    """
    with contextlib.ExitStack() as stack:
        complaints: list[str] = []

        def open_it(expected: tuple[str, ...] = (), **options: Any) -> Page:
            context = stack.enter_context(contextlib.closing(browser.new_context(**options)))
            page = context.new_page()

            def hear(message: ConsoleMessage) -> None:
                if message.type in ("error", "warning") and not any(text in message.text for text in expected):
                    complaints.append(message.text)

            page.on("console", hear)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            ours = (demo_url, demo_url.replace("127.0.0.1", "localhost"), "data:", "blob:")

            def watch(request: Request) -> None:
                if not request.url.startswith(ours):
                    complaints.append(request.url)

            page.on("request", watch)
            page.goto(demo_url)
            for part in ("#pad .paper.blank", "#choice details", "#gallery button"):  # nothing moves any more
                page.wait_for_selector(part)
            return page

        yield open_it
        assert complaints == []
