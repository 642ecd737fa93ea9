"""The verb that holds plugins to the contract."""

from __future__ import annotations

import click

from zoo.cli.options import json_option
from zoo.cli.output import print_json

__all__ = ["check"]


@click.command()
@click.argument("name")
@click.option("--quick", is_flag=True, help="Leave out what takes longer than a few seconds, such as every export.")
@json_option
def check(name: str, quick: bool, as_json: bool) -> None:
    """Check that what a plugin registered keeps the contract.

    NAME is an architecture, a data set (folder:PATH), a format or a runtime; its plugin must be installed. The exit
    code is 1 when a check fails.
    """
    from zoo.testing import Outcome, run_checks
    from zoo.testing.find import find_checks

    def report(outcome: Outcome) -> None:
        if not as_json:
            word = "passed" if outcome.passed else "FAILED"
            click.echo(f"{word}  {outcome.check.name:<18} {outcome.check.demand}, {outcome.seconds:.1f} s")
            if outcome.error is not None:
                click.echo("        " + str(outcome.error).replace("\n", "\n        "))

    checks = [check for check in find_checks(name) if not (quick and check.slow)]
    outcomes = run_checks(checks, report)
    failed = sum(not outcome.passed for outcome in outcomes)
    if as_json:
        print_json(
            [
                {
                    "subject": outcome.check.subject,
                    "check": outcome.check.name,
                    "demand": outcome.check.demand,
                    "passed": outcome.passed,
                    "error": None if outcome.error is None else str(outcome.error),
                    "seconds": round(outcome.seconds, 3),
                }
                for outcome in outcomes
            ]
        )
    else:
        click.echo(f"{name}: {len(outcomes)} checks, {failed} failed")
    if failed:
        raise click.exceptions.Exit(1)
