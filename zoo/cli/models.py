"""Verbs about trained models: list, info."""

from __future__ import annotations

import click

from zoo.cli.output import json_option, percent, print_json, print_table
from zoo.contract.pack import Cell, Pack
from zoo.packs.store import get_pack, list_models, shadowed
from zoo.plugins import load_plugins

__all__ = ["info", "list_"]

LIST_KEYS = ("id", "architecture", "tag", "parameters", "accuracy", "size_bytes", "formats")  # of ``zoo list --json``


@click.command("list")
@click.argument("pattern", default="*")
@json_option
def list_(pattern: str, as_json: bool) -> None:
    """List trained models, and architectures that are not trained yet.

    PATTERN may hold wildcards: 'lenet*', '*.mnist'.
    """
    import fnmatch

    packs = list_models(pattern)
    if as_json:
        print_json([{key: getattr(pack, key) for key in LIST_KEYS} for pack in packs])
        return
    rows = [
        (
            pack.id,
            f"{pack.parameters:,}",
            percent(pack.accuracy),
            pack.manifest["dataset"]["name"],
            f"{pack.size_bytes:,}",
            " ".join(pack.formats),
            "yours, hides the bundled one" if shadowed(pack) else "bundled" if pack.bundled else "yours",
        )
        for pack in packs
    ]
    trained = {pack.architecture for pack in packs}
    rows += [
        (name, "", "", "", "", "", f"not trained: zoo train {name}")
        for name in sorted(load_plugins().architectures)
        if name not in trained and fnmatch.fnmatchcase(name, pattern)
    ]
    if not rows:
        click.echo(f"No model matches {pattern!r}.", err=True)
        return
    headers = ("model", "parameters", "accuracy", "on", "bytes", "formats", "from")
    print_table(headers, rows, right=(1, 2, 4))


@click.command()
@click.argument("model")
@json_option
def info(model: str, as_json: bool) -> None:
    """Show all about a trained model, or about an architecture that is not trained yet."""
    architecture = load_plugins().architectures.get(model)
    if architecture and not list_models(f"{model}.{architecture.default_tag}"):
        facts = {
            "architecture": architecture.name,
            "summary": architecture.summary,
            "reference": architecture.reference,
            "license": architecture.license,
            "tags": list(architecture.recipes),
        }
        if as_json:
            print_json(facts)
            return
        for name, value in facts.items():
            click.echo(f"{name:<13} {', '.join(value) if isinstance(value, list) else value}")
        click.echo(f"Not trained yet; train it with: zoo train {model}")
        return
    pack = get_pack(model)
    if as_json:
        print_json({**pack.manifest, "folder": str(pack.folder), "bundled": pack.bundled})
        return
    _print_pack(pack)


def _print_pack(pack: Pack) -> None:
    metrics = pack.manifest["metrics"]
    known = load_plugins().architectures.get(pack.architecture)
    facts = {
        "model": pack.id,
        "summary": known.summary if known else "(its architecture is not installed)",
        "reference": known.reference if known else "",
        "trained on": f"{pack.manifest['dataset']['name']}, seed {pack.manifest['seed']}",
        "accuracy": f"{percent(metrics['accuracy'])} (95 % interval {percent(metrics['accuracy_low'])} to "
        f"{percent(metrics['accuracy_high'])}, {metrics['images']:,} test images)",
        "over seeds": _over_seeds(pack) or "not measured",
        "parameters": f"{pack.parameters:,}",
        "multiply-adds": "not counted" if pack.macs is None else f"{pack.macs:,}",
        "input": f"image, float32 (n, {', '.join(map(str, pack.input_shape))}) in [0, 1]",
        "output": f"probabilities, float32 (n, {len(pack.classes)}): {' '.join(pack.classes)}",
        "folder": f"{pack.folder}{' (bundled)' if pack.bundled else ''}",
    }
    if shadowed(pack):
        facts["note"] = "this pack of yours hides the bundled one of the same id"
    for name, value in facts.items():
        click.echo(f"{name:<13} {value}")
    click.echo()
    runtimes = load_plugins().runtimes.values()
    rows = [
        (
            artifact.format,
            artifact.cell.full_precision,
            f"{artifact.size_bytes:,}",
            " ".join(runtime.name for runtime in runtimes if artifact.format in runtime.formats),
            artifact.path.name,
        )
        for artifact in pack.artifacts
    ]
    print_table(("format", "precision", "bytes", "runtimes", "file"), rows, right=(2,))
    refused = [
        (
            entry["format"],
            Cell.of(entry).full_precision,
            entry["outcome"],
            " ".join(entry["reason"].split()),
        )
        for entry in pack.refused
    ]
    refused += [
        (exporter.format, precision, "unsupported", reason)
        for exporter in load_plugins().exporters.values()
        for precision, reason in exporter.unsupported.items()
    ]
    if refused:
        click.echo()
        print_table(("not here", "precision", "outcome", "why"), sorted(refused))


def _over_seeds(pack: Pack) -> str:
    """Mean and standard deviation over seeds, where an installed report has them; empty where none has."""
    import csv
    import statistics

    for root in load_plugins().reports.values():
        path = root / "seeds.csv"
        if path.is_file():
            with path.open(newline="", encoding="utf-8") as file:
                found = [float(row["accuracy"]) for row in csv.DictReader(file) if row["model"] == pack.id]
            if len(found) > 1:
                return f"{percent(statistics.mean(found))} +- {percent(statistics.stdev(found))}, {len(found)} seeds"
    return ""
