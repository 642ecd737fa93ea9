"""Many runs in one command: independent jobs, side by side, of which none takes another down."""

from __future__ import annotations

import dataclasses
import json
import os
import pickle
import signal
import threading
from pathlib import Path

import pytest
from helpers import assert_one_message, make_distribution, run_python, run_zoo, same_weights, started_zoo, wait_for

import zoo
from zoo.errors import UnknownNameError
from zoo.packs.writing import edit_pack
from zoo.training.runs import Job, execute, over_seeds
from zoo.training.state import Checkpoint

PLUGIN = """
import os

import zoo

ZOO_API_VERSION = 1


def linear(input_shape, num_classes):
    from keras import Input, Sequential, layers

    return Sequential([Input(input_shape, name="image"), layers.Flatten(), layers.Dense(num_classes)])


def wrong(input_shape, num_classes):
    raise RuntimeError("no such layer")


def dies(input_shape, num_classes):
    os.kill(os.getpid(), 9)


@zoo.hookimpl
def zoo_register_architectures(register):
    def offer(name, build, **recipe):
        recipes = {"digits": zoo.Recipe(dataset="digits", epochs=1, **recipe)}
        register(zoo.Architecture(name, build, "A test's", "https://example.org", "MIT", recipes))

    offer("a_student", linear, teacher=zoo.Teacher(models=("c_teacher",), views=1))
    offer("b_pupil", linear, teacher=zoo.Teacher(models=("a_student.digits",), views=1))
    offer("c_teacher", linear)
    offer("d_tuned", linear, init="c_teacher.digits")
    offer("dies", dies)
    offer("wrong", wrong)
"""


@pytest.fixture
def site(tmp_path: Path) -> str:
    """A folder for PYTHONPATH with architectures of which some fail."""
    make_distribution(tmp_path / "site", "zoo-runs", PLUGIN)
    return str(tmp_path / "site")


def train_digits(seeds: tuple[int, ...] = (0, 1), **options: object) -> list[zoo.RunResult]:
    """Two small runs in this process."""
    return zoo.train_many(["softmax_regression"], seeds=seeds, dataset="digits", epochs=2, **options)  # type: ignore[arg-type]


def test_runs_are_those_of_single_trainings_and_are_taken_as_they_are(zoo_home: Path, tmp_path: Path) -> None:
    told: list[zoo.RunResult] = []
    results = train_digits(on_result=told.append)
    assert told == results
    assert [(run.model, run.seed, run.status) for run in results] == [
        ("softmax_regression.digits", seed, "trained") for seed in (0, 1)
    ]
    folder = zoo_home / "packs" / "softmax_regression.digits"
    assert [run.folder for run in results] == [str(folder), str(folder / "seeds" / "1")]
    alone = zoo.train("softmax_regression", dataset="digits", epochs=2, seed=1, output=tmp_path / "alone")
    assert same_weights(alone.folder, folder / "seeds" / "1")
    assert results[1].accuracy == alone.accuracy
    assert results[1].seconds is not None and results[1].seconds > 0

    again = train_digits(seeds=(0, 1, 2))
    assert [run.status for run in again] == ["kept", "kept", "trained"]
    assert [run.accuracy for run in again[:2]] == [run.accuracy for run in results]
    (spread,) = over_seeds(again)
    assert spread["seeds"] == 3
    assert spread["accuracy_mean"] == pytest.approx(sum(run.accuracy or 0 for run in again) / 3)

    (once,) = zoo.train_many(["softmax_regression", "softmax_regression"], seeds=(2, 2), dataset="digits", epochs=2)
    assert once == dataclasses.replace(again[2], status="kept")

    (other,) = zoo.train_many(["softmax_regression"], dataset="digits", epochs=3)
    assert other.status == "failed"
    assert "was trained otherwise (epochs); add --overwrite" in (other.error or "")
    (replaced,) = zoo.train_many(["softmax_regression"], dataset="digits", epochs=3, overwrite=True)
    assert replaced.status == "trained"


def test_a_job_is_plain_data() -> None:
    job = Job("lenet5.mnist", 3, {"recipe": zoo.Recipe(augmentation=zoo.Augmentation(rotation=5))}, threads=2)
    assert pickle.loads(pickle.dumps(job)) == job
    failed = execute(Job("lenet5.mnist", 0, {"dataset": "digits"}))
    assert failed.status == "failed"
    assert "is trained on mnist, not on digits" in (failed.error or "")


def test_a_run_that_fails_and_a_process_that_dies_stop_no_other(site: str) -> None:
    result = run_zoo(
        "train", "wrong", "dies", "softmax_regression", "--dataset", "digits", "--epochs", "1", "--jobs", "2", "--json",
        PYTHONPATH=site,
    )  # fmt: skip
    assert result.returncode == 1
    runs = {run["model"]: run for run in json.loads(result.stdout)["runs"]}
    assert {name: run["status"] for name, run in runs.items()} == {
        "wrong": "failed",
        "dies": "failed",
        "softmax_regression.digits": "trained",
    }
    assert "RuntimeError: no such layer" in runs["wrong"]["error"]
    assert "SIGKILL" in runs["dies"]["error"]
    assert "The trainings at work were ended by TerminatedWorkerError" in result.stderr
    for text in ("Error: wrong seed 0: RuntimeError: no such layer", "Error: dies seed 0: ", "seed 0: epoch 1/1  loss"):
        assert text in result.stderr
    assert "Traceback" not in result.stderr
    assert "absl" not in result.stderr  # workers are as quiet as the command


