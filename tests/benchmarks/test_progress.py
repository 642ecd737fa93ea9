"""What people see while a benchmark runs."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path

import pytest
from benchmarking import LIGHT
from helpers import ZOO, environment

from zoo_benchmarks.report.progress import TimeLeft


def test_a_terminal_gets_a_table_that_is_drawn_again_in_place(exported: Path, tmp_path: Path) -> None:
    import fcntl
    import pty
    import struct
    import termios

    command: list[str | Path] = [
        ZOO,
        "benchmark",
        exported,
        *LIGHT,
        "--scenario",
        "single",
        "--output",
        tmp_path / "run",
    ]
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 80, 0, 0))
    with subprocess.Popen(
        command, stdin=slave, stdout=subprocess.PIPE, stderr=slave, env=environment(TERM="xterm-256color")
    ) as process:
        os.close(slave)
        shown = b""
        with contextlib.suppress(OSError):  # how a terminal tells that the other side has closed
            while part := os.read(master, 65536):
                shown += part
        os.close(master)
        assert process.stdout is not None
        printed = process.stdout.read().decode()
    assert process.returncode == 0
    text = shown.decode()
    assert "\x1b[1A" in text  # the cursor goes up: in place
    for expected in ("p50 ms", "lenet5.digits", "onnxruntime", "1/4", "4/4", "s left"):
        assert expected in text
    assert text.rindex("4/4") > text.rindex("1/4")
    assert "2 cells ok" in printed
    assert "\x1b" not in printed


def test_time_left_is_that_of_the_same_runtime() -> None:
    left = TimeLeft(["litert", "keras", "litert", "keras", "openvino"])
    assert left.note("litert", 1.0) == pytest.approx(1.0 * 4)  # nothing is known of the others
    assert left.note("keras", 9.0) == pytest.approx(1.0 + 9.0 + 5.0)
    assert left.note("litert", 3.0) == pytest.approx(9.0 + 13 / 3)
    assert left.note("keras", 9.0) == pytest.approx(5.5)
    assert left.note("openvino", 100.0) == 0
