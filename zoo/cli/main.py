"""Entry point of the ``zoo`` command: plugins, errors and exit codes."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable

import click

from zoo.cli.doctor import doctor
from zoo.cli.evaluate import evaluate
from zoo.cli.export import export, verify
from zoo.cli.models import info, list_
from zoo.cli.plugins import check, new_plugin, plugins
from zoo.cli.predict import predict
from zoo.cli.process import ctrl_c_is_an_interrupt, show_warning, silence_native_code
from zoo.cli.train import train
from zoo.errors import PluginError, ZooError, error_line
from zoo.plugins import Registry, load_plugins

__all__ = ["ZooGroup", "build_cli", "main"]


class ZooGroup(click.Group):
    """A group that refuses a verb twice."""

    claim: Callable[[str], None] = staticmethod(lambda verb: None)
    """Is told each verb before it is added; raises when the verb is taken."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a verb, unless it exists."""
        self.claim(name or cmd.name or "")
        super().add_command(cmd, name)

    def invoke(self, ctx: click.Context) -> None:
        """Run a verb. What it returns is dropped: click would take it for an exit code."""
        super().invoke(ctx)


def build_cli(registry: Registry) -> ZooGroup:
    """The command with its own verbs and those of the plugins."""

    @click.group(cls=ZooGroup, context_settings={"help_option_names": ["-h", "--help"]})
    @click.option("--strict-plugins", is_flag=True, help="Fail when a plugin is broken, instead of leaving it out.")
    @click.option("--debug", is_flag=True, help="Show the traceback of an error.")
    @click.version_option(package_name="digit-zoo", prog_name="zoo")
    def cli(strict_plugins: bool, debug: bool) -> None:
        """A zoo of small image classifiers, handwritten digits first.

        MODEL is an id from 'zoo list' (lenet5.mnist), an architecture (lenet5, its default tag) or the folder of a
        pack.
        """
        broken = [plugin for plugin in registry.plugins if plugin.error]
        for plugin in broken:
            click.echo(f"Plugin {plugin.name} was left out: {plugin.complaint}", err=True)
        if broken and strict_plugins:
            raise PluginError(
                f"{len(broken)} plugins are broken, and --strict-plugins is set. Repair or uninstall them, or name "
                f"them in ZOO_DISABLED_PLUGINS={','.join(plugin.name for plugin in broken)}"
            )

    for command in (list_, info, train, evaluate, export, verify, predict, plugins, check, new_plugin, doctor):
        cli.add_command(command)
    registry.add_commands(cli)
    return cli


def main() -> int:
    """Run the command line; the exit code is 0, 1 for an error, 2 for wrong usage."""
    debug = "--debug" in sys.argv
    if not debug:
        silence_native_code()
    warnings.showwarning = show_warning
    try:
        with ctrl_c_is_an_interrupt():
            # Outside its standalone mode click returns the code of an Exit instead of raising it.
            code: int = build_cli(load_plugins())(standalone_mode=False, prog_name="zoo") or 0
    except click.ClickException as error:  # wrong usage among them, whose exit code is 2
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted. Nothing half-written is left; the same command starts again or goes on.", err=True)
        code = 1
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output left; nobody is there to be told
        code = 1
    except Exception as error:
        if debug:
            raise
        code = 1
        if isinstance(error, ZooError | OSError):  # a full disk, a closed descriptor: the machine's business, not a bug
            click.echo(f"Error: {error}", err=True)
        else:
            click.echo(
                f"Error: {error_line(error)}\nThis is a bug in Digit Zoo or in a plugin. Run the command again as "
                "'zoo --debug ...' and report what it prints.",
                err=True,
            )
    return code
