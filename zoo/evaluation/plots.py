"""Pictures of an evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoo.evaluation.evaluate import Evaluation

__all__ = ["draw_confusion_matrix"]


def draw_confusion_matrix(evaluation: Evaluation, path: Path) -> None:
    """Draw the confusion matrix as a PNG; the mistakes are coloured, since the diagonal would drown them.

    Raises
    ------
    MissingExtraError
        When matplotlib is not installed.
    """
    from zoo.errors import MissingExtraError

    try:
        from matplotlib.figure import Figure  # not pyplot: no window system, no global state
    except ModuleNotFoundError as error:
        raise MissingExtraError("matplotlib", "evaluate", "Drawing a confusion matrix") from error
    import numpy as np

    matrix = np.array(evaluation.confusion_matrix)
    classes = list(evaluation.per_class)
    mistakes = np.where(np.eye(len(classes), dtype=bool), 0, matrix)
    side = max(4.0, 0.5 * len(classes))
    figure = Figure(figsize=(side + 0.5, side + 0.8), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(mistakes, cmap="Reds", vmin=0, vmax=max(1, mistakes.max()) * 1.5)
    for row, column in np.ndindex(matrix.shape):
        if matrix[row, column]:
            weight = "bold" if row == column else "normal"
            axes.text(column, row, str(matrix[row, column]), ha="center", va="center", fontsize=8, fontweight=weight)
    axes.set_xticks(range(len(classes)), classes)
    axes.set_yticks(range(len(classes)), classes)
    axes.set_xlabel("answer")
    axes.set_ylabel("truth")
    axes.set_title(
        f"{evaluation.dataset} ({evaluation.split}), {evaluation.runtime} {evaluation.precision}\n"
        f"accuracy {evaluation.accuracy:.2%} of {evaluation.images:,} images",
        fontsize=10,
    )
    figure.savefig(path, dpi=110)
