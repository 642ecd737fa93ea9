"""What the page shows beside the answer: comparison, explanation, reports, cards, gallery."""

from __future__ import annotations

import csv
import json
import math
import threading
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import change_manifest, flip_byte

pytest.importorskip("gradio")

import gradio as gr

import zoo
from zoo.canvas import from_strokes, split_strokes
from zoo.errors import ZooError
from zoo_demo.handlers import Handlers
from zoo_demo.models import DrawableModels, drawable_models, pairs
from zoo_demo.sessions import SessionCache
from zoo_demo.views import asset, component
from zoo_demo.views.compare import compare
from zoo_demo.views.explain import explain, occlusion
from zoo_demo.views.reports import model_card, render_models, render_reports

pytestmark = pytest.mark.usefixtures("models_home")

LITERT = {"model": "lenet5.mnist", "runtime": "litert", "precision": "fp32"}


def examples() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(asset("examples.json"))
    return found


class Tables(HTMLParser):
    """The tables of a piece of HTML: rows of texts, the first one of heads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.texts: list[str] = []
        self.sources: list[str] = []
        self._inside = False
        self.feed(html)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self._inside = True
        elif tag == "img":
            self.sources.append(str(dict(attrs)["src"]))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._inside:
            self.tables[-1][-1][-1] += data


@pytest.fixture
def models() -> DrawableModels:
    return drawable_models("lenet5.mnist")


@pytest.mark.slow
def test_comparison_holds_every_pair_and_every_model(models: DrawableModels, drawings: dict[str, Any]) -> None:
    states = list(compare(drawings["3"], LITERT, models, SessionCache()))
    assert len(states) > 2  # it fills while one looks
    assert "to come" in states[1]
    runtimes, architectures = Tables(states[-1]).tables
    offered = pairs(models.find("lenet5.mnist"))
    assert [row[:2] for row in runtimes[1:]] == [[name, each] for name, sizes in offered.items() for each in sizes]
    assert {row[2] for row in runtimes[1:]} == {"3"}
    differences = {row[0]: row[5] for row in runtimes[1:]}
    assert differences.pop("keras") == "the reference"
    assert all(value == "none" or float(value) < 1e-4 for value in differences.values())
    assert [row[0] for row in architectures[1:]] == list(models.packs)
    assert {row[1] for row in architectures[1:]} == {"3"}
    assert "differs" not in states[-1].replace('class=""', "")
    # What differs from Keras was computed, not copied: the same by hand.
    image = from_strokes(drawings["3"])[np.newaxis]
    here = {name: zoo.load("lenet5.mnist", name).run(image) for name in ("keras", "litert")}
    largest = float(abs(here["keras"] - here["litert"]).max())
    assert float(differences["litert"].replace("none", "0")) == pytest.approx(largest, rel=0.06)


def test_disagreements_stand_out(models: DrawableModels) -> None:
    hard = next(
        each
        for group in examples()["groups"]
        for each in group["drawings"]
        if each["note"] == "A 0 that crosses itself"
    )
    light = {"model": "lenet5.light", "runtime": "litert", "precision": "fp32"}
    states = compare(hard["strokes"], light, models, SessionCache())
    found = next(state for state in states if "1 of 2 disagrees with 8; 1 to come" in state)  # before Keras is opened
    answers = [row[2].split()[0] for row in Tables(found).tables[0][1:]]
    assert answers == ["8", "0", "…"]  # fp32, the other network in the place of fp16, and Keras
    assert '<span class="mark">differs</span>' in found


def test_a_comparison_ends_as_soon_as_the_same_browser_asks_for_another(
    models: DrawableModels, drawings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while a model is being opened, which may take half a minute."""
    may_open = threading.Event()

    def load(pack: zoo.Pack, runtime: str, **options: Any) -> zoo.Session:
        if runtime == "keras":
            may_open.wait(60)
            raise ZooError("Keras is not opened here.")
        return real_load(pack, runtime, **options)

    real_load = zoo.load
    monkeypatch.setattr(zoo, "load", load)
    handlers = Handlers(models)
    here, elsewhere = gr.Request(session_hash="here"), gr.Request(session_hash="elsewhere")
    light = {"model": "lenet5.light", "runtime": "litert", "precision": "fp32"}
    try:
        old, other = (handlers.compare(drawings["7"], light, browser) for browser in (here, elsewhere))
        for states in (old, other):
            assert any("All 2 answer 7; 1 to come" in state for state in states)  # which is the one of Keras
        new = handlers.compare(drawings["2"], light, here)
        assert "data-request" in next(new)
        assert [state for state in old if state != gr.skip()] == []
        assert any("All 2 answer 2; 1 to come" in state for state in new)
    finally:
        may_open.set()
    for states, answered in ((new, "All 2 answer 2"), (other, "All 2 answer 7")):
        *_, last = states
        assert answered in last
        assert "Keras is not opened here." in last


