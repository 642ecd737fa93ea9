"""How a cell is measured: what the figures of ``zoo benchmark`` mean. ``docs/benchmarks.md`` says it in words."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FULL", "QUICK", "SCENARIOS", "Protocol"]

SCENARIOS = ("single", "offline", "cold", "memory", "size", "accuracy")


@dataclass(frozen=True)
class Protocol:
    """The numbers of the protocol."""

    name: str  # stands wherever figures do, so that quick ones are never taken for full ones
    repeats: int  # rounds over all cells; each is a fresh process per cell
    seconds: float  # the least time that a scenario takes in a round
    warm_up: int = 10  # calls before the first that counts; of large batches, as many as fit into the time that counts
    block: int = 10  # calls of the session that count before the bare loop has its turn
    batches: tuple[int, ...] = (1, 8, 32, 128, 512)  # among which the best batch is looked for
    kept_samples: int = 1000  # of a round, in evenly spaced blocks; percentiles are taken over all


FULL = Protocol("full", repeats=5, seconds=2.0)
QUICK = Protocol("quick", repeats=1, seconds=0.1)
