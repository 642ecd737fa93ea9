"""Sessions of the four runtimes: the same answers, the same refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from helpers import change_manifest, run_python, without_packages

import zoo
from zoo.errors import ImageError, UnknownNameError, ZooError
from zoo.runtimes.runtime import available_runtimes

Images = npt.NDArray[np.float32]
RUNTIMES = ("keras", "tensorflow", "litert", "onnxruntime")


@pytest.fixture(scope="module", params=RUNTIMES)
def session(request: pytest.FixtureRequest, exported: Path) -> zoo.Session:
    return zoo.load(exported, runtime=request.param)


def test_probabilities(session: zoo.Session, images: Images) -> None:
    found = session.run(images[:50])
    assert found.shape == (50, 10)
    assert found.dtype == np.float32
    assert (found >= 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


def test_the_batch_may_change_at_every_call(session: zoo.Session, images: Images) -> None:
    whole = session.run(images[:20])
    for start, size in ((0, 1), (1, 7), (8, 1), (9, 11), (0, 20)):
        np.testing.assert_allclose(session.run(images[start : start + size]), whole[start : start + size], atol=1e-6)


def test_an_answer_stays_when_the_next_one_comes(session: zoo.Session, images: Images) -> None:
    first = session.run(images[:1])
    kept = first.copy()
    session.run(images[1:2])
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (np.zeros((28, 28, 1), np.float32), "have shape (28, 28, 1)"),
        (np.zeros((2, 28, 28), np.float32), "have shape (2, 28, 28)"),
        (np.zeros((1, 32, 32, 1), np.float32), "have shape (1, 32, 32, 1)"),
        (np.zeros((0, 28, 28, 1), np.float32), "have shape (0, 28, 28, 1)"),
        (np.zeros((1, 28, 28, 1), np.float64), "are float64"),
        (np.zeros((1, 28, 28, 1), np.uint8), "are uint8"),
        ([[0.0]], "are a list"),
        (None, "are a NoneType"),
    ],
    ids=["one image", "no channel", "size", "empty", "float64", "bytes", "list", "None"],
)
def test_what_a_model_does_not_take(session: zoo.Session, wrong: object, text: str) -> None:
    with pytest.raises(ImageError) as error:
        session.run(wrong)  # type: ignore[arg-type]
    assert text in str(error.value)
    assert "(n, 28, 28, 1)" in str(error.value)
    assert session.run(np.zeros((1, 28, 28, 1), np.float32)).shape == (1, 10)  # it goes on


def test_arrays_that_are_not_contiguous(session: zoo.Session, images: Images) -> None:
    turned = np.ascontiguousarray(images[:4].transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3)
    np.testing.assert_allclose(session.run(turned), session.run(images[:4]), atol=1e-6)


@pytest.mark.parametrize("runtime", ["litert", "onnxruntime"])
def test_threads(runtime: str, exported: Path, images: Images) -> None:
    two = zoo.load(exported, runtime=runtime, threads=2)
    np.testing.assert_allclose(two.run(images[:8]), zoo.load(exported, runtime=runtime).run(images[:8]), atol=1e-5)
    for wrong in (0, -1, 1.5, "2"):
        with pytest.raises(ZooError, match=r"threads is .* at least 1"):
            zoo.load(exported, runtime=runtime, threads=wrong)  # type: ignore[arg-type]


def test_tensorflow_takes_one_number_of_threads_per_process(exported: Path) -> None:
    result = run_python(
        f"""
        import numpy as np, zoo
        image = np.zeros((1, 28, 28, 1), np.float32)
        for runtime in ("tensorflow", "keras"):
            print(zoo.load({str(exported)!r}, runtime, threads=1).run(image).shape)
        try:
            zoo.load({str(exported)!r}, "keras", threads=2)
        except zoo.ZooError as error:
            print(error)
        """
    )
    lines = result.stdout.splitlines()
    assert lines[:2] == ["(1, 10)", "(1, 10)"], result.stderr
    assert "cannot change to 2 threads" in lines[2]


def test_the_lightest_runtime_is_taken(exported: Path, trained: Path) -> None:
    assert [runtime.name for runtime in available_runtimes(zoo.Pack(exported))] == [
        "litert",
        "onnxruntime",
        "keras",
        "tensorflow",
    ]
    assert [runtime.name for runtime in available_runtimes(zoo.Pack(trained))] == ["keras"]


def test_names_that_do_not_exist(exported: Path, trained: Path) -> None:
    with pytest.raises(UnknownNameError, match="Unknown runtime 'onnxruntim'. Did you mean 'onnxruntime'"):
        zoo.load(exported, runtime="onnxruntim")
    with pytest.raises(UnknownNameError, match=r"zoo export lenet5.digits --format tflite --precision int8"):
        zoo.load(exported, runtime="litert", precision="int8")
    with pytest.raises(UnknownNameError, match=r"Available: keras fp32.*zoo export"):
        zoo.load(trained, runtime="litert")
    with pytest.raises(ZooError, match="No installed runtime opens lenet5.digits at precision 'fp61'"):
        zoo.load(exported, precision="fp61")


@pytest.mark.parametrize(
    ("package", "runtime", "text"),
    [
        ("tensorflow", "tensorflow", "pip install 'digit-zoo[train]'"),
        ("keras", "keras", "pip install 'digit-zoo[train]'"),
        ("onnxruntime", "onnxruntime", "pip install digit-zoo"),
    ],
)
def test_a_missing_package_names_its_extra(
    exported: Path, tmp_path: Path, package: str, runtime: str, text: str
) -> None:
    result = run_python(
        f"import zoo\ntry:\n    zoo.load({str(exported)!r}, {runtime!r})\nexcept zoo.ZooError as error:\n    print(error)",
        PYTHONPATH=without_packages(tmp_path / "without", package),
    )
    assert f"The runtime '{runtime}' needs the package '{package}'" in result.stdout, result.stderr
    assert text in result.stdout
    assert "[]" not in result.stdout


def test_without_one_runtime_the_next_is_taken(exported: Path, tmp_path: Path) -> None:
    result = run_python(
        f"import zoo\nprint(type(zoo.load({str(exported)!r})).__name__)",
        PYTHONPATH=without_packages(tmp_path / "without", "ai_edge_litert"),
    )
    assert result.stdout.strip() == "OnnxRuntimeSession", result.stderr


def test_an_architecture_that_is_not_installed(pack_copy: Path) -> None:
    change_manifest(pack_copy, lambda manifest: manifest.update(id="elsewhere.digits", architecture="elsewhere"))
    assert zoo.load(pack_copy, "litert").run(np.zeros((1, 28, 28, 1), np.float32)).shape == (1, 10)
    with pytest.raises(UnknownNameError, match="Unknown architecture 'elsewhere'"):
        zoo.load(pack_copy, "keras")


def test_an_architecture_that_has_changed(pack_copy: Path) -> None:
    change_manifest(pack_copy, lambda manifest: manifest.update(id="mlp.digits", architecture="mlp"))
    with pytest.raises(ZooError, match="do not fit the installed architecture 'mlp'"):
        zoo.load(pack_copy, "keras")
