"""Options that several verbs share, so that each is named and explained once."""

from __future__ import annotations

import click

__all__ = [
    "gate_option",
    "json_option",
    "parity_data_option",
    "precision_option",
    "quiet_option",
    "runtime_option",
    "threads_option",
]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
quiet_option = click.option("--quiet", is_flag=True, help="Print results only, no progress.")
precision_option = click.option("--precision", default="fp32", show_default=True, help="Precision of the file.")
runtime_option = click.option(
    "--runtime",
    help="What runs the model: NAME, or NAME:PROVIDER for an execution provider; by default the lightest that is "
    "installed.",
)
threads_option = click.option("--threads", type=click.IntRange(1), help="Threads of one inference.")
gate_option = click.option(
    "--gate",
    "limits",
    multiple=True,
    metavar="NAME=VALUE",
    help="Another limit than the precision's own: max_difference, largest_flipped_gap, min_agreement, "
    "max_accuracy_drop. From 0 to 1; 'none' lifts it. May be given more than once.",
)
parity_data_option = click.option(
    "--parity-data", metavar="DATASET", help="Compare on another data set than the model's own, such as digits."
)
