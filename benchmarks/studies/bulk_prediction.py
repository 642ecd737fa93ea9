"""What ``zoo predict FOLDER`` costs beside decoding and centring alone, and how its memory grows with the folder.

``python -m studies.bulk_prediction [--images 10000] [--jobs N]`` makes a folder of pictures, drawn digits
that are 28 pixels wide as PNG files, and prints two figures with their bars:

- images per second of ``zoo predict FOLDER --json`` as a ratio to those of a command that decodes the pictures and puts
  the ink in place, and asks no model. Both are whole commands, from start to end, with the same number of processes;
  they take turns, and the figure is the ratio of the medians.
- the growth of the peak of memory, summed over the command's processes, from a tenth of the pictures to all of them.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

import zoo
from studies.common import ZOO, parser, plain_errors
from zoo_benchmarks.measure.memory import peak_of

__all__ = ["bulk_prediction", "make_pictures"]

LEAST_RATIO, MOST_GROWTH = 0.7, 0.05


def make_pictures(folder: Path, count: int) -> None:
    """Fill a folder with digits of the data set `digits`, dark on light as people hand them in, again and again."""
    from PIL import Image

    for number, image in enumerate(islice(cycle(zoo.load_dataset("digits").train.images), count)):
        Image.fromarray(255 - image[..., 0]).save(folder / f"{number:06}.png")


def bulk_prediction(model: str, images: int, jobs: int = 1, repeats: int = 3) -> tuple[float, float, float]:
    """Images per second, their ratio to those of the canvas alone, and the growth of memory, 0.01 for one per cent.

    The large folder has so many `images`, the small one a tenth of them; each command has so many `jobs`.
    """
    with tempfile.TemporaryDirectory() as temporary:
        small, large = Path(temporary, "small"), Path(temporary, "large")
        for folder, count in ((small, images // 10), (large, images)):
            folder.mkdir()
            make_pictures(folder, count)
        predict = [*ZOO, "predict", model, "--json", "--quiet", "--jobs", str(jobs)]
        alone = [sys.executable, "-m", __spec__.name if __name__ == "__main__" else __name__, "--jobs", str(jobs)]
        seconds, floor = [], []
        for _ in range(repeats):
            seconds.append(_seconds([*predict, str(large)]))
            floor.append(_seconds([*alone, "--canvas-alone", str(large)]))
        # In runs of their own: to look at a process costs time.
        peaks = [statistics.median(_peak([*predict, str(folder)]) for _ in range(repeats)) for folder in (small, large)]
    median = statistics.median(seconds)
    return images / median, statistics.median(floor) / median, peaks[1] / peaks[0] - 1


def _seconds(command: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def _peak(command: Sequence[str]) -> int:
    """The sum of the peaks of memory of a command's processes, in bytes."""
    import psutil

    peaks: dict[int, int] = {}
    with psutil.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            try:
                for one in [process, *process.children(recursive=True)]:
                    peaks[one.pid] = max(peaks.get(one.pid, 0), peak_of(one.pid) or one.memory_info().rss)
            except psutil.Error:
                continue  # it ended meanwhile
            time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with code {process.returncode}.")
    return sum(peaks.values())


def _canvas_alone(folder: Path, jobs: int) -> None:
    """Decode every picture of a folder and put its ink in place."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    paths = sorted(map(str, folder.iterdir()))
    if jobs == 1:
        for path in paths:
            _canvas(path)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        for _ in pool.map(_canvas, paths, chunksize=32):
            pass


def _canvas(path: str) -> None:
    from zoo.canvas import from_image, open_image

    from_image(open_image(path))


def main() -> None:
    """Run the command."""
    command = parser(__doc__)
    command.add_argument("--model", default="lenet5.mnist")
    command.add_argument("--images", type=int, default=10_000)
    command.add_argument("--jobs", type=int, default=1)
    command.add_argument("--repeats", type=int, default=3)
    command.add_argument("--canvas-alone", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    arguments = command.parse_args()
    if arguments.canvas_alone is not None:
        _canvas_alone(arguments.canvas_alone, arguments.jobs)
        return
    zoo.get_pack(arguments.model)  # before ten thousand pictures are made
    images = arguments.images
    rate, ratio, growth = bulk_prediction(arguments.model, images, arguments.jobs, arguments.repeats)
    print(f"{images:,} pictures, {arguments.jobs} processes, {arguments.model}: {rate:,.0f} images per second")
    print(f"ratio to decode and canvas alone    {ratio:7.3f}   bar >= {LEAST_RATIO}")
    print(f"growth of memory, {images // 10:,} to {images:,}  {growth:7.1%}   bar <= {MOST_GROWTH:.0%}")
    raise SystemExit(ratio < LEAST_RATIO or growth > MOST_GROWTH)


if __name__ == "__main__":
    with plain_errors():
        main()
