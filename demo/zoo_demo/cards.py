"""The Models tab: a table of all models, and the card of one."""

from __future__ import annotations

import re
from html import escape

from zoo.contract.pack import Pack
from zoo.errors import ZooError
from zoo_demo._html import png_url
from zoo_demo.models import DrawableModels, pairs, size_text

__all__ = ["MAX_CARD_BYTES", "model_card", "render_models"]

MAX_CARD_BYTES = 100_000
_CONFUSION = "confusion_matrix.png"


def render_models(models: DrawableModels) -> str:
    """All models that can be drawn at, as an HTML table."""
    heads = ("Model", "Accuracy", "Parameters", "Multiply-adds", "Size", "Runs on")
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    return (
        '<section class="report"><h2>All models</h2><div class="scroll" tabindex="0" role="region" aria-label="Models">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(map(_row, models.packs.values()))}</tbody></table></div>"
        "</section>"
    )


def _row(pack: Pack) -> str:
    runtimes = ", ".join(f"{runtime} ({', '.join(sizes)})" for runtime, sizes in pairs(pack).items())
    macs = f"{pack.macs:,}" if pack.macs is not None else "not counted"
    numbers = (f"{pack.accuracy * 100:.2f} %", f"{pack.parameters:,}", macs, size_text(pack.size_bytes))
    cells = "".join(f"<td>{text}</td>" for text in numbers)
    return f'<tr><th scope="row">{escape(pack.id)}</th>{cells}<td>{escape(runtimes)}</td></tr>'


def model_card(model: object, models: DrawableModels) -> tuple[str, str]:
    """The card of a pack.

    Parameters
    ----------
    model : object
        What the page has sent, an id.
    models : DrawableModels

    Returns
    -------
    card : str
        Markdown, without the front matter and without images and links that lead into the pack's folder.
    confusion : str
        HTML: its confusion matrix, or nothing.
    """
    try:
        pack = models.find(str(model))
    except ZooError as error:
        return str(error), ""
    try:
        text = (pack.folder / "README.md").read_bytes()[:MAX_CARD_BYTES].decode("utf-8", "replace")
    except OSError:
        text = f"# {pack.id}\n\nThis pack has no card."
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    text = re.sub(r"!\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\[([^\]]*)\]\((?!https?://)[^)]*\)", r"\1", text)
    return text, _confusion(pack)


def _confusion(pack: Pack) -> str:
    try:
        data = (pack.folder / _CONFUSION).read_bytes()
    except OSError:
        return ""
    if len(data) > MAX_CARD_BYTES * 10:
        return ""
    alt = f"Confusion matrix of {pack.id} on its test images; evaluation.json in the pack has the numbers."
    return f'<img class="confusion" src="{png_url(data)}" alt="{escape(alt)}">'
