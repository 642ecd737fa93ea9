"""The Compare tab: the same drawing through every runtime and precision of a model, and through every architecture."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zoo import NOT_SURE
from zoo.canvas import BlankImageError
from zoo.errors import ZooError
from zoo_demo.answer import withheld
from zoo_demo.drawing import blank_text, digit_images
from zoo_demo.models import MADE, BeingMade, Choice, DrawableModels, can_make, export_command, pairs, to_be_made
from zoo_demo.sessions import SessionCache
from zoo_demo.views import notice, render

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
    """One line of a comparison: probabilities (digits, classes) as soon as there is an answer, or why there is none."""

    choice: Choice
    probabilities: np.ndarray | None = None
    latency_ms: float = 0.0
    problem: str = ""
    made_when_chosen: bool = False  # there is no file yet

    @property
    def label(self) -> str | None:
        """The digit, or the number; a question mark stands for what is probably no digit."""
        if self.probabilities is None:
            return None
        pack = self.choice.pack
        digits = zip(self.probabilities.argmax(axis=1), withheld(pack, self.probabilities), strict=True)
        return "".join("?" if rejected else pack.classes[int(best)] for best, rejected in digits)

    @property
    def probability(self) -> float:
        """Of the label; of a number, that of the least certain digit."""
        assert self.probabilities is not None
        return float(self.probabilities.max(axis=1).min())

    @property
    def is_pending(self) -> bool:
        """Whether there is more to come."""
        return self.probabilities is None and not self.problem and not self.made_when_chosen


def every_runtime(choice: Choice) -> list[Row]:
    """A row for each pair of runtime and precision that the chosen model has a file for, or could have one."""
    rows = [
        Row(replace(choice, runtime=runtime, precision=precision))
        for runtime, sizes in pairs(choice.pack).items()
        for precision in sizes
    ]
    for runtime, exporter in to_be_made(choice.pack).items():
        absent = replace(choice, runtime=runtime, precision=MADE)
        remedy = f"Make its file first: {export_command(choice.pack, exporter.format)}"
        rows.append(Row(absent, made_when_chosen=True) if can_make(exporter) else Row(absent, problem=remedy))
    return rows


def every_model(choice: Choice, models: DrawableModels) -> list[Row]:
    """A row for each model, on the chosen runtime and precision if it can, or else on its lightest."""
    found = []
    for pack in models.packs.values():
        offered = pairs(pack)
        if choice.precision in offered.get(choice.runtime, {}):
            found.append(Row(replace(choice, pack=pack)))
        else:
            runtime, sizes = next(iter(offered.items()))
            found.append(Row(Choice(pack, runtime, next(iter(sizes)))))
    return found


def compare(drawing: object, choice: object, models: DrawableModels, sessions: SessionCache) -> Generator[str]:
    """Fill both tables, and give their HTML now and then, also while a model is being opened; that comes last.

    Drawing and choice are what the page has sent. Whoever needs no more closes the generator.
    """
    try:
        chosen = models.choose(choice)
        images = digit_images(drawing)
    except BlankImageError:
        yield notice(blank_text(drawing, PROMPT))
        return
    except ZooError as error:
        yield notice(str(error), "making" if isinstance(error, BeingMade) else "problem")
        return
    runtimes, architectures = every_runtime(chosen), every_model(chosen, models)
    for rows in (architectures, runtimes):
        for _ in _filled(rows, images, sessions):
            yield _tables(runtimes, architectures, chosen)
    yield _tables(runtimes, architectures, chosen)


def _filled(rows: list[Row], images: np.ndarray, sessions: SessionCache) -> Generator[None]:
    """Answer row by row, and stop where it is time to show how far that has come."""
    last = 0.0
    for place, row in enumerate(rows):
        if not row.is_pending:
            continue
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


def _tables(runtimes: Sequence[Row], architectures: Sequence[Row], chosen: Choice) -> str:
    reference = next(
        (row for row in runtimes if (row.choice.runtime, row.choice.precision) == (REFERENCE, "fp32")), None
    )
    expected = (reference.label if reference else None) or _majority(runtimes)
    own = next((row.label for row in architectures if row.choice.pack.id == chosen.pack.id), None)
    expected_of_models = own or _majority(architectures)
    return render(
        "compare.html",
        model=chosen.pack.id,
        runtimes=[(row, _difference(row, reference)) for row in runtimes],
        expected=expected,
        verdict=_verdict(runtimes, expected),
        architectures=architectures,
        expected_of_models=expected_of_models,
        verdict_on_models=_verdict(architectures, expected_of_models),
    )


def _difference(row: Row, reference: Row | None) -> str:
    """The largest difference between two probabilities of a class, in words where there is no number."""
    if row.made_when_chosen:
        return "not made yet, made when chosen"
    if row is reference:
        return "the reference"
    if reference is None:
        return "Keras cannot open it here"
    if row.probabilities is None or reference.probabilities is None:
        return "…"
    largest = abs(row.probabilities - reference.probabilities).max()
    return f"{largest:.1e}" if largest else "none"


def _majority(rows: Sequence[Row]) -> str | None:
    counted = Counter(row.label for row in rows if row.label is not None)
    return counted.most_common(1)[0][0] if counted else None


def _verdict(rows: Sequence[Row], expected: str | None) -> str:
    """What the table comes to, in a sentence."""
    answered = [row for row in rows if row.label is not None]
    waiting = sum(row.is_pending for row in rows)
    if not answered:
        return "Opening the models"
    others = sum(row.label != expected for row in answered)
    said = f"“{NOT_SURE}”" if expected == "?" else expected
    if others:
        text = f"{others} of {len(answered)} {'disagrees' if others == 1 else 'disagree'} with {said}"
    else:
        text = f"All {len(answered)} answer {said}" if len(answered) > 1 else f"It answers {said}"
    return f"{text}; {waiting} to come" if waiting else text
