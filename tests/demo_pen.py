"""Draws on the pad as a person does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

Point = Sequence[float]
FILLED = 0.7  # of the pad's side, by the longer side of the digit


def on_pad(page: Page, strokes: Sequence[Sequence[Point]]) -> list[list[tuple[float, float]]]:
    """The strokes in the middle of the pad, in the page's pixels; waits until the pad takes a pen.

    When the page has just come, what Gradio calls its loader lies over it for a tenth of a second, unseen.
    """
    canvas = page.locator("#pad canvas")
    canvas.click(trial=True)  # scrolls to it, and waits until nothing covers it
    box = canvas.bounding_box()
    assert box is not None
    xs, ys = zip(*chain.from_iterable(strokes), strict=True)
    scale = FILLED * box["width"] / max(max(xs) - min(xs), max(ys) - min(ys))
    left = box["x"] + box["width"] / 2 - scale * (min(xs) + max(xs)) / 2
    top = box["y"] + box["height"] / 2 - scale * (min(ys) + max(ys)) / 2
    return [[(left + scale * x, top + scale * y) for x, y in stroke] for stroke in strokes]


def draw_by_mouse(page: Page, strokes: Sequence[Sequence[Point]]) -> None:
    """Press, move, release."""
    for first, *rest in on_pad(page, strokes):
        page.mouse.move(*first)
        page.mouse.down()
        for point in rest:
            page.mouse.move(*point)
        page.mouse.up()


def draw_by_touch(page: Page, strokes: Sequence[Sequence[Point]]) -> None:
    """Put a finger down, move it, lift it."""
    devtools = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    for first, *rest in on_pad(page, strokes):
        touch("touchStart", first)
        for point in rest:
            touch("touchMove", point)
        touch("touchEnd")
    devtools.detach()


Draw = Callable[["Page", Sequence[Sequence[Point]]], None]
