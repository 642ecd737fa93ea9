"""Verbs about trained models: list, info, export, verify."""

from __future__ import annotations

from pathlib import Path

import click

from zoo.cli.options import json_option, parity_data_option, precision_option, quiet_option
from zoo.cli.output import percent, print_json, print_table
from zoo.packs.pack import Pack
from zoo.packs.store import get_pack, list_models, shadowed
from zoo.plugins import load_plugins

__all__ = ["export", "info", "list_", "verify"]


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
        print_json(
            [
                {
                    "id": pack.id,
                    "architecture": pack.architecture,
                    "tag": pack.tag,
                    "parameters": pack.parameters,
                    "accuracy": pack.accuracy,
                    "size_bytes": pack.size_bytes,
                    "formats": pack.formats,
                }
                for pack in packs
            ]
        )
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
            artifact.precision,
            f"{artifact.size_bytes:,}",
            " ".join(runtime.name for runtime in runtimes if artifact.format in runtime.formats),
            artifact.path.name,
        )
        for artifact in pack.artifacts
    ]
    print_table(("format", "precision", "bytes", "runtimes", "file"), rows, right=(2,))


def _over_seeds(pack: Pack) -> str:
    """Mean and standard deviation over seeds, where an installed report has them; empty where none has."""
    import csv
    import statistics

    for root in load_plugins().report_roots:
        path = root / "seeds.csv"
        if path.is_file():
            with path.open(newline="", encoding="utf-8") as file:
                found = [float(row["accuracy"]) for row in csv.DictReader(file) if row["model"] == pack.id]
            if len(found) > 1:
                return f"{percent(statistics.mean(found))} +- {percent(statistics.stdev(found))}, {len(found)} seeds"
    return ""


@click.command()
@click.argument("model")
@click.option("--format", "formats", multiple=True, help="Format to make; may be given more than once. Default: all.")
@precision_option
@click.option("--output", type=click.Path(path_type=Path), help="Folder for the pack with its new files.")
@parity_data_option
@click.option("--layout", help="Instead, build this tree of files from the pack's exports, in --output.")
@quiet_option
def export(
    model: str,
    formats: tuple[str, ...],
    precision: str,
    output: Path | None,
    parity_data: str | None,
    layout: str | None,
    quiet: bool,
) -> None:
    """Export a trained model, and keep only what computes the same function.

    Each file is opened in its own runtime and compared with the Keras model on all test images. A file that fails
    is not delivered, and the exit code is 1.
    """
    from zoo.exporting.export import export
    from zoo.exporting.layout import lay_out

    if layout is not None:
        if output is None or formats:
            raise click.UsageError("--layout needs --output, and takes the formats that the pack holds.")
        click.echo(str(lay_out(model, layout, output)))
        return
    if not quiet:
        click.echo("Converting, and comparing on all test images ...", err=True)
    pack = export(
        model,
        formats or None,
        precision=precision,
        output=output,
        parity_data=parity_data,
        report=click.echo,
    )
    click.echo(str(pack.folder))


@click.command()
@click.argument("model")
@parity_data_option
@json_option
def verify(model: str, parity_data: str | None, as_json: bool) -> None:
    """Check every file of a trained model again: bytes, structure, certificate and answers."""
    from zoo.exporting.verify import verify

    verifications = verify(model, parity_data=parity_data)
    if as_json:
        print_json(
            [
                {
                    "format": item.format,
                    "precision": item.precision,
                    "passed": item.passed,
                    "reason": item.reason,
                    "parity": item.parity.to_dict() if item.parity else None,
                }
                for item in verifications
            ]
        )
    else:
        rows = [
            (
                item.format,
                item.precision,
                f"{item.parity.images:,}" if item.parity else None,
                f"{item.parity.max_difference:.1e}" if item.parity else None,
                len(item.parity.flipped) if item.parity else None,
                "passed" if item.passed else f"FAILED: {item.reason}",
            )
            for item in verifications
        ]
        headers = ("format", "precision", "images", "largest difference", "answers that differ", "result")
        print_table(headers, rows, right=(2, 3, 4))
    if not all(item.passed for item in verifications):
        raise click.exceptions.Exit(1)
