"""How a cell is measured: what the figures of ``zoo benchmark`` mean. ``docs/benchmarks.md`` says it in words."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FULL", "QUICK", "SCENARIOS", "Protocol"]

SCENARIOS = ("single", "offline", "cold", "memory", "size", "accuracy")


@dataclass(frozen=True)
class Protocol:
    """The numbers of the protocol.

    Parameters
    ----------
    name : str
        Stands in ``run.json``, in the JSON of every cell, in the report and in the plots, so that quick figures are
        never taken for full ones.
    repeats : int
        Rounds over all cells; each is a fresh process per cell.
    seconds : float
        The least time that a scenario takes in a round.
    warm_up : int
        Calls before the first that counts; of large batches, as many as the time allows that counts afterwards.
    block : int
        Calls of the session that count before the bare loop has its turn; the first of a turn does not.
    batches : tuple of int
        Among which the best batch is looked for.
    kept_samples : int
        Raw samples of a round that are written, in evenly spaced blocks; percentiles are taken over all.
    """

    name: str
    repeats: int
    seconds: float
    warm_up: int = 10
    block: int = 10
    batches: tuple[int, ...] = (1, 8, 32, 128, 512)
    kept_samples: int = 1000


FULL = Protocol("full", repeats=5, seconds=2.0)
QUICK = Protocol("quick", repeats=1, seconds=0.1)
