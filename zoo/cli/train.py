"""The verb that trains: one model, or many side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoo.cli.output import json_option, percent, print_json, print_table, quiet_option

if TYPE_CHECKING:
    from zoo.training.plan import TrainingOptions
    from zoo.training.runs import RunResult

__all__ = ["train"]


@click.command()
@click.argument("models", nargs=-1, metavar="[ARCHITECTURE]...")
@click.option("--all", "all_models", is_flag=True, help="Every recipe of every architecture.")
@click.option("--dataset", help="mnist, canvas, pendigits, digits, folder:PATH or a plugin's; by default the recipe's.")
@click.option("--recipe", "recipe_file", type=click.Path(path_type=Path), help="A recipe as JSON.")
@click.option("--epochs", type=click.IntRange(1), help="Instead of the recipe's.")
@click.option("--init", metavar="MODEL", help="Fine-tune: begin with this trained model's weights.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Decides everything random.")
@click.option("--seeds", type=click.IntRange(1), metavar="N", help="Train with each of the seeds 0 to N - 1.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Runs at a time; each has its share of the cores.")
@click.option("--output", type=click.Path(path_type=Path), help="The pack's folder; by default in $ZOO_HOME/packs.")
@click.option("--overwrite", is_flag=True, help="Replace a pack that is there.")
@click.option("--tensorboard", type=click.Path(path_type=Path), metavar="DIR", help="Write TensorBoard logs.")
@json_option
@quiet_option
@click.pass_context
def train(
    context: click.Context,
    models: tuple[str, ...],
    all_models: bool,
    dataset: str | None,
    recipe_file: Path | None,
    epochs: int | None,
    init: str | None,
    seed: int,
    seeds: int | None,
    jobs: int | None,
    output: Path | None,
    overwrite: bool,
    tensorboard: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Train ARCHITECTURE (lenet5, or lenet5.mnist) and write it as a pack.

    When it is interrupted, the same command goes on after the last finished epoch.

    With several architectures, --all or --seeds, the runs are independent: one that fails stops no other, a finished
    pack is taken as it is, and a table with means over seeds comes at the end. The end of a training is an evaluation
    on test images, which is logged in $ZOO_HOME/test_evaluations.jsonl.
    """
    from zoo.contract.recipe import Recipe

    if not models and not all_models:
        raise click.UsageError("Name architectures, or give --all.")
    if models and all_models:
        raise click.UsageError("Names of architectures and --all exclude each other.")
    if seeds is not None and context.get_parameter_source("seed") is not click.core.ParameterSource.DEFAULT:
        raise click.UsageError("--seed and --seeds exclude each other.")
    recipe = Recipe.from_file(recipe_file) if recipe_file else None
    options: TrainingOptions = {
        "dataset": dataset,
        "recipe": recipe,
        "epochs": epochs,
        "init": init,
        "overwrite": overwrite,
    }
    if len(models) == 1 and seeds is None:
        _train_one(models[0], as_json, seed=seed, output=output, tensorboard=tensorboard, progress=not quiet, **options)
        return
    if output is not None or tensorboard is not None:
        raise click.UsageError("--output and --tensorboard are for a single run.")
    wanted = range(seeds) if seeds is not None else (seed,)
    _train_many(models or None, as_json, seeds=wanted, jobs=jobs, progress=not quiet, **options)


def _train_one(model: str, as_json: bool, **options: Any) -> None:
    from zoo.training.trainer import train

    pack = train(model, **options)
    if as_json:
        from zoo.training.runs import run_result

        _print_json([run_result(pack)])
        return
    metrics = pack.manifest["metrics"]
    click.echo(
        f"{pack.id}: accuracy {percent(pack.accuracy)} (95 % interval {percent(metrics['accuracy_low'])} to "
        f"{percent(metrics['accuracy_high'])}) on {metrics['images']:,} test images, {pack.parameters:,} parameters"
    )
    click.echo(str(pack.folder))


def _train_many(models: Sequence[str] | None, as_json: bool, *, progress: bool, **options: Any) -> None:
    from zoo.cli.process import audible_children, quiet_worker
    from zoo.training.runs import train_many

    done: list[RunResult] = []

    def tell(result: RunResult) -> None:
        done.append(result)
        if progress:
            what = {"kept": "was there", "trained": "finished"}.get(result.status) or f"FAILED: {result.error}"
            click.echo(f"{result.model} seed {result.seed}: {what}", err=True)

    interrupted = False
    debug = click.get_current_context().find_root().params.get("debug")
    try:
        with audible_children():
            results = train_many(
                models, progress=progress, on_result=tell, set_up=None if debug else quiet_worker, **options
            )
    except KeyboardInterrupt:
        interrupted, results = True, done
    if as_json:
        _print_json(results)
    elif results:
        _print_results(results)
    for result in results:
        if result.error is not None:
            click.echo(f"Error: {result.model} seed {result.seed}: {result.error}", err=True)
    if interrupted:
        command = "The same command without --overwrite" if options["overwrite"] else "The same command"
        click.echo(
            f"Interrupted, with {len(done)} runs done. {command} takes the finished packs as they are and goes on with "
            "the others after their last finished epoch.",
            err=True,
        )
    if interrupted or any(result.error for result in results):
        raise click.exceptions.Exit(1)


def _print_json(results: Sequence[RunResult]) -> None:
    from zoo.training.runs import over_seeds

    print_json({"runs": [result.to_dict() for result in results], "models": over_seeds(results)})


def _print_results(results: Sequence[RunResult]) -> None:
    """A row per run, and for several seeds of a model a row with mean and standard deviation."""
    from zoo.training.runs import over_seeds

    spreads = {row["model"]: row for row in over_seeds(results)}
    rows: list[tuple[object, ...]] = []
    for model in dict.fromkeys(result.model for result in results):
        rows += [_row(result) for result in results if result.model == model]
        spread = spreads.get(model, {"seeds": 0})
        if spread["seeds"] > 1:
            rows.append(
                (
                    model,
                    f"mean of {spread['seeds']}",
                    f"{percent(spread['accuracy_mean'])} +- {percent(spread['accuracy_sd'])}",
                    f"{spread['negative_log_likelihood_mean']:.4f} +- {spread['negative_log_likelihood_sd']:.4f}",
                    f"{percent(spread['expected_calibration_error_mean'])} +- "
                    f"{percent(spread['expected_calibration_error_sd'])}",
                    f"{spread['parameters']:,}",
                    f"{spread['seconds_mean']:,.0f} +- {spread['seconds_sd']:,.0f}",
                )
            )
    headers = ("model", "seed", "accuracy", "neg. log likelihood", "calibration error", "parameters", "seconds")
    print_table(headers, rows, right=(1, 5, 6))


def _row(result: RunResult) -> tuple[object, ...]:
    low, high = percent(result.accuracy_low or 0), percent(result.accuracy_high or 0)
    if result.error is not None:
        return (result.model, result.seed, "FAILED", None, None, None, None)
    return (
        result.model,
        result.seed,
        f"{percent(result.accuracy or 0)} ({low} to {high})",
        f"{result.negative_log_likelihood:.4f}",
        percent(result.expected_calibration_error or 0),
        f"{result.parameters:,}",
        f"{result.seconds:,.0f}",
    )