def test_what_is_probably_no_digit_is_no_answer_anywhere(lenet_copy: Path, drawings: dict[str, Any]) -> None:
    change_manifest(lenet_copy, lambda manifest: manifest.update(rejection={"threshold": 1.0}))
    unsure = drawable_models(str(lenet_copy))
    states = compare(drawings["8"], LITERT, unsure, SessionCache())
    found = next(state for state in states if "It answers “not sure this is a digit”; " in state)
    others = Tables(found).tables[1][1:]
    assert {row[1] for row in others} == {"?", "8 differs"}  # from the chosen model
    assert "disagree with “not sure this is a digit”" in found
    assert "Not sure this is a digit, nearest to 8" in explain(drawings["8"], LITERT, unsure, SessionCache())


@pytest.mark.slow
def test_numbers_are_compared_as_a_whole(models: DrawableModels, drawings: dict[str, Any]) -> None:
    number = next(each for each in examples()["groups"][2]["drawings"] if each["label"] == "42")
    *_, last = compare(number["strokes"], LITERT, models, SessionCache())
    assert {row[2] for row in Tables(last).tables[0][1:]} == {"42"}


@pytest.mark.slow
def test_a_file_that_cannot_be_opened_stops_no_other(lenet_copy: Path, drawings: dict[str, Any]) -> None:
    flip_byte(lenet_copy / "model_fp32.tflite", 5000)
    *_, last = compare(drawings["3"], LITERT, drawable_models(str(lenet_copy)), SessionCache())
    assert "It was not opened" in last
    rows = {row[0]: row for row in Tables(last).tables[0][1:]}
    assert rows["litert"][2] == "…"
    assert rows["onnxruntime"][2] == "3"


@pytest.mark.parametrize("view", [lambda *args: list(compare(*args))[-1], explain])
@pytest.mark.parametrize(
    ("drawing", "choice", "text"),
    [
        ([], LITERT, "Nothing drawn yet"),
        ({"path": "/etc/passwd"}, LITERT, "A drawing is a list of strokes"),
        ([[[1, 1]]], {"model": "lenet6.mnist"}, "Unknown model"),
        ([[[1, 1]]], "lenet5.mnist", "A choice is an object"),
    ],
)
def test_nonsense_is_explained(models: DrawableModels, view: Any, drawing: Any, choice: Any, text: str) -> None:
    assert text in view(drawing, choice, models, SessionCache())


def test_occlusion_finds_what_the_answer_rests_on() -> None:
    """Of a model that looks at one place only, and knows what speaks for it and what against."""

    def run(images: np.ndarray) -> np.ndarray:
        good, bad = images[:, 3:6, 3:6].mean(axis=(1, 2, 3)), images[:, 20:23, 20:23].mean(axis=(1, 2, 3))
        share = 1 / (1 + np.exp(-(4 * good - 4 * bad)))
        return np.stack([1 - share, share], axis=1)

    image = np.ones((28, 28, 1), np.float32)
    lost = occlusion(run, image, target=1)
    assert lost.shape == (28, 28)
    assert lost[3:6, 3:6].min() > 0.1
    assert lost[20:23, 20:23].max() < -0.1
    assert abs(lost[12:14, :]).max() == 0
    assert image.all()  # which was not touched


@pytest.mark.parametrize("runtime", ["litert", "onnxruntime"])
def test_explanation_shows_both_images_of_every_digit(
    models: DrawableModels, drawings: dict[str, Any], runtime: str
) -> None:
    page = Tables(explain(drawings["7"], {**LITERT, "runtime": runtime}, models, SessionCache()))
    assert len(page.sources) == 2
    assert all(source.startswith("data:image/png") for source in page.sources)
    assert page.sources[0] != page.sources[1]
    assert any(text.startswith("Most that speaks for 7 is at the ") for text in page.texts)
    number = examples()["groups"][2]["drawings"][0]
    assert len(Tables(explain(number["strokes"], LITERT, models, SessionCache())).sources) == 2 * len(number["label"])


def same(shown: str, read: str) -> bool:
    return shown == read or math.isclose(float(shown), float(read), rel_tol=1e-4)


