"""An exporter that lies, raises or crashes harms nothing but its own file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers import make_distribution, run_zoo, tree

import zoo

# Exporters and the runtimes of their formats. A "uniform" file answers the same to everything: a wrong model.
SOURCE = """
import os
from pathlib import Path

import numpy as np
import zoo

ZOO_API_VERSION = 1


class Session(zoo.Session):
    def __init__(self, artifact, threads):
        if artifact.format == "unopened":
            raise RuntimeError("cannot open this")
        self.width = 3 if artifact.format == "narrow" else 10

    def run(self, images):
        return np.full((len(images), self.width), 1 / self.width, np.float32)


def write(model, path, job):
    print("a chatty converter")
    os.write(1, b"even natively\\n")
    path.write_bytes(b"uniform")


def explode(model, path, job):
    path.write_bytes(b"half")
    raise RuntimeError("the converter does not like this network")


def crash(model, path, job):
    path.write_bytes(b"half")
    os.write(2, b"fatal: out of luck\\n")
    os.abort()


def leave(model, path, job):
    raise SystemExit(7)


def nothing(model, path, job):
    pass


def accept(path, job):
    pass


def reject(path, job):
    raise zoo.ZooError("the file has no soul")


EXPORTERS = {
    "uniform": (write, accept),
    "narrow": (write, accept),
    "unopened": (write, accept),
    "homeless": (write, accept),
    "exploding": (explode, accept),
    "crashing": (crash, accept),
    "leaving": (leave, accept),
    "absent": (nothing, accept),
    "rejected": (write, reject),
}


@zoo.hookimpl
def zoo_register_exporters(register):
    for name, (export, check) in EXPORTERS.items():
        register(
            zoo.Exporter(
                format=name, file_name=f"{name}_{{precision}}.bin", precisions=("fp32",), export=export, check=check,
                package="numpy", extra="", unsupported={"int8": "it is only a test"},
            )
        )


@zoo.hookimpl
def zoo_register_runtimes(register):
    formats = tuple(name for name in EXPORTERS if name != "homeless")
    register(zoo.Runtime(name="uniform", formats=formats, open=Session, package="numpy", extra="", rank=9))
