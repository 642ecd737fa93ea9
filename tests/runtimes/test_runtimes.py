"""Five runtimes, one behaviour: shapes, types, batches, threads, and clear errors."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from helpers import assert_one_message, run_python, run_zoo, without_packages
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zoo
from zoo.errors import ImageError, UnknownNameError, ZooError
from zoo.runtimes.open import find_runtime

Images = npt.NDArray[np.float32]
RUNTIMES = ("keras", "tensorflow", "litert", "onnxruntime", "openvino")
every_runtime = pytest.mark.parametrize("runtime", RUNTIMES)


@pytest.fixture(scope="module")
def sessions(exported: Path) -> dict[str, zoo.Session]:
    """An open session of each runtime."""
    return {runtime: zoo.load(exported, runtime) for runtime in RUNTIMES}


@pytest.fixture(scope="module")
def expected(sessions: dict[str, zoo.Session], images: Images) -> Images:
    """What the Keras model answers."""
    return sessions["keras"].run(images)


@every_runtime
def test_probabilities(sessions: dict[str, zoo.Session], expected: Images, images: Images, runtime: str) -> None:
    answers = sessions[runtime].run(images)
    assert isinstance(answers, np.ndarray)
    assert answers.shape == (len(images), 10)
    assert answers.dtype == np.float32
    assert answers.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert answers.min() >= 0
    np.testing.assert_allclose(answers, expected, atol=1e-4)


@every_runtime
def test_batches_of_changing_size(
    sessions: dict[str, zoo.Session], expected: Images, images: Images, runtime: str
) -> None:
    for size in (1, 7, 1, 100, 7, 2, 360, 1):
        np.testing.assert_allclose(sessions[runtime].run(images[:size]), expected[:size], atol=1e-4)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 300), size=st.integers(1, 40), step=st.integers(1, 3))
@every_runtime
def test_any_part_of_an_array(
    sessions: dict[str, zoo.Session], expected: Images, images: Images, runtime: str, start: int, size: int, step: int
) -> None:
    """Views, whose memory has gaps, are as good as arrays."""
    part = slice(start, start + size * step, step)
    np.testing.assert_allclose(sessions[runtime].run(images[part]), expected[part], atol=1e-4)


@every_runtime
def test_any_memory_layout(sessions: dict[str, zoo.Session], expected: Images, images: Images, runtime: str) -> None:
    transposed = np.ascontiguousarray(images[:5].transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3)
    fortran, read_only = np.asfortranarray(images[:5]), images[:5].copy()
    read_only.flags.writeable = False
    for array in (transposed, fortran, read_only, images[4::-1][::-1]):
        np.testing.assert_allclose(sessions[runtime].run(array), expected[:5], atol=1e-4)


@every_runtime
def test_answers_belong_to_the_caller(sessions: dict[str, zoo.Session], images: Images, runtime: str) -> None:
    session = sessions[runtime]
    first = session.run(images[:3])
    kept = first.copy()
    session.run(images[3:6])
    assert (first == kept).all()  # not overwritten by the next call
    copy = images[:3].copy()
    session.run(copy)
    assert (copy == images[:3]).all()


WRONG: dict[str, Any] = {
    "no batch": np.zeros((28, 28, 1), np.float32),
    "no channel": np.zeros((1, 28, 28), np.float32),
    "other size": np.zeros((1, 32, 32, 1), np.float32),
    "channels first": np.zeros((1, 1, 28, 28), np.float32),
    "three channels": np.zeros((1, 28, 28, 3), np.float32),
    "empty": np.zeros((0, 28, 28, 1), np.float32),
    "scalar": np.float32(1),
    "bytes": np.zeros((1, 28, 28, 1), np.uint8),
    "double": np.zeros((1, 28, 28, 1)),
    "half": np.zeros((1, 28, 28, 1), np.float16),
    "other byte order": np.zeros((1, 28, 28, 1), ">f4"),
    "objects": np.zeros((1, 28, 28, 1), object),
    "list": [[[[0.0]] * 28] * 28],
    "nothing": None,
    "text": "image.png",
}


@every_runtime
@pytest.mark.parametrize("kind", WRONG)
def test_wrong_images_are_refused_and_the_session_lives_on(
    sessions: dict[str, zoo.Session], expected: Images, images: Images, runtime: str, kind: str
) -> None:
    with pytest.raises(ImageError, match=r"float32.*\(n, 28, 28, 1\).*\[0, 1\]"):
        sessions[runtime].run(WRONG[kind])
    np.testing.assert_allclose(sessions[runtime].run(images[:2]), expected[:2], atol=1e-4)


@every_runtime
def test_sessions_in_threads_do_not_disturb_each_other(
    exported: Path, expected: Images, images: Images, runtime: str
) -> None:
    wrong: list[object] = []

    def work(offset: int) -> None:
        try:
            session = zoo.load(exported, runtime)
            for start in range(offset, 60, 4):
                answers = session.run(images[start : start + 1 + offset])
                np.testing.assert_allclose(answers, expected[start : start + 1 + offset], atol=1e-4)
        except BaseException as error:
            wrong.append(error)

    workers = [threading.Thread(target=work, args=(offset,)) for offset in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == []


@pytest.mark.parametrize("runtime", ["litert", "onnxruntime"])
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_no_answer(exported: Path, expected: Images, images: Images, runtime: str, threads: int) -> None:
    answers = zoo.load(exported, runtime, threads=threads).run(images)
    np.testing.assert_allclose(answers, expected, atol=1e-4)


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2"])
def test_wrong_threads_are_refused(exported: Path, threads: Any) -> None:
    with pytest.raises(zoo.ZooError, match=r"threads is .*; it must be a whole number of at least 1"):
        zoo.load(exported, threads=threads)


@pytest.mark.slow
def test_tensorflow_takes_one_number_of_threads_per_process(exported: Path) -> None:
    result = run_python(
        f"""
        import numpy as np
        import zoo

        image = np.zeros((1, 28, 28, 1), np.float32)
        for runtime, threads in (("tensorflow", 1), ("keras", 1), ("keras", 2)):
            try:
                print(zoo.load({str(exported)!r}, runtime, threads=threads).run(image).shape)
            except zoo.ZooError as error:
                print(error)
        """
    )
    lines = result.stdout.splitlines()
    assert lines[:2] == ["(1, 10)", "(1, 10)"], result.stderr
    assert "one number per process" in lines[2]


# -- choosing one -------------------------------------------------------------------------------------------------


def test_unknown_runtimes_suggest_the_nearest(exported: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown runtime 'onnx'. Did you mean 'onnxruntime'"):
        zoo.load(exported, "onnx")
    with pytest.raises(UnknownNameError, match=r"Available: keras, litert, onnxruntime, openvino, tensorflow"):
        zoo.load(exported, "xyz")


@pytest.mark.parametrize(
    ("runtime", "format"), [("tensorflow", "saved_model"), ("litert", "tflite"), ("onnxruntime", "onnx")]
)
def test_a_file_that_is_not_there_names_the_command_that_makes_it(trained: Path, runtime: str, format: str) -> None:
    with pytest.raises(UnknownNameError, match=rf"'{runtime}'.*zoo export lenet5.digits --format {format}"):
        zoo.load(trained, runtime)


def test_by_default_the_lightest_that_has_a_file(exported: Path, trained: Path) -> None:
    assert type(zoo.load(exported)) is type(zoo.load(exported, "litert"))
    assert type(zoo.load(trained)) is type(zoo.load(trained, "keras"))


@pytest.mark.parametrize(
    ("runtime", "absent", "message"),
    [
        ("keras", ("keras", "tensorflow"), "needs the package 'keras'"),
        ("keras", ("tensorflow",), "needs the package 'tensorflow'"),
        ("tensorflow", ("tensorflow",), "needs the package 'tensorflow'"),
        ("onnxruntime", ("onnxruntime",), "needs the package 'onnxruntime'"),
        ("litert", ("ai_edge_litert",), "needs the package 'ai_edge_litert'"),
    ],
)
def test_a_missing_package_names_what_installs_it(
    own_pack: zoo.Pack, digit_png: Path, tmp_path: Path, runtime: str, absent: tuple[str, ...], message: str
) -> None:
    blocked = without_packages(tmp_path / "blocked", *absent)
    result = run_zoo("predict", "lenet5.digits", digit_png, "--runtime", runtime, PYTHONPATH=blocked)
    command = "pip install 'digit-zoo[train]'" if "tensorflow" in absent else "pip install digit-zoo"
    assert_one_message(result, f"The runtime '{runtime}' {message}", command)


def test_without_litert_the_next_runtime_answers(own_pack: zoo.Pack, digit_png: Path, tmp_path: Path) -> None:
    blocked = without_packages(tmp_path / "blocked", "ai_edge_litert")
    result = run_zoo("predict", "lenet5.digits", digit_png, PYTHONPATH=blocked)
    assert result.returncode == 0, result.stderr
    code = "import zoo; print(type(zoo.load('lenet5.digits')).__name__)"
    assert run_python(code, PYTHONPATH=blocked).stdout == "OnnxRuntimeSession\n"


def test_without_any_runtime_the_error_says_what_the_pack_holds(
    trained: Path, zoo_home: Path, digit_png: Path, tmp_path: Path
) -> None:
    blocked = without_packages(tmp_path / "blocked", "keras", "tensorflow")
    result = run_zoo("predict", trained, digit_png, PYTHONPATH=blocked)
    assert_one_message(result, "No installed runtime opens lenet5.digits", "keras fp32", "pip install")


def test_execution_providers_are_chosen_by_name(
    exported: Path, expected: Images, images: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    providers = find_runtime("onnxruntime").providers
    assert providers is not None
    cpu, *others = providers()
    assert cpu == "CPUExecutionProvider"
    assert find_runtime(f"onnxruntime:{cpu}") is find_runtime("onnxruntime")
    for provider in [cpu, *others]:
        session = zoo.load(exported, f"onnxruntime:{provider}")
        np.testing.assert_allclose(session.run(images), expected, atol=1e-3)
        assert session.settings["providers"][0] == provider

    with pytest.raises(UnknownNameError, match=r"'CPUExecutionProvide'.*Did you mean 'CPUExecutionProvider'"):
        zoo.load(exported, "onnxruntime:CPUExecutionProvide")
    with pytest.raises(UnknownNameError, match=r"runtime 'litert'.*no choice"):
        zoo.load(exported, "litert:GPU")
    assert_one_message(
        run_zoo("evaluate", exported, "--runtime", "onnxruntime:NoExecutionProvider"), "Available:", cpu, *others
    )
    # A build that offers a provider whose libraries are missing falls back to the CPU by itself.
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [cpu, "QNNExecutionProvider"])
    with (
        pytest.warns(UserWarning, match="not in available"),
        pytest.raises(ZooError, match="did not take the provider"),
    ):
        zoo.load(exported, "onnxruntime:QNNExecutionProvider")


def test_check_images_is_public_and_has_its_old_path_still() -> None:
    from zoo.runtimes.runtime import check_images

    assert check_images is zoo.check_images
