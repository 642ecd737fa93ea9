"""The demo as a person uses it: drawn at in Chromium, by mouse, finger and keyboard."""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from demo_pen import Draw, draw_by_mouse, draw_by_touch, on_pad

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Request

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 3, "has_touch": True, "is_mobile": True}
OPENING_S = 60  # TensorFlow's, on a busy machine
MAKING_S = 300  # a file's


def says(page: Page, start: str, seconds: float = 30) -> None:
    """Wait until the answer that a screen reader hears starts with a text."""
    spoken = page.locator(".answer .spoken")
    end = time.monotonic() + seconds
    while not (text := spoken.text_content() or "").startswith(start):
        assert time.monotonic() < end, f"the answer is {text!r}"
        page.wait_for_timeout(20)


def strokes_on_pad(page: Page) -> Callable[[], list[list[list[int]]]]:
    """A function that gives what the pad has sent last."""
    sent: list[str] = []

    def listen(request: Request) -> None:
        if "/queue/join" in request.url:
            sent.append(request.post_data or "")

    page.on("request", listen)
    return lambda: json.loads(sent[-1])["data"][0]


def runtime_choice(page: Page, name: str) -> Locator:
    return page.locator("#choice .runtimes label", has_text=name)


@pytest.mark.parametrize(
    ("draw", "options"),
    [
        pytest.param(draw_by_mouse, {}, id="mouse"),
        pytest.param(draw_by_touch, PHONE, id="touch", marks=pytest.mark.slow),
    ],
)
def test_reads_every_digit(
    open_page: Callable[..., Page], drawings: dict[str, Any], draw: Draw, options: dict[str, Any]
) -> None:
    page = open_page(**options)
    says(page, "Nothing drawn yet")
    for label, strokes in drawings.items():
        draw(page, strokes)
        says(page, f"{label}, ")
        page.locator("#pad .clear").click()
        says(page, "Nothing drawn yet")


def test_shows_digit_bars_image_and_latency(open_page: Callable[..., Page], drawings: dict[str, Any]) -> None:
    page = open_page()
    draw_by_mouse(page, drawings["3"])
    says(page, "3, ")
    assert page.locator(".answer .sign").inner_text() == "3"
    assert page.locator(".answer .bars tr").count() == 10
    assert page.locator(".answer .bars tr.best th").inner_text() == "3"
    assert all(text.endswith(" ms") for text in page.locator(".answer .latency dd").all_inner_texts())
    assert "almost certain" in page.locator(".answer .text").inner_text()
    seen = page.evaluate(
        """() => {
            const image = document.querySelector('.answer .seen img');
            return [image.naturalWidth, image.naturalHeight, image.clientWidth, getComputedStyle(image).imageRendering];
        }"""
    )
    assert seen == [28, 28, 168, "pixelated"]


def test_every_point_arrives(open_page: Callable[..., Page], drawings: dict[str, Any]) -> None:
    page = open_page()
    sent = strokes_on_pad(page)
    strokes = drawings["5"]
    draw_by_mouse(page, strokes)
    says(page, "5, ")
    page.wait_for_timeout(300)  # an echo of an older value would undo points that were drawn since
    box = page.locator("#pad canvas").bounding_box()
    assert box is not None
    assert len(sent()) == len(strokes)
    for points, drawn in zip(sent(), on_pad(page, strokes), strict=True):
        for x, y in drawn:
            at = ((x - box["x"]) / box["width"] * 1000, (y - box["y"]) / box["height"] * 1000)
            assert min(max(abs(at[0] - point[0]), abs(at[1] - point[1])) for point in points) <= 5


def test_answers_while_drawing(open_page: Callable[..., Page], drawings: dict[str, Any]) -> None:
    page = open_page()
    stroke = on_pad(page, drawings["2"])[0]
    page.mouse.move(*stroke[0])
    page.mouse.down()
    for point in stroke[1:20]:
        page.mouse.move(*point)
    page.wait_for_selector('.answer[data-state="answer"]')
    for point in stroke[20:]:
        page.mouse.move(*point)
    page.mouse.up()
    says(page, "2, ")


