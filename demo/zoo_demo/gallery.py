"""Digits that people really drew, to be tried with a click."""

from __future__ import annotations

import functools
import json
from typing import Any

from zoo_demo._assets import asset
from zoo_demo._gradio import gr
from zoo_demo._html import template_text

__all__ = ["examples", "make_gallery"]


@functools.cache
def examples() -> dict[str, Any]:
    """What ``assets/examples.json`` holds: source, license, changes, and groups of drawings with title and note."""
    found: dict[str, Any] = json.loads(asset("examples.json"))
    return found


def make_gallery(**options: Any) -> gr.HTML:
    """Make the thumbnails; a click puts the strokes on the pad, and the page does the rest."""
    data = examples()
    groups = "".join(
        f"<h3>{template_text(group['title'])}</h3><ul>{''.join(map(_thumbnail, group['drawings']))}</ul>"
        for group in data["groups"]
    )
    source = template_text(f"{data['source']}. {data['license']}. {data['changes']}")
    return gr.HTML(
        "",
        html_template=f'<section aria-label="Examples"><h2>Real handwriting</h2>{groups}<p>{source}</p></section>',
        css_template=asset("gallery.css"),
        js_on_load=asset("gallery.js"),
        apply_default_css=False,
        **options,
    )


def _thumbnail(drawing: dict[str, Any]) -> str:
    strokes = drawing["strokes"]
    xs, ys = zip(*(point for stroke in strokes for point in stroke), strict=True)
    side = max(max(xs) - min(xs), max(ys) - min(ys), 1) * 1.3
    left, top = (min(xs) + max(xs) - side) / 2, (min(ys) + max(ys) - side) / 2
    lines = "".join(f'<polyline points="{" ".join(f"{x},{y}" for x, y in stroke)}"/>' for stroke in strokes)
    text = template_text(drawing["note"])
    return (
        f'<li><button type="button" data-strokes="{json.dumps(strokes, separators=(",", ":"))}" title="{text}" '
        f'aria-label="{text}"><svg viewBox="{left:.0f} {top:.0f} {side:.0f} {side:.0f}" aria-hidden="true" '
        f'stroke-width="{side * 0.06:.1f}">{lines}</svg></button></li>'
    )
