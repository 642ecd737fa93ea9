"""What installed plugins cost when things are listed: ``zoo list`` with ten of them against without.

``python -m studies.plugin_overhead`` prints both times and their ratio. The plugins are those of ``zoo
new-plugin``, installed by pip into a folder of their own. Both commands are run in turns, so that a machine's drift
hits both alike; the figure is the ratio of the medians.
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

__all__ = ["plugin_overhead"]

PLUGINS = 10
REPEATS = 20
LIST = [*ZOO, "list", "--json"]


def plugin_overhead(plugins: int = PLUGINS, repeats: int = REPEATS) -> tuple[float, float]:
    """Median wall times of ``zoo list`` in milliseconds, without and with plugins."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        sources = [Path(folder) / str(number) for number in range(plugins)]
        for number, source in enumerate(sources):
            create = [*ZOO, "new-plugin", f"bench_{number}", "--output", str(source)]
            subprocess.run(create, check=True, capture_output=True)
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--target"]
            + [str(path) for path in (site, *sources)],
            check=True,
        )
        plain = {**os.environ, "PYTHONPATH": ""}
        loaded = {**os.environ, "PYTHONPATH": str(site)}
        samples: tuple[list[float], list[float]] = ([], [])
        for _ in range(repeats + 1):
            for variables, times in zip((plain, loaded), samples, strict=True):
                start = time.perf_counter()
                subprocess.run(LIST, env=variables, check=True, capture_output=True)
                times.append((time.perf_counter() - start) * 1000)
        registered = subprocess.run(
            [*ZOO, "plugins"], env=loaded, check=True, capture_output=True, text=True
        ).stdout.count("zoo-bench-")
        if registered != plugins:
            raise RuntimeError(f"{registered} of {plugins} plugins were found")
    without, with_plugins = (statistics.median(times[1:]) for times in samples)  # the first fills the file cache
    return without, with_plugins


if __name__ == "__main__":
    parser(__doc__).parse_args()
    with plain_errors():
        without, with_plugins = plugin_overhead()
    print(
        f"zoo list: {without:.1f} ms; with {PLUGINS} plugins {with_plugins:.1f} ms; ratio {with_plugins / without:.2f}"
    )