@pytest.mark.slow
def test_a_second_finger_draws_nothing(open_page: Callable[..., Page]) -> None:
    page = open_page(**PHONE)
    sent = strokes_on_pad(page)
    box = page.locator("#pad canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 40
    devtools = page.context.new_cdp_session(page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y, "id": 0})
    palm = {"x": x - 80, "y": y + 80, "id": 1}
    touch("touchStart", {"x": x, "y": y, "id": 0}, palm)
    for step in range(1, 20):
        touch("touchMove", {"x": x, "y": y + 10 * step, "id": 0}, {**palm, "x": palm["x"] - 2 * step})
    touch("touchEnd")
    says(page, "1, ")
    assert len(sent()) == 1


def test_a_stylus_takes_over_from_the_palm(open_page: Callable[..., Page]) -> None:
    page = open_page()
    sent = strokes_on_pad(page)
    page.evaluate(
        """() => {
            const canvas = document.querySelector('#pad canvas');
            const box = canvas.getBoundingClientRect();
            canvas.setPointerCapture = () => {};
            const at = (pointerType, type, x, y) => canvas.dispatchEvent(new PointerEvent(type, {
                pointerType, pointerId: pointerType === 'pen' ? 2 : 1, button: 0, bubbles: true,
                clientX: box.left + box.width * x, clientY: box.top + box.height * y,
            }));
            at('touch', 'pointerdown', 0.8, 0.9);
            at('touch', 'pointermove', 0.7, 0.9);
            at('pen', 'pointerdown', 0.5, 0.1);
            for (let i = 1; i < 20; i++) {
                at('pen', 'pointermove', 0.5, 0.1 + 0.03 * i);
                at('touch', 'pointermove', 0.7 - 0.01 * i, 0.9);
            }
            at('pen', 'pointerup', 0.5, 0.7);
            at('touch', 'pointerup', 0.5, 0.9);
        }"""
    )
    says(page, "1, ")
    assert [{x for x, _ in stroke} for stroke in sent()] == [{500}]
    page.locator("#pad .undo").click()
    says(page, "Nothing drawn yet")  # there is no blot to undo


