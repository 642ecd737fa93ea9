"""The demo as a person uses it: drawn at in Chromium, by mouse, finger and keyboard."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from demo_pen import Draw, draw_by_mouse, draw_by_touch, on_pad

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 3, "has_touch": True, "is_mobile": True}
OPENING_S = 60  # TensorFlow's, on a busy machine


def says(page: Page, start: str, seconds: float = 10) -> None:
    """Wait until the answer that a screen reader hears starts with a text."""
    page.wait_for_function(
        "start => document.querySelector('.answer .spoken').textContent.startsWith(start)",
        arg=start,
        timeout=seconds * 1000,
    )


def strokes_on_pad(page: Page) -> Callable[[], list[list[list[int]]]]:
    """A function that gives what the pad has sent last."""
    sent: list[str] = []
    page.on("request", lambda request: "/queue/join" in request.url and sent.append(request.post_data or ""))
    return lambda: json.loads(sent[-1])["data"][0]


def runtime_choice(page: Page, name: str) -> Locator:
    return page.locator("#runtime label", has_text=name)


@pytest.mark.parametrize(
    ("draw", "options"),
    [pytest.param(draw_by_mouse, {}, id="mouse"), pytest.param(draw_by_touch, PHONE, id="touch")],
)
def test_reads_every_digit(
    open_page: Callable[..., Page], drawings: dict[str, Any], draw: Draw, options: dict[str, Any]
) -> None:
    page = open_page(**options)
    says(page, "Draw a digit")
    for label, strokes in drawings.items():
        draw(page, strokes)
        says(page, f"{label}, ")
        page.locator("#pad .clear").click()
        says(page, "Draw a digit")


def test_shows_digit_bars_image_and_latency(open_page: Callable[..., Page], drawings: dict[str, Any]) -> None:
    page = open_page()
    draw_by_mouse(page, drawings["3"])
    says(page, "3, ")
    assert page.locator(".answer .sign").inner_text() == "3"
    assert page.locator(".answer .bars tr").count() == 10
    assert page.locator(".answer .bars tr.best th").inner_text() == "3"
    assert page.locator(".answer .latency strong").inner_text().endswith(" ms")
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


def test_undo_and_clear(open_page: Callable[..., Page], drawings: dict[str, Any]) -> None:
    page = open_page()
    sent = strokes_on_pad(page)
    one = [[[500, 100], [500, 200], [500, 300], [500, 400]]]
    draw_by_mouse(page, one)
    says(page, "1, ")
    box = page.locator("#pad canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 350, box["y"] + 20, steps=10)
    page.mouse.up()
    page.wait_for_timeout(300)
    assert len(sent()) == 2
    page.locator("#pad .undo").click()
    says(page, "1, ")
    assert len(sent()) == 1
    page.locator("#pad .clear").click()
    says(page, "Draw a digit")
    assert page.locator("#pad .paper.blank").count() == 1
    assert page.locator(".answer .bars .value").all_inner_texts() == ["–"] * 10
    for strokes in (drawings["8"], drawings["0"]):  # and on it goes
        draw_by_mouse(page, strokes)
        page.locator("#pad .undo").click()
        page.locator("#pad .undo").click()
    says(page, "Draw a digit")


def test_keyboard_alone_reaches_everything(open_page: Callable[..., Page], drawings: dict[str, Any]) -> None:
    page = open_page()
    draw_by_mouse(page, drawings["7"])
    says(page, "7, ")
    page.locator("#pad canvas").focus()
    for name in ("undo", "clear"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == name
    page.keyboard.press("Enter")
    says(page, "Draw a digit")
    draw_by_mouse(page, drawings["1"])
    says(page, "1, ")
    page.locator("#pad canvas").focus()
    page.keyboard.press("Control+z")
    says(page, "Draw a digit")
    draw_by_mouse(page, drawings["1"])
    says(page, "1, ")
    page.keyboard.press("Delete")
    says(page, "Draw a digit")
    reached = set()
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.closest('#model, #runtime')?.id"))
    assert {"model", "runtime"} <= reached


def test_another_runtime_answers_the_same_drawing(open_page: Callable[..., Page], drawings: dict[str, Any]) -> None:
    page = open_page()
    draw_by_mouse(page, drawings["6"])
    says(page, "6, ")
    for name in page.locator("#runtime label").all_inner_texts()[::-1]:
        runtime_choice(page, name).click()
        page.locator(".answer .latency", has_text=f"on {name}").wait_for(timeout=OPENING_S * 1000)
        says(page, "6, ")
        assert page.locator("#pad .paper.blank").count() == 0


def test_another_model_answers_the_same_drawing(open_page: Callable[..., Page], drawings: dict[str, Any]) -> None:
    page = open_page()
    draw_by_mouse(page, drawings["9"])
    says(page, "9, ")
    runtime_choice(page, "onnxruntime").click()
    page.locator(".answer .latency", has_text="on onnxruntime").wait_for()
    page.locator("#model input").click()
    option = page.get_by_role("option", name="lenet5.light")
    assert "99.99 %" in option.inner_text()
    option.click()
    page.locator(".answer .latency", has_text="lenet5.light on litert").wait_for()  # it has no file for onnxruntime
    says(page, "9, ")
    assert runtime_choice(page, "onnxruntime").count() == 0
    assert page.locator("#pad .paper.blank").count() == 0


def test_phone_has_no_sideways_scrolling(open_page: Callable[..., Page], drawings: dict[str, Any]) -> None:
    page = open_page(**PHONE)
    draw_by_touch(page, drawings["4"])
    says(page, "4, ")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("scrollY") == 0, "the drawing finger scrolled the page"
    for selector in ("#pad .undo", "#pad .clear", "#runtime label"):
        assert page.locator(selector).first.bounding_box()["height"] >= 36  # type: ignore[index]
    # The canvas has as many pixels as the screen, so that the line is sharp.
    width, pixels = page.evaluate("(c => [c.clientWidth, c.width])(document.querySelector('#pad canvas'))")
    assert pixels == 3 * width


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
