"""The verb that judges trained models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo.cli.output import (
    json_option,
    percent,
    precision_option,
    print_json,
    print_table,
    runtime_option,
    threads_option,
)

if TYPE_CHECKING:
    from zoo.evaluation.comparison import Comparison
    from zoo.evaluation.evaluate import Evaluation

__all__ = ["evaluate"]


@click.command()
@click.argument("models", nargs=-1, required=True, metavar="MODEL [MODEL]")
@runtime_option
@precision_option
@click.option("--dataset", help="Labelled images; by default those that the model was trained on.")
@click.option("--split", default="test", show_default=True, help="Part of the data set: test, validation or train.")
@threads_option
@click.option("--output", type=click.Path(path_type=Path), help="Folder for evaluation.json and the pictures.")
@click.option("--compare", is_flag=True, help="Compare two models on the same images, by McNemar's exact test.")
@click.option("--errors", is_flag=True, help="Draw the most confident mistakes: MODEL-errors.png, here or in --output.")
@json_option
def evaluate(
    models: tuple[str, ...],
    runtime: str | None,
    precision: str,
    dataset: str | None,
    split: str,
    threads: int | None,
    output: Path | None,
    compare: bool,
    errors: bool,
    as_json: bool,
) -> None:
    """Judge a trained model on labelled images, on any runtime.

    Every evaluation on test images is logged in $ZOO_HOME/test_evaluations.jsonl, with what was found: test images
    choose nothing. --split validation is for that.
    """
    options: dict[str, Any] = {
        "dataset": dataset,
        "split": split,
        "runtime": runtime,
        "precision": precision,
        "threads": threads,
    }
    if compare:
        if len(models) != 2:
            raise click.UsageError(f"--compare takes two models, not {len(models)}.")
        if errors or output is not None:
            raise click.UsageError("--compare only prints; it takes neither --errors nor --output.")
        from zoo.evaluation.comparison import compare as compare_models

        comparison = compare_models(*models, **options)
        if as_json:
            print_json(comparison.to_dict())
        else:
            _print_comparison(comparison)
        return
    if len(models) != 1:
        raise click.UsageError(f"Evaluate takes one model, not {len(models)}; or two with --compare.")
    from zoo.evaluation.evaluate import evaluate
    from zoo.packs.store import get_pack

    pack = get_pack(models[0])
    sheet = (output or Path()) / f"{pack.id}-errors.png" if errors else None
    result = evaluate(pack, output=output, errors=sheet, **options)
    if sheet is not None:
        click.echo(f"The most confident mistakes are in {sheet}", err=True)
    if as_json:
        print_json(result.to_dict())
    else:
        _print_evaluation(result)


def _print_evaluation(result: Evaluation) -> None:
    """The figures, and two tables: a row per class, and the confusion matrix."""
    click.echo(
        f"accuracy {percent(result.accuracy)} (95 % interval {percent(result.accuracy_low)} to "
        f"{percent(result.accuracy_high)}) on {result.images:,} {result.split} images of {result.dataset}, "
        f"{result.runtime} {result.precision}, {result.seconds:.2f} s"
    )
    click.echo(
        f"negative log likelihood {result.negative_log_likelihood:.4f}, "
        f"expected calibration error {percent(result.expected_calibration_error)}"
    )
    click.echo()
    scores = ("precision", "recall", "f1")
    rows: list[tuple[object, ...]] = [
        (name, *(f"{values[score]:.4f}" for score in scores), f"{values['images']:,}")
        for name, values in result.per_class.items()
    ]
    rows += [
        (name, *(f"{values[score]:.4f}" for score in scores), f"{result.images:,}")
        for name, values in (("macro", result.macro), ("weighted", result.weighted))
    ]
    print_table(("class", *scores, "images"), rows, right=(1, 2, 3, 4))
    click.echo()
    classes = list(result.per_class)
    matrix = [(name, *counts) for name, counts in zip(classes, result.confusion_matrix, strict=True)]
    print_table(("truth \\ answer", *classes), matrix, right=range(1, len(classes) + 1))


def _print_comparison(result: Comparison) -> None:
    test = result.test
    print_table(
        (f"{test.images:,} {result.split} images of {result.dataset}", "B right", "B wrong", "accuracy"),
        [
            (f"A = {result.model_a}: A right", test.both_right, test.only_a_right, percent(test.accuracy_a)),
            (f"B = {result.model_b}: A wrong", test.only_b_right, test.both_wrong, percent(test.accuracy_b)),
        ],
        right=(1, 2, 3),
    )
    click.echo()
    click.echo(
        f"accuracy of A minus that of B: {test.difference * 100:+.2f} points (95 % interval "
        f"{test.difference_low * 100:+.2f} to {test.difference_high * 100:+.2f})"
    )
    click.echo(f"McNemar's exact test: p = {test.p_value:.3g}")
