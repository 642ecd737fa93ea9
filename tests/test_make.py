"""The two commands of README.md, as a newcomer runs them. ``make test`` is what .ci/run itself calls."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_demo_on_a_fresh_clone(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    port = free_port()
    variables = {**os.environ, "ZOO_HOME": str(tmp_path / "home"), "KERAS_HOME": str(tmp_path / "keras")}
    variables.pop("ZOO_DATA_DIR", None)  # the demo needs no data
    with (tmp_path / "log").open("w+") as log:
        process = subprocess.Popen(
            ["make", "demo", f"ARGS=--port {port}"],
            cwd=clone,
            env=variables,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            page = wait_for_page(port, process, seconds=840)
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(timeout=30)
        log.seek(0)
        text = log.read()
    assert "Digit Zoo" in page, text
    assert "Traceback" not in text


def wait_for_page(port: int, process: subprocess.Popen[bytes], seconds: float) -> str:
    """The page, once it is served; empty when the process ended or the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
                return str(answer.read().decode())
        except OSError:
            time.sleep(0.5)
    return ""
