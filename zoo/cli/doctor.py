"""The verb that looks at the whole installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zoo.cli.output import json_option, print_json, print_table

if TYPE_CHECKING:
    from zoo.doctor import Diagnosis, RuntimeReport
    from zoo.plugins import Plugin

__all__ = ["doctor"]


@click.command()
@click.option("--quick", is_flag=True, help="Do not ask every runtime for an answer.")
@json_option
def doctor(quick: bool, as_json: bool) -> None:
    """Look at the installation: versions, extras, plugins, data, runtimes, packs, threads.

    The exit code is 1 when something does not work. What is merely not installed is no problem.
    """
    from zoo.doctor import diagnose

    found = diagnose(attempt=not quick)
    if as_json:
        print_json(found.to_dict())
    else:
        _print_diagnosis(found)
    if found.problems:
        raise click.exceptions.Exit(1)


def _print_diagnosis(found: Diagnosis) -> None:
    click.echo(f"digit-zoo {found.version}, Python {found.python}, {found.system}\n")
    packages = [(item.package, item.wanted, item.version or "missing", item.extra) for item in found.requirements]
    print_table(("package", "needed", "installed", "extra"), packages)
    click.echo()
    plugins = [(item.name, item.version, f"{item.load_ms / 1000:.3f}", _plugin_state(item)) for item in found.plugins]
    print_table(("plugin", "version", "seconds", "state"), plugins, right=(2,))
    click.echo()
    runtimes = [(item.name, " ".join(item.formats), _runtime_state(item)) for item in found.runtimes]
    print_table(("runtime", "opens", "state"), runtimes)
    click.echo()
    print_table(("data set", "found"), [(data.name, data.place or data.note) for data in found.data])
    packs, threads = found.packs, found.threads
    click.echo(f"\npacks    {packs['own']} yours in {packs['folder']}, {packs['bundled']} bundled")
    limits = "".join(f", {name}={value}" for name, value in threads["variables"].items())
    click.echo(f"threads  {threads['usable']} of {threads['cores']} cores are usable{limits}")
    for name, value in found.environment.items():
        click.echo(f"set      {name}={value}")
    click.echo()
    for note in found.notes:
        click.echo(f"Note: {note}")
    for problem in found.problems:
        click.echo(f"PROBLEM: {problem}")
    click.echo(f"{len(found.problems)} problems" if found.problems else "No problem was found.")


def _plugin_state(plugin: Plugin) -> str:
    if plugin.disabled:
        return "disabled"
    return "LEFT OUT" if plugin.error else "SLOW" if plugin.slow else "works"


def _runtime_state(report: RuntimeReport) -> str:
    if not report.installed:
        return f"not installed: {report.fix}"
    if report.error:
        return "FAILED"
    return f"answers {report.tried_with}" if report.tried_with else "installed"
