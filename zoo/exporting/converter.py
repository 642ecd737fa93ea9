"""Talks to the process that converts."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING

from zoo.contract.exporter import Exporter, ExportJob
from zoo.contract.pack import Cell, Pack
from zoo.errors import ExportError, UnsupportedExportError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Converter"]

LOG_LINES = 15  # of a crashed converter's last words


class Converter:
    """One child process that does all conversions of a command, in the order in which they were begun.

    Use it as a context manager, and hand it to `zoo.export`, so that many exports start TensorFlow once. A new process
    is started after a crash.
    """

    def __enter__(self) -> Converter:
        self._log: IO[bytes] = tempfile.TemporaryFile()
        self._folder = tempfile.TemporaryDirectory()
        self._begun: deque[tuple[Cell, str]] = deque()  # cell and order of each job that is not finished
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()
        self._log.close()
        self._folder.cleanup()

    def begin(self, pack: Pack, exporter: Exporter, job: ExportJob, path: Path) -> None:
        """Hand over a job; the reply is fetched with `finish`, and both processes work meanwhile.

        Parameters
        ----------
        pack : Pack
            The model.
        exporter : Exporter
            Of the format.
        job : ExportJob
            What is asked for.
        path : pathlib.Path
            What the file will be.
        """
        images = None if job.calibration is None else self._saved(job.calibration)
        asked = vars(job) | {"metadata": dict(job.metadata), "calibration": images}
        order = {"pack": str(pack.folder), "format": exporter.format, "job": asked, "path": str(path)}
        self._begun.append((exporter.cell_of(job), json.dumps(order)))
        self._send(self._begun[-1][1])

    def finish(self) -> None:
        """Wait for the first job that is not finished; raises what went wrong with it."""
        assert self._process.stdout is not None
        cell, _ = self._begun.popleft()
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            words = self._last_words()
            self._start()
            for _, order in self._begun:
                self._send(order)
            how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            raise ExportError(f"The converter crashed while making {cell} ({how}). Its last words:\n{words}")
        reply = json.loads(line)
        if reply["unsupported"]:
            raise UnsupportedExportError(reply["error"])
        if reply["error"] is not None:
            raise ExportError(f"Making {cell} failed: {reply['error']}")

    def discard(self) -> None:
        """Give up the jobs that are not finished, so that nothing writes their files any more."""
        if self._begun:
            self._begun.clear()
            self._end()
            self._start()

    def _send(self, order: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(order + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the process is gone already, which `finish` reports

    def _saved(self, calibration: np.ndarray) -> str:
        """The images as a file, written once for all jobs that calibrate on them."""
        import numpy as np

        path = Path(self._folder.name) / f"{hashlib.sha256(calibration.tobytes()).hexdigest()}.npy"
        if not path.exists():
            try:
                np.save(path, calibration)
            except OSError as error:  # which else would be taken for one about the pack
                path.unlink(missing_ok=True)
                raise ExportError(
                    f"The calibration images cannot be written to the temporary folder {self._folder.name!r}: {error}. "
                    "Make room there, or name another folder in TMPDIR."
                ) from error
        return str(path)

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "zoo.exporting.converter_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={
                **os.environ,
                "KERAS_BACKEND": "tensorflow",
                "CUDA_VISIBLE_DEVICES": "-1",
                "TF_CPP_MIN_LOG_LEVEL": "2",
                "TMPDIR": self._folder.name,  # it is killed in the end, and leaves there what its packages put aside
            },
            start_new_session=True,  # Ctrl-C reaches the command alone, which then ends this process
        )

    def _end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _last_words(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-LOG_LINES:])
