"""Views that take a while: of those that a browser has asked for, only the last goes on."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Hashable, Iterator
from contextlib import closing
from typing import Any

from zoo_demo._gradio import gr

__all__ = ["Latest"]


class Latest:
    """Tells which request for a view is the last one of its browser."""

    def __init__(self) -> None:
        self._running: dict[Hashable, int] = {}
        self._numbers = itertools.count(1)

    def states(self, who: Hashable, states: Generator[str]) -> Iterator[Any]:
        """Pass on what a view shows one after the other, until the same view is asked for again.

        Each state carries the number of its request, by which the page tells an old one (`assets/follow.js`).

        Parameters
        ----------
        who : hashable
            The view, and the browser that sees it.
        states : generator of str
            HTML; the same again is not passed on. It is closed when the view was asked for anew.
        """
        number = next(self._numbers)
        self._running[who] = number
        last = None
        try:
            with closing(states):
                for state in states:
                    if self._running.get(who) != number:
                        yield gr.skip()  # or else Gradio would send the last state once more
                        return
                    if state != last:
                        last = state
                        yield f'<div data-request="{number}">{state}</div>'
        finally:
            if self._running.get(who) == number:
                del self._running[who]
