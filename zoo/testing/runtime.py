"""The contract of a runtime."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable

import numpy as np

from zoo.contract.pack import Artifact, Pack
from zoo.contract.runtime import Runtime, Session
from zoo.datasets.load import load_dataset
from zoo.errors import ContractError, ImageError, MissingExtraError, PackError, ZooError, error_line
from zoo.evaluation.answers import open_sessions, run_batches
from zoo.evaluation.parity import measure_parity
from zoo.exporting.gates import gate_for
from zoo.plugins import load_plugins
from zoo.runtimes.open import load
from zoo.testing.check import Check, Outcome, demand, run_or_raise
from zoo.testing.model import exported_model, temporary_folder
from zoo.testing.probes import check_light

__all__ = ["check_runtime", "runtime_checks"]

BATCHES = (1, 3, 250, 2, 1)
CHECKED = "call zoo.check_images, which raises zoo.errors.ImageError."
VERIFIED = "Read it with artifact.verified_bytes() or artifact.verified_path(), which raise zoo.errors.PackError."


def check_runtime(name: str, *, report: Callable[[Outcome], None] = lambda outcome: None) -> list[Outcome]:
    """Check all that the zoo demands of a runtime, with a small model that is trained and exported for it.

    Parameters
    ----------
    name : str
        As it is registered by an installed plugin.
    report : callable
        Is given each outcome once it is there.

    Returns
    -------
    list of Outcome
        One per check, those of files for each format that it opens.

    Raises
    ------
    ContractError
        When a check failed, with all that failed. Those after it were run, too.
    UnknownNameError
        When no plugin registers it.
    """
    return run_or_raise(runtime_checks(name), report)


def runtime_checks(name: str) -> list[Check]:
    """The checks of a runtime, to be called one by one; `check_runtime` runs them all.

    Parameters
    ----------
    name : str
        As for `check_runtime`.

    Returns
    -------
    list of Check
    """
    runtime: Runtime = load_plugins().find("runtime", name)

    def describes_itself() -> None:
        demand(runtime.formats, "It opens no format.")
        demand(isinstance(runtime.rank, int), f"Its rank is {runtime.rank!r}; give a whole number.")
        if not runtime.installed:
            raise MissingExtraError(runtime.package, runtime.extra, f"The runtime {name!r}")

    checks = [
        Check(name, "describes_itself", "is installed and says what it opens", describes_itself),
        Check(name, "light", "imports nothing heavy when it is listed", lambda: check_light("runtimes", name)),
    ]
    for format in runtime.formats:
        subject = _Subject(runtime, format)
        checks += [
            Check(name, f"{check}_{format}", demand, function, slow=True)
            for check, demand, function in (
                ("answers", "answers what the Keras model answers", subject.answers),
                ("batches", "takes any number of images", subject.batches),
                ("owns", "leaves the images and its earlier answers alone", subject.owns),
                ("sessions", "keeps sessions apart", subject.sessions),
                ("threads", "answers the same with any number of threads", subject.threads),
                ("refuses", "refuses images of another shape or type", subject.refuses),
                ("damaged", "opens no file that is not what its pack says", subject.damaged),
            )
        ]
    return checks


class _Subject:
    """A runtime under test with one format."""

    def __init__(self, runtime: Runtime, format: str) -> None:
        self.runtime = runtime
        self.format = format

    @functools.cached_property
    def artifact(self) -> Artifact:
        return exported_model(self.format).artifact(self.format)

    @property
    def images(self) -> np.ndarray:
        return _images().copy()  # a runtime that changes what it is given must not spoil the other checks

    @functools.cached_property
    def session(self) -> Session:
        return self.runtime.open(self.artifact, None)

    def answers(self) -> None:
        answer = run_batches(open_sessions(self.runtime, self.artifact), self.images)
        demand(
            isinstance(answer, np.ndarray) and answer.dtype == np.float32,
            f"It returns {getattr(answer, 'dtype', type(answer))}, not a float32 array.",
        )
        sums = answer.sum(axis=1)
        demand(np.allclose(sums, 1, atol=1e-4), f"Its probabilities sum to {sums.min():.4f} ... {sums.max():.4f}.")
        expected = run_batches([load(self.artifact.pack, "keras")], self.images)
        reasons = gate_for("fp32").failures(measure_parity(expected, answer), None)
        demand(not reasons, "; ".join(reasons))

    def batches(self) -> None:
        whole = self.session.run(self.images)
        for size in BATCHES:
            part = self.session.run(self.images[:size])
            demand(
                part.shape == (size, whole.shape[1]) and np.allclose(part, whole[:size], atol=1e-5),
                f"{size} images get other answers than among {len(self.images)}.",
            )
        every_other = self.session.run(self.images[:20:2])  # not contiguous in memory
        demand(np.allclose(every_other, whole[:20:2], atol=1e-5), "It misreads an array that is a view of another.")

    def owns(self) -> None:
        images = self.images[:4].copy()
        first = self.session.run(images)
        kept = first.copy()
        self.session.run(self.images[4:8].copy())
        demand(np.array_equal(first, kept), "The next call overwrites the answers of the last one; return a copy.")
        demand(np.array_equal(images, self.images[:4]), "It changes the images that it is given.")

    def sessions(self) -> None:
        one, other = self.runtime.open(self.artifact, None), self.runtime.open(self.artifact, None)
        first = one.run(self.images[:2])
        other.run(self.images[2:7])
        demand(np.array_equal(first, one.run(self.images[:2])), "A second session changes the answers of the first.")

    def threads(self) -> None:
        expected = self.session.run(self.images[:8])
        for threads in (1, 2):
            try:
                session = self.runtime.open(self.artifact, threads)
            except ZooError:  # one number per process, as TensorFlow has it: an error that says so will do
                continue
            demand(
                np.allclose(session.run(self.images[:8]), expected, atol=1e-5),
                f"With threads={threads} it answers otherwise.",
            )

    def refuses(self) -> None:
        good = self.images[:2]
        wrong = {
            "a list": good.tolist(),
            "uint8": (good * 255).astype(np.uint8),
            "float64": good.astype(np.float64),
            "a single image": good[0],
            "another size": good[:, :20],
            "no image": good[:0],
        }
        for what, images in wrong.items():
            try:
                self.session.run(images)
            except ImageError:
                continue
            except Exception as error:
                raise ContractError(f"Given {what}, it raises {error_line(error)}; {CHECKED}") from error
            raise ContractError(f"Given {what}, it answers; {CHECKED}")

    def damaged(self) -> None:
        folder = temporary_folder("damaged") / "pack"
        shutil.copytree(self.artifact.pack.folder, folder)
        artifact = Pack(folder).artifact(self.format)
        path = artifact.path
        file = max(path.rglob("*"), key=lambda file: file.stat().st_size) if path.is_dir() else path
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
        try:
            self.runtime.open(artifact, None)
        except PackError:
            return
        except Exception as error:
            raise ContractError(f"A damaged file raises {error_line(error)}. {VERIFIED}") from error
        raise ContractError(f"It opens a file of which one bit was changed. {VERIFIED}")


@functools.cache
def _images() -> np.ndarray:
    return load_dataset("digits").test.scaled()
