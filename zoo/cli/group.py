"""The command group that plugins add their verbs to."""

from __future__ import annotations

from collections.abc import Callable

import click

from zoo.errors import UnknownNameError

__all__ = ["ZooGroup"]


class ZooGroup(click.Group):
    """A group that refuses a verb twice and suggests the nearest one for a mistyped verb.

    Attributes
    ----------
    claim : callable
        Is told each verb before it is added; raises when the verb is taken.
    """

    claim: Callable[[str], None] = staticmethod(lambda verb: None)

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a verb, unless it exists."""
        self.claim(name or cmd.name or "")
        super().add_command(cmd, name)

    def invoke(self, ctx: click.Context) -> None:
        """Run a verb. What it returns is dropped: click would take it for an exit code."""
        super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; a mistyped one is a usage error."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            raise click.UsageError(str(UnknownNameError("command", args[0], self.commands)), ctx)
        return super().resolve_command(ctx, args)
