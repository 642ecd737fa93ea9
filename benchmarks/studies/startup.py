"""How long commands take to start, as ratios to the bare imports that nobody can avoid.

``python -m studies.startup`` prints a table. The commands of a group are run in turns, so that a machine's
drift hits all alike; the figure is the ratio of the medians.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from studies.common import ZOO, parser, plain_errors

__all__ = ["startup_ratios"]

REPEATS = 10


def startup_ratios(repeats: int = REPEATS) -> list[tuple[str, float, float, float]]:
    """Each command's median wall time in milliseconds, its ratio to that of its floor, and the bar on the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        digit = _draw_digit(Path(folder))
        light = [["--help"], ["list"], ["plugins"]]
        rows = _against("import numpy", light, 2.0, repeats)
        predict = ["predict", "lenet5.mnist", str(digit), "--runtime", "litert"]
        return rows + _against("import numpy, PIL.Image, ai_edge_litert.interpreter", [predict], 1.7, repeats)


def _against(floor: str, commands: list[list[str]], bar: float, repeats: int) -> list[tuple[str, float, float, float]]:
    processes = [[sys.executable, "-c", floor], *([*ZOO, *command] for command in commands)]
    samples: list[list[float]] = [[] for _ in processes]
    with tempfile.TemporaryDirectory() as cache:
        # Each side has its bytecode, as installed packages do, even where nothing may be written beside a source.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = cache
        for _ in range(repeats + 1):
            for process, times in zip(processes, samples, strict=True):
                start = time.perf_counter()
                subprocess.run(process, check=True, capture_output=True, env=environment)
                times.append((time.perf_counter() - start) * 1000)
    medians = [statistics.median(times[1:]) for times in samples]  # the first round fills the caches
    return [
        (f"zoo {' '.join(Path(word).name for word in command)}", median, median / medians[0], bar)
        for command, median in zip(commands, medians[1:], strict=True)
    ]


def _draw_digit(folder: Path) -> Path:
    """A picture of a one."""
    from PIL import Image, ImageDraw

    picture = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(picture).line([(100, 30), (100, 170)], fill=0, width=18)
    picture.save(folder / "digit.png")
    return folder / "digit.png"


if __name__ == "__main__":
    parser(__doc__).parse_args()
    print(f"{'command':<56} {'ms':>7} {'ratio':>6} {'bar':>5}")
    with plain_errors():
        for command, milliseconds, ratio, bar in startup_ratios():
            print(f"{command:<56} {milliseconds:7.1f} {ratio:6.2f} {bar:5.1f}")
