"""The same drawing through every runtime and precision of a model, and through every architecture."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

from zoo.canvas import BlankImageError
from zoo.contract.pack import NOT_SURE
from zoo.errors import ZooError
from zoo_demo._html import milliseconds, notice, percent
from zoo_demo.answer import withheld
from zoo_demo.drawing import blank_text, digit_images
from zoo_demo.models import Choice, DrawableModels, pairs
from zoo_demo.sessions import SessionCache

if TYPE_CHECKING:
    import numpy as np

__all__ = ["PROMPT", "Row", "compare", "every_model", "every_runtime"]

PROMPT = "Nothing drawn yet. Draw a digit, and every runtime, precision and architecture answers it here."
REFERENCE = "keras"  # the runtime that the others are compared with: what was trained, in full precision
PAUSE_S = 0.15  # between two states of the tables that are shown while they fill

# A model may take half a minute to open. Whoever looks at the tables need not wait for that, and may turn away.
_OPENERS = ThreadPoolExecutor(4, "compare")


@dataclass(frozen=True)
class Row:
    """One line of a comparison.

    Attributes
    ----------
    choice : Choice
    probabilities : ndarray of shape (digits, classes), float32, or None
        None as long as there is no answer.
    latency_ms : float
    problem : str
        Why there will be no answer; empty when nothing went wrong.
    """

    choice: Choice
    probabilities: np.ndarray | None = None
    latency_ms: float = 0.0
    problem: str = ""

    @property
    def label(self) -> str | None:
        """The digit, or the number; a question mark stands for what is probably no digit."""
        if self.probabilities is None:
            return None
        pack = self.choice.pack
        digits = zip(self.probabilities.argmax(axis=1), withheld(pack, self.probabilities), strict=True)
        return "".join("?" if rejected else pack.classes[int(best)] for best, rejected in digits)


def every_runtime(choice: Choice) -> list[Choice]:
    """All pairs of runtime and precision that the chosen model has files for."""
    return [
        replace(choice, runtime=runtime, precision=precision)
        for runtime, sizes in pairs(choice.pack).items()
        for precision in sizes
    ]


def every_model(choice: Choice, models: DrawableModels) -> list[Choice]:
    """All models, each on the chosen runtime and precision if it can, or else on its lightest."""
    found = []
    for pack in models.packs.values():
        offered = pairs(pack)
        if choice.precision in offered.get(choice.runtime, {}):
            found.append(replace(choice, pack=pack))
        else:
            runtime, sizes = next(iter(offered.items()))
            found.append(Choice(pack, runtime, next(iter(sizes))))
    return found


def compare(drawing: object, choice: object, models: DrawableModels, sessions: SessionCache) -> Generator[str]:
    """Fill both tables, and give their HTML now and then, also while a model is being opened; that comes last.

    Whoever needs no more closes the generator.

    Parameters
    ----------
    drawing, choice : object
        What the page has sent; see `zoo_demo.drawing.digit_images` and `zoo_demo.models.DrawableModels.choose`.
    models : DrawableModels
    sessions : SessionCache
    """
    try:
        chosen = models.choose(choice)
        images = digit_images(drawing)
    except BlankImageError:
        yield notice(blank_text(drawing, PROMPT))
        return
    except ZooError as error:
        yield notice(str(error), "problem")
        return
    runtimes = [Row(each) for each in every_runtime(chosen)]
    architectures = [Row(each) for each in every_model(chosen, models)]
    for rows in (architectures, runtimes):
        for _ in _filled(rows, images, sessions):
            yield _runtimes(runtimes) + _architectures(architectures, chosen)
    yield _runtimes(runtimes) + _architectures(architectures, chosen)


def _filled(rows: list[Row], images: np.ndarray, sessions: SessionCache) -> Generator[None]:
    """Answer row by row, and stop where it is time to show how far that has come."""
    last = 0.0
    for place, row in enumerate(rows):
        if sessions.is_open(row.choice):
            if time.monotonic() - last > PAUSE_S:
                yield
                last = time.monotonic()
            rows[place] = _answered(row, images, sessions)
            continue
        opening = _OPENERS.submit(_answered, row, images, sessions)
        try:
            yield
            while not wait((opening,), PAUSE_S).done:
                yield
            rows[place] = opening.result()
        finally:
            opening.cancel()


def _answered(row: Row, images: np.ndarray, sessions: SessionCache) -> Row:
    try:
        run = sessions.run(row.choice, images)
    except ZooError as error:
        return replace(row, problem=str(error))
    return replace(row, probabilities=run.probabilities, latency_ms=run.latency_ms)


def _runtimes(rows: Sequence[Row]) -> str:
    reference = next((row for row in rows if (row.choice.runtime, row.choice.precision) == (REFERENCE, "fp32")), None)
    truth = reference.probabilities if reference else None

    def difference(row: Row) -> str:
        if row is reference:
            return "the reference"
        if reference is None:
            return "Keras cannot open it here"
        if row.probabilities is None or truth is None:
            return "…"
        largest = abs(row.probabilities - truth).max()
        return f"{largest:.1e}" if largest else "none"

    return _table(
        f"{rows[0].choice.pack.id} on every runtime and precision",
        {
            "Runtime": lambda row: row.choice.runtime,
            "Precision": lambda row: row.choice.precision,
            **_ANSWER,
            "Largest difference to Keras": difference,
        },
        rows,
        expected=reference.label if reference and reference.label else _majority(rows),
    )


def _architectures(rows: Sequence[Row], chosen: Choice) -> str:
    own = next((row.label for row in rows if row.choice.pack.id == chosen.pack.id), None)
    return _table(
        "Every model on this drawing",
        {
            "Model": lambda row: row.choice.pack.id,
            **_ANSWER,
            "Test accuracy": lambda row: f"{row.choice.pack.accuracy * 100:.2f} %",
            "Runs on": lambda row: f"{row.choice.runtime} {row.choice.precision}",
        },
        rows,
        expected=own or _majority(rows),
    )


def _majority(rows: Sequence[Row]) -> str | None:
    counted = Counter(row.label for row in rows if row.label is not None)
    return counted.most_common(1)[0][0] if counted else None


def _probability(row: Row) -> str:
    assert row.probabilities is not None
    return percent(float(row.probabilities.max(axis=1).min()))  # of a number, that of the least certain digit


# The columns that both tables have. None of them is asked of a row that has no answer.
_ANSWER: dict[str, Callable[[Row], str]] = {
    "Answer": lambda row: str(row.label),
    "Probability": _probability,
    "Latency": lambda row: f"{milliseconds(row.latency_ms)} ms",
}


def _table(title: str, columns: dict[str, Callable[[Row], str]], rows: Sequence[Row], *, expected: str | None) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join(_line(row, columns, expected) for row in rows)
    return (
        f'<section class="comparison"><h2>{escape(title)}</h2><p class="verdict">{escape(_verdict(rows, expected))}</p>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(title)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></section>"
    )


def _line(row: Row, columns: dict[str, Callable[[Row], str]], expected: str | None) -> str:
    differs = row.label is not None and row.label != expected
    cells = []
    for place, (name, column) in enumerate(columns.items()):
        text = "…" if row.label is None and name in _ANSWER else escape(column(row))
        if place == 0:
            cells.append(f'<th scope="row">{text}</th>')
        elif name == "Answer":
            mark = ' <span class="mark">differs</span>' if differs else ""
            cells.append(f'<td class="label">{text}{mark}</td>')
        else:
            cells.append(f"<td>{text}</td>")
    line = f'<tr class="{"differs" if differs else ""}">{"".join(cells)}</tr>'
    if row.problem:
        line += f'<tr class="failed"><td colspan="{len(columns)}">{escape(row.problem)}</td></tr>'
    return line


def _verdict(rows: Sequence[Row], expected: str | None) -> str:
    """What the table comes to, in a sentence."""
    answered = [row for row in rows if row.label is not None]
    waiting = sum(row.label is None and not row.problem for row in rows)
    if not answered:
        return "Opening the models"
    others = sum(row.label != expected for row in answered)
    said = f"“{NOT_SURE}”" if expected == "?" else expected
    if others:
        text = f"{others} of {len(answered)} {'disagrees' if others == 1 else 'disagree'} with {said}"
    else:
        text = f"All {len(answered)} answer {said}" if len(answered) > 1 else f"It answers {said}"
    return f"{text}; {waiting} to come" if waiting else text