"""

REASONS = {
    "uniform": ("uniform fp32 does not compute what the Keras model computes", "a probability differs by"),
    "narrow": ("(360, 10)", "(360, 3)"),
    "unopened": ("'unopened_fp32.bin' does not work in uniform", "cannot open this"),
    "homeless": ("No runtime opens the format 'homeless'",),
    "exploding": ("Making exploding fp32 failed: RuntimeError: the converter does not like this network",),
    "crashing": ("The converter crashed while making crashing fp32 (signal SIGABRT)", "fatal: out of luck"),
    "leaving": ("The converter crashed while making leaving fp32 (exit code 7)",),
    "absent": ("Making absent fp32 failed: the exporter wrote no file",),
    "rejected": ("the file has no soul",),
}


@pytest.fixture
def site(tmp_path: Path) -> str:
    """A folder with the distribution of the broken exporters."""
    make_distribution(tmp_path / "site", "zoo-broken", SOURCE)
    return str(tmp_path / "site")


@pytest.mark.slow
def test_each_failure_is_told_and_the_good_format_is_delivered(pack_copy: Path, site: str) -> None:
    before = tree(pack_copy)
    chosen = [option for name in (*REASONS, "onnx") for option in ("--format", name)]
    result = run_zoo("export", pack_copy, *chosen, PYTHONPATH=site)
    assert result.returncode == 1
    for texts in REASONS.values():
        for text in texts:
            assert text in result.stderr
    assert result.stderr.count("Error: ") == 1 + result.stderr.count("RuntimeError: ")
    assert "Traceback" not in result.stderr
    assert "This is a bug" not in result.stderr
    assert "onnx fp32: " in result.stdout
    assert "chatty" not in result.stdout
    after = tree(pack_copy)
    assert {name for name in set(after) - set(before) if not name.startswith("failed/uniform_fp32.bin.")} == set()
    changed = {name for name in before if after[name] != before[name]}
    assert changed <= {"pack.json", "README.md", "model_fp32.onnx", "model_fp32.onnx.certificate.json"}
    assert zoo.get_pack(pack_copy).formats == ["keras", "onnx", "saved_model", "tflite"]


def test_when_nothing_can_be_made_the_pack_is_as_it_was(pack_copy: Path, site: str) -> None:
    before = tree(pack_copy.parent)
    result = run_zoo("export", pack_copy, "--format", "crashing", PYTHONPATH=site)
    assert result.returncode == 1
    for text in REASONS["crashing"]:
        assert text in result.stderr
    assert tree(pack_copy.parent) == before


@pytest.mark.slow
def test_of_a_file_that_answers_wrongly_the_evidence_is_kept_and_nothing_else(pack_copy: Path, site: str) -> None:
    before, artifacts = tree(pack_copy), zoo.get_pack(pack_copy).manifest["artifacts"]
    result = run_zoo("export", pack_copy, "--format", "uniform", PYTHONPATH=site)
    assert result.returncode == 1
    for text in REASONS["uniform"]:
        assert text in result.stderr
    after, pack = tree(pack_copy), zoo.get_pack(pack_copy)
    assert pack.manifest["artifacts"] == artifacts
    evidence = {"failed/uniform_fp32.bin.certificate.json", "failed/uniform_fp32.bin.flipped.png"}
    assert set(after) - set(before) == evidence
    assert {name for name in before if after[name] != before[name]} == {"pack.json", "README.md"}
    (entry,) = pack.refused
    assert (entry["format"], entry["precision"], entry["outcome"]) == ("uniform", "fp32", "failed")
    certificate = json.loads((pack_copy / entry["certificate"]).read_text())
    assert certificate["passed"] is False
    assert any("a probability differs by" in failure for failure in certificate["failures"])
    assert len(certificate["flipped"]) > 100
    assert f"[failed]({entry['certificate']})" in (pack_copy / "README.md").read_text()
    info = run_zoo("info", pack_copy, PYTHONPATH=site)
    assert any("uniform" in line and "failed" in line for line in info.stdout.splitlines())


def test_an_unsupported_precision_has_its_reason(trained: Path, site: str) -> None:
    result = run_zoo("export", trained, "--format", "uniform", "--precision", "int8", PYTHONPATH=site)
    assert result.returncode == 1
    assert "uniform int8 is not supported: it is only a test" in result.stderr


@pytest.mark.slow
def test_an_export_that_fails_leaves_the_earlier_one(pack_copy: Path, tmp_path: Path) -> None:
    """The built-in exporters are replaced by one that makes a wrong ONNX file from another network."""
    make_distribution(
        tmp_path / "site",
        "zoo-other-onnx",
        """
        import zoo

        ZOO_API_VERSION = 1

        def export(model, path, job):
            from zoo_exporters.onnx import ONNX

            weights = model.get_weights()
            model.set_weights([weight + 0.01 for weight in weights])
            ONNX.export(model, path, job)

        def check(path, job):
            pass

        @zoo.hookimpl
        def zoo_register_exporters(register):
            from zoo_exporters.tflite import TFLITE

            register(zoo.Exporter("onnx", "model_{precision}.onnx", ("fp32",), export, check, "tf2onnx", "export"))
            register(TFLITE)
        """,
    )
    before = tree(pack_copy)
    result = run_zoo(
        "export",
        pack_copy,
        "--format",
        "onnx",
        "--format",
        "tflite",
        PYTHONPATH=str(tmp_path / "site"),
        ZOO_DISABLED_PLUGINS="digit-zoo:exporters",
    )
    assert result.returncode == 1, result.stdout + result.stderr
    assert "onnx fp32 does not compute what the Keras model computes" in result.stderr
    assert "tflite fp32: " in result.stdout
    after = tree(pack_copy)
    assert after["model_fp32.onnx"] == before["model_fp32.onnx"]
    assert after["model_fp32.onnx.certificate.json"] == before["model_fp32.onnx.certificate.json"]
    assert zoo.get_pack(pack_copy).artifact("onnx").verified_path()