def test_reports_show_what_is_committed() -> None:
    from zoo.plugins import load_plugins

    html = render_reports()
    tables = Tables(html).tables
    files = [path for root in load_plugins().reports.values() for path in sorted(root.rglob("*.csv"))]
    assert len(tables) == len(files) > 0
    for table, path in zip(tables, files, strict=True):
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(table) - 1 == len(rows)  # nothing that is committed is cut off
        for name, *shown in zip(*table, strict=True):
            found = [row[name.replace(" ", "_")] for row in rows]
            assert all(map(same, shown, found))


def test_reports_say_once_what_is_the_same_in_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zoo.plugins import load_plugins

    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "by_size.csv").write_text("model,cpu,note\na,x86_64,\nb,x86_64,\n")
    monkeypatch.setattr(load_plugins(), "reports", {"": tmp_path})
    html = render_reports()
    assert "<h2>Full, by size</h2><p>In every row: cpu x86_64.</p>" in html
    assert Tables(html).tables == [[["model"], ["a"], ["b"]]]


def test_long_reports_are_folded_below_what_they_come_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zoo.plugins import load_plugins

    (tmp_path / "drawn").mkdir()
    (tmp_path / "drawn" / "drawn.csv").write_text("n\n" + "1\n2\n" * 300)
    (tmp_path / "drawn" / "by_model.csv").write_text("model\na\nb\n")
    monkeypatch.setattr(load_plugins(), "reports", {"": tmp_path})
    summary, _, details = render_reports().partition("<h2>Drawn</h2>")
    assert "<h2>Drawn, by model</h2><div" in summary
    assert details.startswith("<details><summary>600 rows</summary>")


def test_reports_of_strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zoo.plugins import load_plugins

    (tmp_path / "evil.csv").write_text("a,<script>alert(1)</script>\n<img src=x onerror=alert(1)>,0.123456789\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "latin.csv").write_bytes(b"a,\xe9\n")
    (tmp_path / "ragged.csv").write_text("a,b\n1\n")
    (tmp_path / "long.csv").write_text("n\n" + "1\n2\n" * 2500)
    (tmp_path / "huge.png").write_bytes(bytes(3_000_000))
    monkeypatch.setattr(load_plugins(), "reports", {"": tmp_path})
    html = render_reports()
    assert "<script" not in html
    assert "<img src=x" not in html
    assert ">0.12346<" in html
    assert "empty.csv is no table" in html
    assert "latin.csv is no table" in html
    assert "ragged.csv is no table" in html
    assert "The first 1000 rows" in html
    assert "huge.png has 3,000,000 bytes" in html
    monkeypatch.setattr(load_plugins(), "reports", {})
    assert "zoo benchmark" in render_reports()


def test_cards(models: DrawableModels) -> None:
    (table,) = Tables(render_models(models)).tables
    assert [row[0] for row in table[1:]] == list(models.packs)
    light = next(row for row in table if row[0] == "lenet5.light")
    assert "litert (fp32, fp16)" in light[-1]
    card, confusion = model_card("lenet5.mnist", models)
    assert card.lstrip().startswith("# lenet5.mnist")
    assert "Limits" in card
    assert "](model.keras)" not in card
    assert 'src="data:image/png' in confusion
    for nonsense in ("../../etc/passwd", None, ["lenet5.mnist"], {"path": "/etc/passwd"}):
        assert "Unknown model" in model_card(nonsense, models)[0]


def test_card_that_is_missing(lenet_copy: Path) -> None:
    (lenet_copy / "README.md").unlink()
    (lenet_copy / "confusion_matrix.png").unlink()
    assert "has no card" in model_card("lenet5.mnist", drawable_models(str(lenet_copy)))[0]


def test_gallery_is_real_and_says_so() -> None:
    data = examples()
    assert "UCI Machine Learning Repository" in data["source"]
    assert data["license"] == "CC BY 4.0"
    html = component("gallery", "", **data).html_template
    assert data["license"] in html
    drawings = [each for group in data["groups"] for each in group["drawings"]]
    assert html.count("<button") == len(drawings)
    easy, hard, numbers = (group["drawings"] for group in data["groups"])
    assert [each["label"] for each in easy] == list("0123456789")
    for each in drawings:
        assert len(split_strokes(each["strokes"])) == len(each["label"])
    session = zoo.load("lenet5.mnist", "litert")

    def read(each: dict[str, Any]) -> str:
        images = np.stack([from_strokes(digit) for digit in split_strokes(each["strokes"])])
        return "".join(map(str, session.run(images).argmax(axis=1)))

    assert [read(each) for each in (*easy, *numbers)] == [each["label"] for each in (*easy, *numbers)]
    assert sum(read(each) != each["label"] for each in hard) > len(hard) / 2  # hard they are
