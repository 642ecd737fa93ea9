"""What several test files share: commands as real processes, distributions as pip leaves them, edits of packs."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

REPOSITORY = Path(__file__).resolve().parent.parent
ZOO = Path(sys.executable).with_name("zoo")
TINY_BATCH = 64  # of the 1,257 training digits: 19 steps an epoch

MakeOnce = Callable[[str, Callable[[Path], object]], Path]
"""Type of the fixture `made_once`."""


def environment(**changes: str) -> dict[str, str]:
    """The environment of a child process: this one's, without what a developer's shell may have set."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("ZOO_DISABLED_PLUGINS", "KERAS_BACKEND", "PYTHONPATH", "PYTHONWARNINGS")
    }
    return {**kept, "TF_CPP_MIN_LOG_LEVEL": "2", **changes}


def run_zoo(*arguments: str | Path, cwd: str | Path | None = None, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run the ``zoo`` command in a process of its own."""
    return subprocess.run(
        [str(ZOO), *map(str, arguments)],
        env=environment(**changes),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=240,
    )


def run_python(code: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run a Python program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=240,
    )


@contextlib.contextmanager
def started_zoo(log: Path, *arguments: str | Path, **changes: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start the ``zoo`` command, with its output in a file; it is killed at the end, if it still runs."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            [str(ZOO), *map(str, arguments)],
            env=environment(**changes),
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(condition: Callable[[], object], process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    """Wait until a condition holds while a process runs."""
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, f"the process ended with exit code {process.returncode} before its time"
        assert time.monotonic() < end, f"nothing happened within {seconds} seconds"
        time.sleep(0.005)


def assert_one_message(result: subprocess.CompletedProcess[str], *texts: str, code: int = 1) -> None:
    """The command failed as promised: its exit code, one message that holds the texts, and no traceback."""
    assert result.returncode == code, result.stdout + result.stderr
    assert "Traceback" not in result.stderr
    assert "This is a bug" not in result.stderr
    assert sum(line.startswith("Error: ") for line in result.stderr.splitlines()) == 1, result.stderr
    for text in texts:
        assert text in result.stderr


def make_distribution(
    site: Path,
    name: str,
    source: str,
    *,
    entry_points: Mapping[str, str] | None = None,
    version: str = "1.0",
) -> str:
    """Put a distribution into a folder as pip would: a module, and metadata with entry points of the group zoo.

    Returns
    -------
    str
        The module's name.
    """
    module = name.replace("-", "_")
    site.mkdir(parents=True, exist_ok=True)
    (site / f"{module}.py").write_text(textwrap.dedent(source), encoding="utf-8")
    metadata = site / f"{module}-{version}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    lines = [f"{key} = {value}" for key, value in (entry_points or {"main": module}).items()]
    (metadata / "entry_points.txt").write_text("\n".join(["[zoo]", *lines, ""]), encoding="utf-8")
    return module


def pip_install(target: Path, *what: str | Path) -> None:
    """Let pip install something into a folder for PYTHONPATH, without anything that it requires, and offline."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    result = subprocess.run(
        [*command, "--disable-pip-version-check", "--no-compile", "--target", str(target), *map(str, what)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert result.returncode == 0, result.stderr


def install_folder(source: Path, folder: Path) -> Path:
    """Let pip install a distribution from a copy of its folder, so that nothing is written into the repository.

    Returns
    -------
    pathlib.Path
        A folder for PYTHONPATH.
    """
    shutil.copytree(source, folder / "source")
    pip_install(folder / "site", folder / "source")
    return folder / "site"


def install_distribution(site: Path, name: str, source: str, *, module: str = "", version: str = "1.0") -> None:
    """Let pip install a distribution with one module and one entry point of the group zoo, ``main``."""
    with tempfile.TemporaryDirectory() as folder:
        pip_install(site, _wheel(Path(folder), name, source, module or name.replace("-", "_"), version))


def install_distributions(site: Path, sources: Mapping[str, str]) -> None:
    """Let pip install several distributions at once, each as `install_distribution` does it: name to source."""
    with tempfile.TemporaryDirectory() as folder:
        wheels = [_wheel(Path(folder), name, source, name.replace("-", "_")) for name, source in sources.items()]
        pip_install(site, *wheels)


def _wheel(folder: Path, name: str, source: str, module: str, version: str = "1.0") -> Path:
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    files = {
        f"{module}.py": textwrap.dedent(source),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[zoo]\nmain = {module}\n",
    }
    wheel = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"]))
    return wheel


def without_packages(folder: Path, *packages: str) -> str:
    """A folder for PYTHONPATH that makes a process behave as if packages were not installed."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(
        textwrap.dedent(
            f"""
            from importlib.machinery import PathFinder

            find = PathFinder.find_spec

            def find_spec(name, path=None, target=None):
                return None if name.partition(".")[0] in {packages!r} else find(name, path, target)

            PathFinder.find_spec = find_spec
            """
        ),
        encoding="utf-8",
    )
    return str(folder)


def layered_environment(folder: Path) -> Path:
    """A virtual environment that sees this one's packages, so that what is installed lands in none that stays.

    Returns
    -------
    pathlib.Path
        The folder; its ``bin`` has python, pip, zoo and pytest.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    site = subprocess.run(
        [folder / "bin" / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    ours = sorted({path for path in sys.path if path.endswith("site-packages")})
    (Path(site) / "ours.pth").write_text("".join(f"import site; site.addsitedir({path!r})\n" for path in ours))
    for name, call in {
        "pip": "import runpy; runpy.run_module('pip', run_name='__main__')",
        "pytest": "import runpy; runpy.run_module('pytest', run_name='__main__')",
        "zoo": "from zoo.cli import main; main()",
    }.items():
        (folder / "bin" / name).write_text(f"#!{folder / 'bin' / 'python'}\n{call}\n")
        (folder / "bin" / name).chmod(0o755)
    return folder


def change_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Edit ``pack.json``."""
    path = folder / "pack.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def rewrite_artifact(folder: Path, format: str, data: bytes) -> None:
    """Replace a file artifact, and make the manifest vouch for it: a pack that somebody made by hand."""

    def change(manifest: dict[str, Any]) -> None:
        entry = next(entry for entry in manifest["artifacts"] if entry["format"] == format)
        (folder / entry["path"]).write_bytes(data)
        entry.update(size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())

    change_manifest(folder, change)


def flip_byte(path: Path, position: int) -> None:
    """Change one byte of a file."""
    data = bytearray(path.read_bytes())
    data[position % len(data)] ^= 0x01
    path.write_bytes(data)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes, hidden ones included."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def weights(folder: Path) -> dict[str, np.ndarray]:
    """The arrays in a pack's ``model.keras``, read without Keras."""
    import h5py

    arrays: dict[str, np.ndarray] = {}

    def collect(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            arrays[name] = item[()]

    with zipfile.ZipFile(folder / "model.keras") as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(content) as file:
        file.visititems(collect)
    assert arrays
    return arrays


def same_weights(first: Path, second: Path) -> bool:
    """Whether two packs hold bit-identical weights."""
    ours, theirs = weights(first), weights(second)
    assert ours.keys() == theirs.keys()
    return all(ours[name].tobytes() == theirs[name].tobytes() for name in ours)
