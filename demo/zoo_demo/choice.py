"""The choice of architecture, runtime and precision: a Gradio component that offers only what exists."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

from zoo.contract.pack import Pack
from zoo.plugins import load_plugins
from zoo_demo._assets import asset
from zoo_demo._gradio import gr
from zoo_demo._html import template_text
from zoo_demo.models import DrawableModels, pairs, size_text

__all__ = ["make_choice", "model_label"]


def make_choice(models: DrawableModels, **options: Any) -> gr.HTML:
    """Make the fields. The page itself knows which runtimes and precisions a model has, and asks nobody.

    Its value is an object with ``model``, ``runtime`` and ``precision``; the event ``input`` comes when one changes.

    Parameters
    ----------
    models : DrawableModels
    **options
        As for `gradio.HTML`.
    """
    offered = pairs(models.packs[models.default])
    runtime, precisions = next(iter(offered.items()))
    return gr.HTML(
        {"model": models.default, "runtime": runtime, "precision": next(iter(precisions))},
        html_template=_fields(models),
        css_template=asset("choice.css"),
        js_on_load=asset("choice.js"),
        apply_default_css=False,
        **options,
    )


def model_label(pack: Pack) -> str:
    """Id, accuracy and size: ``lenet5.mnist · 99.20 % · 279 kB``."""
    return f"{pack.id} · {pack.accuracy * 100:.2f} % · {size_text(pack.size_bytes)}"


def _fields(models: DrawableModels) -> str:
    """All models, runtimes and precisions; the script hides what the chosen model does not have."""
    first: dict[str, int] = {}
    for place, pack in enumerate(models.packs.values()):
        first.setdefault(pack.architecture, place)
    ordered = sorted(models.packs.values(), key=lambda pack: first[pack.architecture])
    groups = []
    runtimes: dict[str, None] = {}
    precisions: dict[str, None] = {}
    for name, packs in groupby(ordered, key=lambda pack: pack.architecture):
        options = []
        for pack in packs:
            offered = pairs(pack)
            runtimes.update(dict.fromkeys(offered))
            precisions.update(dict.fromkeys(each for sizes in offered.values() for each in sizes))
            options.append(_option(pack, offered, pack.id == models.default))
        groups.append(f'<optgroup label="{template_text(_group_label(name))}">{"".join(options)}</optgroup>')
    return f"""\
<details open>
<summary></summary>
<div class="field">
  <label for="zoo-model">Model</label>
  <select id="zoo-model">{"".join(groups)}</select>
  <p class="about"></p>
</div>
{_radios("Runtime", "runtime", list(runtimes))}
{_radios("Precision", "precision", list(precisions))}
</details>"""


def _group_label(architecture: str) -> str:
    known = load_plugins().architectures.get(architecture)
    return f"{architecture}: {known.summary}" if known else architecture


def _option(pack: Pack, offered: dict[str, dict[str, int]], chosen: bool) -> str:
    data = {
        runtime: {precision: size_text(size) for precision, size in sizes.items()} for runtime, sizes in offered.items()
    }
    about = f"{pack.parameters:,} parameters"
    if pack.macs is not None:
        about += f", {pack.macs:,} multiply-adds"
    return (
        f'<option value="{template_text(pack.id)}" data-files="{template_text(json.dumps(data))}" '
        f'data-about="{about}"{" selected" if chosen else ""}>{template_text(model_label(pack))}</option>'
    )


def _radios(legend: str, name: str, values: list[str]) -> str:
    labels = "".join(
        f'<label><input type="radio" name="zoo-{name}" value="{value}"><span>{value}</span></label>'
        for value in map(template_text, values)
    )
    return f'<fieldset class="field {name}s"><legend>{legend}</legend><div class="segments">{labels}</div></fieldset>'