def test_teachers_come_before_their_students_and_beginnings_before_what_goes_on(site: str) -> None:
    program = """
        from zoo.training.runs import in_waves

        print(in_waves([f"{name}.digits" for name in ("b_pupil", "a_student", "wrong", "c_teacher", "d_tuned")], {}))
    """
    result = run_python(program, PYTHONPATH=site)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == (
        "[['wrong.digits', 'c_teacher.digits'], ['a_student.digits', 'd_tuned.digits'], ['b_pupil.digits']]"
    )


@pytest.mark.slow
def test_ctrl_c_ends_all_workers_and_the_same_command_goes_on(tmp_path: Path, zoo_home: Path) -> None:
    command = ("train", "mlp", "softmax_regression", "--dataset", "digits", "--epochs", "3000", "--jobs", "2")
    packs = zoo_home / "packs"
    log = tmp_path / "log"
    with started_zoo(log, *command) as process:
        wait_for(lambda: len(list(packs.glob(".*.training-*/state.npz"))) == 2, process)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=60) == 1
        with pytest.raises(ProcessLookupError):  # nothing of the group is left
            for _ in range(200):
                os.killpg(process.pid, 0)
                threading.Event().wait(0.05)
    text = log.read_text()
    assert "Interrupted, with 0 runs done. The same command takes" in text
    assert "neg. log likelihood" not in text  # the head of a table without rows
    assert "Traceback" not in text
    assert "mlp seed 0: epoch 1/3000  loss" in text
    with started_zoo(log, *command) as process:
        wait_for(lambda: log.read_text().count("Resuming") == 2, process)
    assert "mlp seed 0: Resuming mlp.digits after epoch" in log.read_text()


def test_after_an_interrupted_overwrite_what_is_finished_is_kept_by_leaving_it_out(tmp_path: Path) -> None:
    """The same command would train it once more."""
    words = ("train", "softmax_regression", "mlp", "--dataset", "digits", "--epochs", "3000", "--overwrite")
    log = tmp_path / "log"
    with started_zoo(log, *words) as process:
        wait_for(lambda: "epoch 1/3000" in log.read_text(), process)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=60) == 1
    assert "The same command without --overwrite takes the finished packs as they are" in log.read_text()


def test_wrong_usage_is_told_before_anything_is_trained(zoo_home: Path) -> None:
    for words, text in (
        ((), "Name architectures, or give --all"),
        (("mlp", "--all"), "Names of architectures and --all exclude each other"),
        (("mlp", "--seed", "1", "--seeds", "2"), "exclude each other"),
        (("mlp", "lenet5", "--output", "x"), "for a single run"),
    ):
        assert_one_message(run_zoo("train", *words), text, code=2)
    with pytest.raises(UnknownNameError, match=r"Did you mean 'lenet5'"):
        zoo.train_many(["softmax_regression", "lenet6"], dataset="digits", epochs=1)
    with pytest.raises(zoo.ZooError, match=r"jobs is 0; it must be at least 1"):
        zoo.train_many(["mlp"], jobs=0)
    assert not (zoo_home / "packs").exists()


def test_a_pack_can_be_replaced_while_its_other_seeds_train(trained: Path, zoo_home: Path) -> None:
    import shutil

    folder = zoo_home / "packs" / "lenet5.digits"
    shutil.copytree(trained, folder)
    checkpoint = Checkpoint(folder / "seeds" / ".1.training-0123")
    failures: list[BaseException] = []
    ended = threading.Event()

    def replace() -> None:
        try:
            for _ in range(40):
                with edit_pack(zoo.Pack(folder)):
                    pass
        except BaseException as error:
            failures.append(error)
        finally:
            ended.set()

    thread = threading.Thread(target=replace)
    thread.start()
    epochs = 0
    while not ended.is_set():
        epochs += 1
        checkpoint.save([], [{"epoch": epochs}])
        assert checkpoint.restore([]) == [{"epoch": epochs}]
    thread.join()
    assert not failures
    assert epochs > 1
    assert zoo.Pack(folder).id == "lenet5.digits"


def test_threads_are_limited_for_every_library() -> None:
    program = """
        from zoo.training.runs import limited_threads

        with limited_threads(1):
            import cv2, numpy, scipy.linalg, tensorflow as tf, threadpoolctl
            scipy.linalg.inv(numpy.eye(3))
            threading = tf.config.threading
            print(threading.get_intra_op_parallelism_threads(), threading.get_inter_op_parallelism_threads())
            print(cv2.getNumThreads(), {library["num_threads"] for library in threadpoolctl.threadpool_info()})
    """
    result = run_python(program)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-2:] == ["1 1", "1 {1}"]


@pytest.mark.slow
def test_the_jobs_run_on_dask(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install distributed")
    program = """
        import joblib, zoo
        from distributed import Client

        if __name__ == "__main__":
            with Client(n_workers=2, threads_per_worker=1, dashboard_address=None) as client:
                with joblib.parallel_config(backend="dask"):
                    results = zoo.train_many(["softmax_regression"], seeds=(0, 1), dataset="digits", epochs=1)
            assert "tensorflow" not in __import__("sys").modules  # it was trained elsewhere
            print([(run.seed, run.status, run.error) for run in results])
    """
    script = tmp_path / "on_dask.py"
    import textwrap

    script.write_text(textwrap.dedent(program))
    result = run_python(f"import runpy; runpy.run_path({str(script)!r}, run_name='__main__')")
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "[(0, 'trained', None), (1, 'trained', None)]"
