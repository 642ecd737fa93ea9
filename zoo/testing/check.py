"""What a check is, and how several are run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from zoo.errors import ContractError, error_line

__all__ = ["Check", "Outcome", "demand", "one_line", "run_checks", "run_or_raise"]


@dataclass(frozen=True)
class Check:
    """One demand of the contract on one thing that a plugin registered. Call it to check.

    Parameters
    ----------
    subject : str
        Name of the thing: ``"hello"``.
    name : str
        Name of the check: ``"learns"``.
    demand : str
        What the thing must do, as the end of a sentence: "learns scikit-learn's digits ...".
    function : callable
        Raises `zoo.ZooError` when the demand is not met, with what was found and what to do.
    slow : bool
        Whether it takes longer than a few seconds, as those do that start a converter.
    """

    subject: str
    name: str
    demand: str
    function: Callable[[], None]
    slow: bool = False

    def __call__(self) -> None:
        """Run the check.

        Raises
        ------
        ContractError
            When the demand is not met.
        """
        try:
            self.function()
        except ContractError:
            raise
        except Exception as error:  # somebody's code under test raises anything; the report names what it was
            raise ContractError(f"{self.subject} must be one that {self.demand}, but: {error_line(error)}") from error

    def __str__(self) -> str:
        return f"{self.subject}-{self.name}"

    __repr__ = __str__


@dataclass(frozen=True)
class Outcome:
    """What became of a check.

    Attributes
    ----------
    check : Check
    error : ContractError or None
        Why it failed; None when it passed.
    seconds : float
        How long it took.
    """

    check: Check
    error: ContractError | None
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether the demand is met."""
        return self.error is None


def demand(condition: object, message: str) -> None:
    """Raise `ContractError` with a message unless a condition holds."""
    if not condition:
        raise ContractError(message)


def one_line(thing: object, *names: str) -> None:
    """Refuse a thing whose attributes of these names are not one line of text each."""
    for name in names:
        text = getattr(thing, name)
        demand(
            isinstance(text, str) and text.strip() and "\n" not in text, f"{name} is {text!r}; give one line of text."
        )


def run_checks(checks: Iterable[Check], report: Callable[[Outcome], None] = lambda outcome: None) -> list[Outcome]:
    """Run checks one after the other, whatever becomes of each.

    Parameters
    ----------
    checks : iterable of Check
    report : callable
        Is given each outcome once it is there.

    Returns
    -------
    list of Outcome
        One per check, in order.
    """
    outcomes = []
    for check in checks:
        error = None
        start = time.perf_counter()
        try:
            check()
        except ContractError as failure:
            error = failure
        outcome = Outcome(check, error, time.perf_counter() - start)
        report(outcome)
        outcomes.append(outcome)
    return outcomes


def run_or_raise(checks: Iterable[Check], report: Callable[[Outcome], None]) -> list[Outcome]:
    """As `run_checks`; at the end raises one `ContractError` that tells all that failed."""
    outcomes = run_checks(checks, report)
    failed = [f"{outcome.check.name}: {outcome.error}" for outcome in outcomes if not outcome.passed]
    if failed:
        raise ContractError(f"{len(failed)} of {len(outcomes)} checks failed.\n" + "\n".join(failed))
    return outcomes
