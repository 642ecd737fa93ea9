"""Verbs about exported files: export, verify."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zoo.cli.output import gate_option, json_option, parity_data_option, percent, print_json, print_table, quiet_option
from zoo.errors import PackError, ZooError
from zoo.packs.store import get_pack, list_models

if TYPE_CHECKING:
    from zoo.contract.pack import Pack
    from zoo.exporting.verify import Verification

__all__ = ["export", "verify"]

precisions_option = click.option(
    "--precision",
    "precisions",
    multiple=True,
    help="fp32, fp16, dynamic or int8; may be given more than once.  [default: fp32]",
)
calibration_samples_option = click.option(
    "--calibration-samples",
    type=click.IntRange(1),
    show_default="500",
    help="Training images that int8 takes its ranges from.",
)
layout_option = click.option(
    "--layout",
    help="Instead, build a tree from the pack's exports in --output: triton, tfserving, ovms, kserve, c-array.",
)
HEADERS = (
    "model", "format", "precision", "images", "largest difference", "answers that differ", "accuracy",
    "points to Keras", "p", "result",
)  # fmt: skip
RIGHT = (3, 4, 5, 6, 7, 8)


@click.command()
@click.argument("model")
@click.option("--format", "formats", multiple=True, help="Format to make; may be given more than once. Default: all.")
@precisions_option
@click.option("--all", "everything", is_flag=True, help="Make every precision of the formats.")
@click.option("--batch-size", type=click.IntRange(1), help="Fix the batch, as browsers and microcontrollers want it.")
@click.option("--float-io", is_flag=True, help="int8 TFLite that takes and returns float32.")
@click.option("--strip", is_flag=True, help="TFLite without names, signature and metadata: as small as it can be.")
@calibration_samples_option
@click.option("--calibration-data", metavar="DATASET", help="Take them from another data set than the model's own.")
@gate_option
@click.option("--output", type=click.Path(path_type=Path), help="Folder for the pack with its new files.")
@parity_data_option
@layout_option
@quiet_option
def export(
    model: str,
    formats: tuple[str, ...],
    precisions: tuple[str, ...],
    everything: bool,
    batch_size: int | None,
    float_io: bool,
    strip: bool,
    calibration_samples: int | None,
    calibration_data: str | None,
    limits: tuple[str, ...],
    output: Path | None,
    parity_data: str | None,
    layout: str | None,
    quiet: bool,
) -> None:
    """Export a trained model, and keep only what computes the same function.

    Each file is read back, opened in its own runtime and compared with the Keras model on all test images. A file
    that fails its gate is not delivered: the evidence is kept, and the exit code is 1. A pair of format and precision
    that cannot work is listed with its reason.
    """
    from zoo.exporting.export import export
    from zoo.exporting.gates import parse_limits

    if everything and precisions:
        raise click.UsageError("--all makes every precision; leave --precision out.")
    calibrating = {"--calibration-samples": calibration_samples, "--calibration-data": calibration_data}
    if layout is not None:
        making = {"--format": formats, "--all": everything, "--batch-size": batch_size, "--float-io": float_io,
                  "--strip": strip, **calibrating, "--gate": limits, "--parity-data": parity_data}  # fmt: skip
        _lay_out(model, layout, output, precisions, making)
        return
    if any(calibrating.values()) and not everything and "int8" not in precisions:
        given = " and ".join(option for option, value in calibrating.items() if value)
        raise click.UsageError(f"{given}: only int8 is calibrated; add --precision int8 or --all.")
    pack = export(
        model,
        formats or None,
        precision=None if everything else precisions or "fp32",
        batch_size=batch_size,
        float_io=float_io,
        strip=strip,
        calibration_samples=calibration_samples,
        calibration_data=calibration_data,
        gate=parse_limits(limits),
        output=output,
        parity_data=parity_data,
        on_start=lambda: None if quiet else click.echo("Converting, and comparing on all test images ...", err=True),
        report=click.echo,
    )
    click.echo(str(pack.folder))


def _lay_out(
    model: str, layout: str, output: Path | None, precisions: tuple[str, ...], making: Mapping[str, object]
) -> None:
    """Build a tree from exports that are there, for which no option for making files may be given."""
    from zoo.exporting.layout import lay_out

    if output is None or len(precisions) > 1 or any(making.values()):
        raise click.UsageError(
            "--layout needs --output, and takes files that the pack holds, of one --precision"
            + "".join(f"; {option} is for making files" for option, value in making.items() if value)
            + "."
        )
    click.echo(str(lay_out(model, layout, output, precision=precisions[0] if precisions else None)))


@click.command()
@click.argument("model", required=False)
@click.option("--all", "everything", is_flag=True, help="Verify every trained model.")
@gate_option
@parity_data_option
@json_option
def verify(
    model: str | None, everything: bool, limits: tuple[str, ...], parity_data: str | None, as_json: bool
) -> None:
    """Check every file of a trained model again: bytes, origin, structure, certificate and answers."""
    from zoo.exporting.gates import parse_limits
    from zoo.exporting.verify import verify

    if everything == (model is not None):
        raise click.UsageError("Give a MODEL, or --all.")
    packs = list_models() if everything else [get_pack(model or "")]
    gate = parse_limits(limits)
    found: list[tuple[Pack, Verification]] = []
    errors: list[ZooError] = []

    def verified() -> Iterator[tuple[Pack, Verification]]:
        for pack in packs:
            try:
                items = verify(pack, parity_data=parity_data, gate=gate)
            except ZooError as error:  # about its source or its images; the other packs are none the worse
                if not everything:
                    raise
                errors.append(error)
                continue
            for item in items:
                found.append((pack, item))
                yield pack, item

    if as_json:
        print_json([{"model": pack.id, **_as_json(item)} for pack, item in verified()])
    elif everything:  # which takes minutes: each pack's rows as soon as they are there
        artifacts = [artifact for pack in packs for artifact in pack.artifacts]
        names = [artifact.pack.id for artifact in artifacts]
        formats = [artifact.format for artifact in artifacts]
        precisions = [artifact.cell.full_precision for artifact in artifacts]
        widths = [max(map(len, column), default=0) for column in (names, formats, precisions)]
        print_table(HEADERS, map(_row, verified()), right=RIGHT, widths=[*widths, 0, 0, 0, 0, 0, len("0.000"), 0])
    else:
        print_table(HEADERS, map(_row, list(verified())), right=RIGHT)
    if errors:
        raise PackError("\n".join(dict.fromkeys(map(str, errors))))
    if not all(item.passed for _, item in found):
        raise click.exceptions.Exit(1)


def _row(verified: tuple[Pack, Verification]) -> tuple[object, ...]:
    pack, item = verified
    accuracy = item.certificate["accuracy"] if item.certificate else None
    return (
        pack.id,
        item.format,
        item.cell.full_precision,
        f"{item.parity.images:,}" if item.parity else None,
        f"{item.parity.max_difference:.1e}" if item.parity else None,
        len(item.parity.flipped) if item.parity else None,
        percent(accuracy["artifact"]["accuracy"]) if accuracy else None,
        f"{accuracy['difference'] * 100:+.2f}" if accuracy else None,
        f"{accuracy['p_value']:.3f}" if accuracy else None,
        "passed" if item.passed else f"FAILED: {item.reason}",
    )


def _as_json(item: Verification) -> dict[str, object]:
    return {
        **asdict(item.cell),
        "passed": item.passed,
        "reason": item.reason,
        "parity": item.parity.to_dict() if item.parity else None,
        "certificate": item.certificate,
    }