def test_undo_redo_and_clear(open_page: Callable[..., Page], drawings: dict[str, Any]) -> None:
    page = open_page()
    sent = strokes_on_pad(page)

    def press(name: str, strokes: int) -> None:
        page.locator(f"#pad .{name}").click()
        page.wait_for_timeout(200)
        assert len(sent()) == strokes

    def usable() -> list[str]:
        names = ("undo", "redo", "clear")
        return [n for n in names if page.locator(f"#pad .{n}").get_attribute("aria-disabled") == "false"]

    assert usable() == []
    draw_by_mouse(page, [[[500, 100], [500, 200], [500, 300], [500, 400]]])
    says(page, "1, ")
    box = page.locator("#pad canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 350, box["y"] + 20, steps=10)
    page.mouse.up()
    page.wait_for_timeout(300)
    assert len(sent()) == 2
    press("undo", 1)
    says(page, "1, ")
    press("redo", 2)
    press("undo", 1)
    assert usable() == ["undo", "redo", "clear"]
    press("clear", 0)
    says(page, "Nothing drawn yet")
    assert usable() == ["undo"]
    assert page.locator("#pad .paper.blank").count() == 1
    assert page.locator(".answer .bars .value").all_inner_texts() == ["–"] * 10
    press("undo", 1)  # what was cleared by mistake comes back
    says(page, "1, ")
    press("clear", 0)
    draw_by_mouse(page, drawings["8"])  # a new stroke, and there is nothing to redo
    says(page, "8, ")
    assert usable() == ["undo", "clear"]


def test_a_number_is_read_digit_by_digit(open_page: Callable[..., Page], drawings: dict[str, Any]) -> None:
    page = open_page()
    draw_by_mouse(page, in_a_row(drawings, "2075"))
    says(page, "2075, 4 digits")
    assert page.locator(".answer .seen img").count() == 4
    assert "7" in page.locator(".answer .seen img").nth(2).get_attribute("alt")  # type: ignore[operator]
    for _ in drawings["5"]:
        page.locator("#pad .undo").click()
    says(page, "207, 3 digits")


def in_a_row(drawings: dict[str, Any], number: str) -> list[list[list[float]]]:
    """The strokes of a number, each digit as high as the others."""
    row: list[list[list[float]]] = []
    left = 0.0
    for label in number:
        xs, ys = zip(*(point for stroke in drawings[label] for point in stroke), strict=True)
        scale = 100 / (max(ys) - min(ys))
        row += [
            [[left + (x - min(xs)) * scale, (y - min(ys)) * scale] for x, y in stroke] for stroke in drawings[label]
        ]
        left += (max(xs) - min(xs)) * scale + 25
    return row


@pytest.fixture
def scan(tmp_path: Path, drawings: dict[str, Any]) -> Path:
    """A photo of a digit: dark on light, larger than what the pad sends."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (2400, 1800), (236, 232, 222))
    draw = ImageDraw.Draw(image)
    for stroke in drawings["3"]:
        draw.line([(600 + 3 * x, 100 + 3 * y) for x, y in stroke], fill=(40, 50, 90), width=40, joint="curve")
    path = tmp_path / "three.jpg"
    image.save(path, quality=90)
    return path


def test_a_picture_is_read(open_page: Callable[..., Page], scan: Path) -> None:
    page = open_page()
    page.locator("#pad input[type=file]").set_input_files(scan)
    says(page, "3, ")
    assert page.locator("#pad .picture").is_visible()
    width = page.evaluate("document.querySelector('#pad .picture').naturalWidth")
    assert width <= 1024
    page.locator("#pad .undo").click()
    says(page, "Nothing drawn yet")
    page.locator("#pad .redo").click()
    says(page, "3, ")
    draw_by_mouse(page, [[[500, 100], [500, 200], [500, 300], [500, 400]]])  # a pen begins anew
    says(page, "1, ")
    assert not page.locator("#pad .picture").is_visible()


@pytest.mark.slow
def test_a_picture_is_pasted_or_dropped(open_page: Callable[..., Page], scan: Path) -> None:
    page = open_page()
    data = base64.b64encode(scan.read_bytes()).decode()
    for kind, target in (("paste", "document.body"), ("drop", "document.querySelector('#pad .paper')")):
        page.evaluate(
            """async ([kind, target, data]) => {
                const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
                const files = new DataTransfer();
                files.items.add(new File([bytes], "three.jpg", { type: "image/jpeg" }));
                const options = { bubbles: true, cancelable: true };
                eval(target).dispatchEvent(kind === "paste"
                    ? new ClipboardEvent("paste", { ...options, clipboardData: files })
                    : new DragEvent("drop", { ...options, dataTransfer: files }));
            }""",
            [kind, target, data],
        )
        says(page, "3, ")
        page.locator("#pad .clear").click()
        says(page, "Nothing drawn yet")


def test_what_is_no_picture_is_refused(
    open_page: Callable[..., Page], drawings: dict[str, Any], tmp_path: Path
) -> None:
    page = open_page()
    draw_by_mouse(page, drawings["7"])
    says(page, "7, ")
    text = tmp_path / "digits.png"
    text.write_text("no picture")
    page.locator("#pad input[type=file]").set_input_files(text)
    page.locator("#pad .complaint", has_text="no picture that can be opened").wait_for()
    says(page, "7, ")  # and the drawing is still there
    draw_by_mouse(page, drawings["7"])
    assert page.locator("#pad .complaint").inner_text() == ""


@pytest.mark.slow
def test_keyboard_alone_reaches_everything(open_page: Callable[..., Page], drawings: dict[str, Any]) -> None:
    page = open_page()
    draw_by_mouse(page, drawings["7"])
    says(page, "7, ")
    page.locator("#pad canvas").focus()
    for name in ("undo", "redo", "clear", "open"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == name
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    says(page, "Nothing drawn yet")
    draw_by_mouse(page, drawings["1"])
    says(page, "1, ")
    page.locator("#pad canvas").focus()
    page.keyboard.press("Control+z")
    says(page, "Nothing drawn yet")
    page.keyboard.press("Control+y")
    says(page, "1, ")
    page.keyboard.press("Delete")
    says(page, "Nothing drawn yet")
    reached = set()
    for _ in range(9):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.name || document.activeElement.id"))
    assert {"zoo-model", "zoo-runtime", "zoo-precision"} <= reached


@pytest.mark.slow
def test_another_runtime_answers_the_same_drawing(open_page: Callable[..., Page], drawings: dict[str, Any]) -> None:
    page = open_page()
    draw_by_mouse(page, drawings["6"])
    says(page, "6, ")
    for name in page.locator("#choice .runtimes label").all_inner_texts()[::-1]:
        runtime_choice(page, name).click()
        page.locator(".answer .who", has_text=f"on {name}").wait_for(timeout=OPENING_S * 1000)
        says(page, "6, ")
        assert page.locator("#pad .paper.blank").count() == 0


def test_another_model_answers_the_same_drawing(open_page: Callable[..., Page], drawings: dict[str, Any]) -> None:
    page = open_page()
    draw_by_mouse(page, drawings["9"])
    says(page, "9, ")
    runtime_choice(page, "onnxruntime").click()
    page.locator(".answer .who", has_text="on onnxruntime").wait_for()
    half = page.locator("#choice .precisions label", has_text="fp16")
    assert not half.is_visible()  # lenet5.mnist has none
    model = page.get_by_label("Model")
    assert "99.99 %" in model.locator("optgroup option[value='lenet5.light']").inner_text()
    model.select_option("lenet5.light")
    page.locator(".answer .who", has_text="lenet5.light on litert, fp32").wait_for()  # it has no file for onnxruntime
    says(page, "9, ")
    assert not runtime_choice(page, "onnxruntime").is_visible()
    half.click()
    page.locator(".answer .who", has_text="lenet5.light on litert, fp16").wait_for()
    says(page, "9, ")
    # What was asked for is remembered while a model cannot have it.
    model.select_option("lenet5.mnist")
    page.locator(".answer .who", has_text="lenet5.mnist on onnxruntime, fp32").wait_for()
    model.select_option("lenet5.light")
    page.locator(".answer .who", has_text="lenet5.light on litert, fp16").wait_for()
    assert page.locator("#pad .paper.blank").count() == 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_file_that_is_missing_is_made_and_then_answers(
    open_page: Callable[..., Page], drawings: dict[str, Any]
) -> None:
    page = open_page()
    draw_by_mouse(page, drawings["9"])
    runtime_choice(page, "onnxruntime").click()
    page.locator(".answer .who", has_text="lenet5.mnist on onnxruntime").wait_for()
    page.get_by_label("Model", exact=True).select_option("lenet5.bare")
    page.locator(".answer .who", has_text="lenet5.bare on litert").wait_for()  # nothing is made for who passes by
    runtime_choice(page, "onnxruntime").click()
    page.get_by_text("a file for onnxruntime is made on first use").wait_for()
    says(page, "Making the file of lenet5.bare for onnxruntime")
    page.get_by_role("tab", name="Compare").click()
    page.locator("#compare").get_by_text("Making the file of lenet5.bare").wait_for()
    page.get_by_role("heading", name="lenet5.bare on every").wait_for(timeout=MAKING_S * 1000)
    made, absent = (page.locator(".comparison tr", has_text=name).first for name in ("onnxruntime", "tensorflow"))
    assert "not made yet" not in made.inner_text()
    assert "not made yet, made when chosen" in absent.inner_text()
    page.get_by_role("tab", name="Answer").click()
    page.locator(".answer .who", has_text="lenet5.bare on onnxruntime").wait_for(timeout=OPENING_S * 1000)
    says(page, "9, ")


def test_a_correction_is_kept_by_those_who_agree(
    open_page: Callable[..., Page], drawings: dict[str, Any], corrections_folder: Path
) -> None:
    page = open_page()
    draw_by_mouse(page, drawings["1"])
    says(page, "1, ")
    page.get_by_text("That’s wrong?").click()
    page.get_by_role("button", name="It is 7").click()
    page.get_by_text("Nothing was saved").wait_for()
    assert not corrections_folder.exists()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="It is 7").click()
    page.get_by_text("Saved as 7").wait_for()
    assert [path.parent.name for path in corrections_folder.glob("*/*.png")] == ["7"]
    page.locator("#pad .clear").click()
    page.get_by_text("Saved as 7").wait_for(state="hidden")  # it is not about what is drawn next
    assert page.get_by_role("checkbox").is_checked()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_box_shows_whether_it_is_ticked(open_page: Callable[..., Page], scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    page.get_by_text("That’s wrong?").click()
    box = page.get_by_role("checkbox")

    def contrast(border: int) -> int:
        """Of the greys inside the box, or of those with its border."""
        from PIL import Image

        grey = Image.open(io.BytesIO(box.screenshot())).convert("L")
        middle = np.asarray(grey.crop((border, border, grey.width - border, grey.height - border)))
        return int(middle.max()) - int(middle.min())

    assert contrast(border=5) < 10
    assert contrast(border=0) > 50
    box.check()
    fading = time.monotonic() + 60  # the tick comes slowly
    while contrast(border=5) < 100:
        assert time.monotonic() < fading, "a ticked box looks like an empty one"
    box.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert box.evaluate("box => getComputedStyle(box).outlineWidth") == "3px"


def test_a_full_queue_is_said_in_the_page(open_page: Callable[..., Page], drawings: dict[str, Any]) -> None:
    page = open_page(expected=("503",))
    page.route("**/queue/join*", lambda route: route.fulfill(status=503, json={"detail": "Queue is full."}))
    draw_by_mouse(page, drawings["1"])
    page.get_by_text("busy").first.wait_for()  # one for each time that the pad asked
    page.unroute("**/queue/join*")
    page.locator("#pad .undo").click()
    page.locator("#pad .redo").click()
    says(page, "1, ")  # the drawing is still there, and is answered now


@pytest.mark.slow
def test_comparison_and_explanation_follow_the_drawing(
    open_page: Callable[..., Page], drawings: dict[str, Any]
) -> None:
    page = open_page()
    draw_by_mouse(page, drawings["3"])
    says(page, "3, ")
    page.get_by_role("tab", name="Compare").click()
    runtimes, models = page.locator(".comparison").nth(0), page.locator(".comparison").nth(1)
    offered = page.locator("#choice .runtimes label:visible").count()
    runtimes.get_by_text(f"All {offered} answer 3", exact=True).wait_for(timeout=OPENING_S * 1000)
    assert models.locator("tbody tr").count() == page.locator("#choice option").count()
    assert page.evaluate(
        """() => {
            document.querySelector("#gallery button[aria-label='A 0 that crosses itself']").click();
            return document.querySelectorAll("#compare [aria-busy=true] .comparison").length;
        }"""
    ), "the tables of the drawing before pass for the new one's"
    page.locator("#compare [aria-busy=true]").wait_for(state="detached")
    page.get_by_label("Model", exact=True).select_option("lenet5.light")
    runtimes.get_by_role("heading", name="lenet5.light on every").wait_for()
    runtimes.locator("tr.differs", has_text="fp16").get_by_text("differs").wait_for(timeout=OPENING_S * 1000)
    page.get_by_role("tab", name="Explain").click()
    page.get_by_text("Read as 8").wait_for()
    page.locator("#pad .clear").click()
    page.locator("#explain").get_by_text("Nothing drawn yet").wait_for()


@pytest.mark.slow
@pytest.mark.parametrize(
    "options", [pytest.param({}, id="desktop"), pytest.param({**PHONE, "color_scheme": "dark"}, id="phone in the dark")]
)
def test_every_view_fits_and_is_accessible(open_page: Callable[..., Page], options: dict[str, Any]) -> None:
    """Axe-core finds nothing serious, such as text too pale to read; docs/demo.md names what the views show."""
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(**options)

    def check() -> None:
        found = Axe().run(page).response["violations"]
        assert [each for each in found if each["impact"] in ("serious", "critical")] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    check()
    page.get_by_role("button", name="The number 42").click()
    says(page, "42, 2 digits")
    page.get_by_text("That’s wrong?").click()
    check()
    for tab, part in (
        ("Compare", ".comparison"),
        ("Explain", ".explanation"),
        ("Benchmarks", "#reports .report"),
        ("Models", "#card h1"),
    ):
        page.get_by_role("tab", name=tab).click()
        page.locator(part).first.wait_for()
        check()


def test_phone_has_no_sideways_scrolling(open_page: Callable[..., Page], drawings: dict[str, Any]) -> None:
    page = open_page(**PHONE)
    draw_by_touch(page, drawings["4"])
    says(page, "4, ")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("scrollY") == 0, "the drawing finger scrolled the page"
    pad, choice, views = (page.locator(name).bounding_box()["y"] for name in ("#pad", "#choice", "#views"))  # type: ignore[index]
    assert pad < choice < views, "whoever chooses has to scroll past the answer"
    assert not page.locator("#choice select").is_visible()
    page.locator("#choice summary", has_text="lenet5.mnist on litert, fp32").click()
    for selector in (
        "#pad .undo",
        "#pad .redo",
        "#pad .clear",
        "#pad .open",
        "#choice select",
        "#choice label:has(input)",
    ):
        assert page.locator(selector).first.bounding_box()["height"] >= 36  # type: ignore[index]
    page.get_by_role("button", name="The number 42").click()
    says(page, "42, 2 digits, each at least almost certain")
    assert page.locator(".answer .sign").bounding_box()["height"] < 120, "the number is broken"  # type: ignore[index]
    # The canvas has as many pixels as the screen, so that the line is sharp.
    width, pixels = page.evaluate("(c => [c.clientWidth, c.width])(document.querySelector('#pad canvas'))")
    assert pixels == 3 * width


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(open_page: Callable[..., Page], drawings: dict[str, Any], scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    draw_by_mouse(page, drawings["0"])
    says(page, "0, ")

    def brightness(selector: str, name: str) -> float:
        return float(
            page.evaluate(
                """([selector, name]) => {
                    const colour = getComputedStyle(document.querySelector(selector))[name];
                    return colour.match(/\\d+/g).slice(0, 3).reduce((sum, each) => sum + Number(each), 0) / 765;
                }""",
                [selector, name],
            )
        )

    dark = scheme == "dark"
    for card in ("#pad .paper", ".answer"):
        assert (brightness(card, "backgroundColor") < 0.2) == dark
    for text in (".answer .bars th", ".answer .bars .value", "#masthead h1", "#masthead p"):
        assert (brightness(text, "color") > 0.5) == dark
    assert ("invert" in page.evaluate("getComputedStyle(document.querySelector('#pad canvas')).filter")) == dark


@pytest.mark.slow
def test_large_scribble_is_answered(open_page: Callable[..., Page]) -> None:
    """Whatever is scribbled, the request stays small and something is said."""
    page = open_page()
    sent = strokes_on_pad(page)
    page.evaluate(
        """() => {
            const canvas = document.querySelector('#pad canvas');
            const box = canvas.getBoundingClientRect();
            canvas.setPointerCapture = () => {};
            const at = (type, i) => canvas.dispatchEvent(new PointerEvent(type, {
                pointerId: 7, button: 0, bubbles: true,
                clientX: box.left + box.width * (i % 2 ? 0.9 : 0.1), clientY: box.top + box.height * (i % 97) / 97,
            }));
            at('pointerdown', 0);
            for (let i = 1; i < 25000; i++) at('pointermove', i);
            at('pointerup', 0);
        }"""
    )
    page.wait_for_selector('.answer[data-state="answer"]', timeout=60_000)
    assert sum(map(len, sent())) == 20_000
