"""Each check of a data set, an exporter and a runtime finds what it is there for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers import make_distribution, run_python, run_zoo

DATASETS = """
import dataclasses

import zoo

ZOO_API_VERSION = 1


def changed(change):
    def load(argument, image_shape):
        data = zoo.load_dataset("digits")
        return change(data)
    return load


def part(data, name, **changes):
    return dataclasses.replace(data, **{name: dataclasses.replace(getattr(data, name), **changes)})


def random_split(data):
    import numpy as np
    order = np.random.default_rng().permutation(len(data.train))
    return part(data, "train", images=data.train.images[order], labels=data.train.labels[order])


def crash(argument, image_shape):
    if argument:
        open(argument)
    return zoo.load_dataset("digits")


FAULTS = {
    "no_dataset": changed(lambda data: data.train),
    "one_class": changed(lambda data: dataclasses.replace(data, classes=("0",) * 10)),
    "floats": changed(lambda data: part(data, "test", images=data.test.scaled())),
    "short_labels": changed(lambda data: part(data, "test", labels=data.test.labels.astype("int32"))),
    "eleven": changed(lambda data: part(data, "test", labels=data.test.labels + 1)),
    "dark": changed(lambda data: part(data, "train", images=data.train.images // 16)),
    "no_nine": changed(lambda data: part(data, "train", images=data.train.images[data.train.labels != 9],
                                         labels=data.train.labels[data.train.labels != 9])),
    "leaks": changed(lambda data: dataclasses.replace(data, test=data.train)),
    "random": changed(random_split),
    "no_digest": changed(lambda data: dataclasses.replace(data, digests={})),
    "crash": crash,
}


@zoo.hookimpl
def zoo_register_datasets(register):
    for name, load in FAULTS.items():
        register(zoo.DatasetSource(name, load, "Digits with a fault", "MIT"))
"""

DATASET_FAULTS = {
    "no_dataset": ("loads", "zoo.Dataset"),
    "one_class": ("loads", "at least two different labels"),
    "floats": ("loads", "The test images are float32"),
    "short_labels": ("loads", "The test labels are int32"),
    "eleven": ("loads", "positions in the 10 classes"),
    "dark": ("range", "The brightest pixel is 15"),
    "no_nine": ("parts", "No training image shows 9"),
    "leaks": ("parts", "1257 test images are training images, too"),
    "random": ("repeats", "the train part differs"),
    "no_digest": ("digests", "SHA-256"),
    "crash": ("refuses", "FileNotFoundError"),
}

FORMATS = """
import pathlib
import numpy as np
import zoo

ZOO_API_VERSION = 1


def weights(model, path, job):
    kernel, bias = model.get_weights()
    np.savez(path.with_suffix(".npz"), kernel=kernel, bias=bias)
    path.with_suffix(".npz").rename(path)


def halved(model, path, job):
    kernel, bias = model.get_weights()
    np.savez(path.with_suffix(".npz"), kernel=kernel / 2, bias=bias)
    path.with_suffix(".npz").rename(path)


class Honest(zoo.Session):
    def __init__(self, artifact, threads):
        arrays = np.load(artifact.verified_path())
        self.kernel, self.bias = arrays["kernel"], arrays["bias"]
        self.temperature, self.shape = artifact.pack.temperature, artifact.pack.input_shape

    def run(self, images):
        zoo.check_images(images, self.shape)
        logits = (images.reshape(len(images), -1) @ self.kernel + self.bias) / np.float32(self.temperature)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)


class Credulous(Honest):
    def __init__(self, artifact, threads):
        arrays = np.load(artifact.path)
        self.kernel, self.bias = arrays["kernel"], arrays["bias"]
        self.temperature, self.shape = artifact.pack.temperature, artifact.pack.input_shape


class Lax(Honest):
    def run(self, images):
        return super().run(np.asarray(images, np.float32).reshape(-1, *self.shape))


class Wide(Honest):
    def run(self, images):
        return super().run(images).astype(np.float64)


class Greedy(Honest):
    buffer = np.zeros((400, 10), np.float32)

    def run(self, images):
        self.buffer[: len(images)] = super().run(images)
        return self.buffer[: len(images)]


class Vandal(Honest):
    def run(self, images):
        answer = super().run(images)
        images[:] = 0
        return answer


class OneByOne(Honest):
    def run(self, images):
        answer = super().run(images)
        answer[1:] = answer[0]
        return answer


@zoo.hookimpl
def zoo_register_exporters(register):
    def check(path, job):
        np.load(path)["kernel"]

    register(zoo.Exporter("npz", "model.npz", ("fp32",), weights, check, "numpy", ""))
    register(zoo.Exporter("npz_halved", "half.npz", ("fp32",), halved, check, "numpy", ""))
    register(zoo.Exporter("npz_lax", "lax_{precision}.npz", ("fp32",), weights, lambda path, job: None, "numpy", ""))
    register(zoo.Exporter("npz_alone", "alone", ("fp32", "fp16"), weights, check, "numpy", "", {"int8": ""}))


@zoo.hookimpl
def zoo_register_runtimes(register):
    for session in (Honest, Credulous, Lax, Wide, Greedy, Vandal, OneByOne):
        register(zoo.Runtime(session.__name__.lower(), ("npz",), session, "numpy", "", 50))
    register(zoo.Runtime("opener", ("npz_halved", "npz_lax"), Honest, "numpy", "", 51))
    register(zoo.Runtime("absent", (), Honest, "no_such_package", "", 52))
"""

# Subject and check that must fail (or pass: no text), and what the message must hold.
FORMAT_FAULTS = [
    ("npz", "exports_fp32", None),
    ("npz", "refuses", None),
    ("npz_halved", "exports_fp32", "does not compute what the Keras model computes"),
    ("npz_lax", "refuses", "lets a file of plain text pass"),
    ("npz_alone", "describes_itself", "differs for each precision"),
    ("npz_alone", "opened", "No installed runtime opens 'npz_alone'"),
    ("honest", "answers_npz", None),
    ("honest", "batches_npz", None),
    ("honest", "owns_npz", None),
    ("honest", "sessions_npz", None),
    ("honest", "threads_npz", None),
    ("honest", "refuses_npz", None),
    ("honest", "damaged_npz", None),
    ("credulous", "damaged_npz", "verified_bytes"),
    ("lax", "refuses_npz", "it answers"),
    ("wide", "answers_npz", "float64"),
    ("greedy", "owns_npz", "overwrites the answers"),
    ("vandal", "owns_npz", "changes the images"),
    ("onebyone", "answers_npz", "answers differ"),
    ("absent", "describes_itself", "opens no format"),
]


def outcomes(site: Path, names: list[str]) -> dict[str, dict[str, str | None]]:
    """By subject, each check with its error; all in one process."""
    result = run_python(
        f"""
        import json
        from zoo.testing import find_checks, run_checks

        found = {{}}
        for name in {names!r}:
            checks = [check for check in find_checks(name) if check.name != "trains"]
            found[name] = {{o.check.name: None if o.passed else str(o.error) for o in run_checks(checks)}}
        print("\\n" + json.dumps(found))
        """,
        PYTHONPATH=str(site),
    )
    assert result.returncode == 0, result.stderr
    answers: dict[str, dict[str, str | None]] = json.loads(result.stdout.splitlines()[-1])
    return answers


@pytest.fixture(scope="session")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str | None]]:
    site = tmp_path_factory.mktemp("datasets") / "site"
    make_distribution(site, "zoo-faulty-data", DATASETS)
    return outcomes(site, list(DATASET_FAULTS))


@pytest.mark.parametrize("name", DATASET_FAULTS)
def test_a_fault_of_a_data_set_is_found(datasets: dict[str, dict[str, str | None]], name: str) -> None:
    check, text = DATASET_FAULTS[name]
    error = datasets[name][check]
    assert error is not None
    assert text in error
    if check not in ("loads", "refuses"):  # whatever is right beside it passes
        assert [check for check, error in datasets[name].items() if error] == [check]


@pytest.fixture(scope="session")
def formats(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str | None]]:
    site = tmp_path_factory.mktemp("formats") / "site"
    make_distribution(site, "zoo-faulty-formats", FORMATS)
    return outcomes(site, list(dict.fromkeys(name for name, _, _ in FORMAT_FAULTS)))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "check", "text"), FORMAT_FAULTS)
def test_a_fault_of_an_exporter_or_a_runtime_is_found(
    formats: dict[str, dict[str, str | None]], name: str, check: str, text: str | None
) -> None:
    error = formats[name][check]
    if text is None:
        assert error is None
    else:
        assert error is not None
        assert text in error


@pytest.mark.slow
def test_numpy_at_the_top_is_no_crime(formats: dict[str, dict[str, str | None]]) -> None:
    assert formats["npz"]["light"] is None


def test_the_command_checks_all_that_bear_the_name(tmp_path: Path) -> None:
    entries = json.loads(run_zoo("check", "onnxruntime", "--quick", "--json").stdout)
    assert [entry["check"] for entry in entries] == ["describes_itself", "light"]
    assert all(entry["passed"] for entry in entries)
    make_distribution(tmp_path, "zoo-faulty-formats", FORMATS)
    faulty = run_zoo("check", "absent", "--quick", PYTHONPATH=str(tmp_path))
    assert faulty.returncode == 1
    assert "passed  light" in faulty.stdout
    assert "FAILED  describes_itself" in faulty.stdout
    assert "It opens no format." in faulty.stdout
    assert "absent: 2 checks, 1 failed" in faulty.stdout
    assert "Traceback" not in faulty.stderr
    missing = run_zoo("check", "folder:/nowhere", "--quick")
    assert missing.returncode == 1
    assert "There is no folder '/nowhere'" in missing.stdout
