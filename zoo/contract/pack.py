"""A trained model on disk: the manifest, read and checked, and the artifacts that it vouches for."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from zoo.errors import PackError, UnknownNameError
from zoo.files import size_and_digest

if TYPE_CHECKING:
    import numpy as np

__all__ = ["MANIFEST", "NOT_SURE", "SCHEMA", "Artifact", "Cell", "Pack", "Rejection", "check_manifest"]

MANIFEST = "pack.json"
SCHEMA = 1
REMEDY = "Restore the pack, or make it anew with 'zoo export' or 'zoo train'."
MANIFEST_LIMIT = 4_000_000  # bytes; a manifest has a few thousand

# Every key of pack.json and the type of its value.
KEYS: Mapping[str, type | tuple[type, ...]] = {
    "schema": int,
    "id": str,
    "architecture": str,
    "tag": str,
    "parameters": int,
    "macs": (int, type(None)),
    "dataset": dict,
    "classes": list,
    "input": dict,
    "preprocessing": dict,
    "temperature": float,
    "recipe": dict,
    "seed": int,
    "versions": dict,
    "metrics": dict,
    "artifacts": list,
}

# Keys that somebody reads inside of those that hold an object.
INNER_KEYS: Mapping[str, Mapping[str, type | tuple[type, ...]]] = {
    "dataset": {"name": str},
    "recipe": {"dataset": str},
    "metrics": {"accuracy": float, "accuracy_low": float, "accuracy_high": float, "images": int},
}

ARTIFACT_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "path": str,
    "format": str,
    "precision": str,
    "size_bytes": int,
    "sha256": str,
    "certificate": (str, type(None)),
}

LATER_ARTIFACT_KEYS = ("variant", "source_sha256")  # packs of earlier versions lack them, which is as if empty

REFUSED_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "format": str,
    "precision": str,
    "outcome": str,
    "reason": str,
    "certificate": (str, type(None)),
}
NOT_SURE = "not sure this is a digit"
"""What to tell people instead of an answer that is withheld."""


@dataclass(frozen=True, order=True)
class Cell:
    """Which of a model's files: its format, its precision, and what sets it apart from the plain file of both.

    As text it is what people read, ``tflite int8 batch1``; in JSON three keys of an entry.

    Parameters
    ----------
    format, precision : str
        ``"tflite"``, ``"int8"``.
    variant : str
        ``"batch1"``; empty for the plain file.

    Examples
    --------
    >>> from zoo import Cell
    >>> str(Cell("tflite", "int8", "batch1"))
    'tflite int8 batch1'
    """

    format: str
    precision: str = "fp32"
    variant: str = ""

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Cell:
        """The cell that an entry of ``pack.json`` or a certificate names.

        Parameters
        ----------
        entry : mapping
            Packs of earlier versions name no variant.

        Returns
        -------
        Cell
        """
        return cls(entry["format"], entry["precision"], entry.get("variant") or "")

    def __str__(self) -> str:
        return f"{self.format} {self.full_precision}"

    @property
    def full_precision(self) -> str:
        """Precision and variant, for where the format stands beside: ``int8 batch1``."""
        return f"{self.precision} {self.variant}".strip()


@dataclass(frozen=True)
class Artifact:
    """One file or folder of a pack that a runtime opens.

    Attributes
    ----------
    pack : Pack
        The pack that it belongs to.
    path : pathlib.Path
        Where it lies.
    cell : Cell
        Its format, precision and variant.
    size_bytes : int
        Of the file, or of all files of the folder.
    sha256 : str
        See `zoo.files.size_and_digest`.
    certificate : str or None
        File in the pack with the proof of parity; None for the source itself, ``model.keras``.
    source_sha256 : str
        SHA-256 of the ``model.keras`` that it was made from; empty for the source itself, and in packs of earlier
        versions, whose certificates alone name it.
    """

    pack: Pack
    path: Path
    cell: Cell
    size_bytes: int
    sha256: str
    certificate: str | None = None
    source_sha256: str = ""

    @property
    def format(self) -> str:
        """``"tflite"``."""
        return self.cell.format

    @property
    def precision(self) -> str:
        """``"fp32"``."""
        return self.cell.precision

    @property
    def variant(self) -> str:
        """``"batch1"``; empty for the plain file."""
        return self.cell.variant

    def verified_path(self) -> Path:
        """The path, once size and SHA-256 have been found to match the manifest.

        Nothing is opened before: about half of the corrupted TFLite and ONNX files load and answer wrongly.

        Returns
        -------
        pathlib.Path
            Of a file or a folder.

        Raises
        ------
        PackError
            When the artifact is missing or is not what the manifest says.
        """
        try:
            found = size_and_digest(self.path)
        except OSError as error:
            raise self._unreadable(error) from error
        self._check(*found)
        return self.path

    def verified_bytes(self) -> bytes:
        """The bytes of a file artifact, read once, checked, and returned: what was checked is what is opened.

        Returns
        -------
        bytes
            All of the file.

        Raises
        ------
        PackError
            When the file is missing or is not what the manifest says.
        """
        import hashlib

        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise self._unreadable(error) from error
        self._check(len(data), hashlib.sha256(data).hexdigest())
        return data

    def _check(self, size_bytes: int, sha256: str) -> None:
        if (size_bytes, sha256) != (self.size_bytes, self.sha256):
            raise PackError(
                f"{self._name} is not what its manifest says: {size_bytes} bytes with SHA-256 {sha256[:12]}..., "
                f"expected {self.size_bytes} bytes with {self.sha256[:12]}.... It was not opened. {REMEDY}"
            )

    def _unreadable(self, error: OSError) -> PackError:
        return PackError(f"{self._name} cannot be read: {error.strerror}. {REMEDY}")

    @property
    def _name(self) -> str:
        return f"{self.path.name!r} of the pack {str(self.pack.folder)!r}"


class Pack:
    """A trained model on disk.

    Parameters
    ----------
    folder : path-like
        The folder that holds ``pack.json``.
    bundled : bool
        Whether an installed distribution owns it, so that it must not be written to.

    Attributes
    ----------
    manifest : dict
        The contents of ``pack.json``.

    Raises
    ------
    PackError
        When there is no manifest, it is damaged, or it points outside the folder.
    """

    def __init__(self, folder: str | Path, *, bundled: bool = False) -> None:
        self.folder = Path(folder)
        self.bundled = bundled
        self.manifest = _read_manifest(self.folder)

    def __repr__(self) -> str:
        return f"Pack({self.id!r}, folder={str(self.folder)!r})"

    @property
    def id(self) -> str:
        """``architecture.tag``."""
        return str(self.manifest["id"])

    @property
    def architecture(self) -> str:
        """Name of the architecture in the registry."""
        return str(self.manifest["architecture"])

    @property
    def tag(self) -> str:
        """What it was trained on."""
        return str(self.manifest["tag"])

    @property
    def parameters(self) -> int:
        """All weights of the inference model, BatchNorm statistics included."""
        return int(self.manifest["parameters"])

    @property
    def macs(self) -> int | None:
        """Multiply-adds for one image; None until TensorFlow has seen the model."""
        macs: int | None = self.manifest["macs"]
        return macs

    @property
    def accuracy(self) -> float:
        """On the test part of its own data set, in [0, 1]."""
        return float(self.manifest["metrics"]["accuracy"])

    @property
    def size_bytes(self) -> int:
        """Bytes of ``model.keras``, the weights as trained."""
        return self.artifact("keras").size_bytes

    @property
    def formats(self) -> list[str]:
        """Formats that the pack holds, sorted."""
        return sorted({artifact.format for artifact in self.artifacts})

    @property
    def classes(self) -> list[str]:
        """The label of each output."""
        return list(self.manifest["classes"])

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of an input image."""
        height, width, channels = self.manifest["input"]["shape"]
        return height, width, channels

    @property
    def temperature(self) -> float:
        """What the logits are divided by before the softmax."""
        return float(self.manifest["temperature"])

    @property
    def rejection(self) -> Rejection | None:
        """When an answer is to be withheld; None for a model that answers whatever it is shown."""
        return _rejection(self.manifest, repr(str(self.folder / MANIFEST)))

    @property
    def artifacts(self) -> list[Artifact]:
        """Everything in the pack that a runtime opens."""
        return [
            Artifact(
                pack=self,
                path=self.folder / entry["path"],
                cell=Cell.of(entry),
                size_bytes=entry["size_bytes"],
                sha256=entry["sha256"],
                certificate=entry["certificate"],
                source_sha256=entry.get("source_sha256", ""),
            )
            for entry in self.manifest["artifacts"]
        ]

    @property
    def refused(self) -> list[dict[str, Any]]:
        """The exports that were tried and are not in the pack.

        One object each with ``format``, ``precision``, ``variant``, ``outcome`` (``"failed"`` its gate,
        ``"unsupported"``, or ``"error"``), ``reason``, and the ``certificate`` that is the evidence, or None.
        """
        return list(self.manifest.get("refused", []))

    def artifact(self, format: str, precision: str = "fp32", variant: str = "") -> Artifact:
        """The artifact of a format, precision and variant.

        Parameters
        ----------
        format, precision : str
            ``"tflite"``, ``"int8"``.
        variant : str
            What sets it apart from the plain file of its precision; empty for that one.

        Returns
        -------
        Artifact
            The only one of its kind.

        Raises
        ------
        UnknownNameError
            When the pack has no such artifact, with what it has.
        """
        wanted = Cell(format, precision, variant)
        for artifact in self.artifacts:
            if artifact.cell == wanted:
                return artifact
        raise UnknownNameError(
            f"artifact of {self.id}",
            str(wanted),
            [str(artifact.cell) for artifact in self.artifacts],
            f"Make it with: {export_command(self.id, wanted)}",
        )


def export_command(model: str, cell: Cell) -> str:
    """The command that makes an artifact.

    >>> export_command("lenet5.mnist", Cell("tflite", "int8", "batch1_stripped"))
    'zoo export lenet5.mnist --format tflite --precision int8 --batch-size 1 --strip'
    """
    options = re.sub(r"batch(\d+)", r"--batch-size \1", cell.variant)
    for part, option in (("float_io", "--float-io"), ("stripped", "--strip"), ("standalone", "")):
        options = re.sub(f"_?{part}", f" {option}", options)
    return " ".join(f"zoo export {model} --format {cell.format} --precision {cell.precision} {options}".split())


def check_manifest(manifest: object, where: str) -> dict[str, Any]:
    """Check that a manifest has every key with the right type, and that no path leaves the pack."""
    checked = _check_keys(manifest, KEYS, where)
    if checked["schema"] != SCHEMA:
        raise PackError(f"{where} has schema {checked['schema']}, this version reads {SCHEMA}; upgrade digit-zoo.")
    for name, keys in INNER_KEYS.items():
        _check_keys(checked[name], keys, f"{where}: {name}")
    if checked["id"] != f"{checked['architecture']}.{checked['tag']}" or not re.fullmatch(r"[\w.-]+", checked["id"]):
        raise PackError(f"{where}: id is {checked['id']!r}; it must be architecture.tag, a plain name.")
    shape = checked["input"].get("shape")
    if not (isinstance(shape, list) and len(shape) == 3 and all(type(side) is int and side > 0 for side in shape)):
        raise PackError(f"{where}: input.shape is {shape!r}; it must be [height, width, channels].")
    classes = checked["classes"]
    if not classes or not all(map(_is_text, classes)) or len(set(classes)) < len(classes):
        raise PackError(f"{where}: classes is {classes!r}; it must be a list of different labels.")
    if not checked["temperature"] > 0:
        raise PackError(f"{where}: temperature is {checked['temperature']}; it must be above 0.")
    for position, entry in enumerate(checked["artifacts"]):
        _check_keys(entry, ARTIFACT_KEYS, f"{where}: artifact {position}")
        for key in LATER_ARTIFACT_KEYS:
            if not isinstance(text := entry.get(key, ""), str) or not (text == "" or _is_text(text)):
                raise PackError(f"{where}: artifact {position}: {key} is {text!r}, which is not allowed.")
    refused = checked.get("refused", [])
    if not isinstance(refused, list):
        raise PackError(f"{where}: refused is {refused!r}; it must be a list.")
    for position, entry in enumerate(refused):
        _check_keys(entry, REFUSED_KEYS, f"{where}: refused {position}")
    _rejection(checked, where)
    for name in named_files(checked):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
            raise PackError(f"{where}: the path {name!r} points outside the pack; it was not followed.")
    cells = [Cell.of(entry) for entry in checked["artifacts"]]
    if Cell("keras") not in cells or len(set(cells)) < len(cells):
        raise PackError(
            f"{where}: artifacts must hold one of each format, precision and variant, keras fp32 among them."
        )
    return checked


def named_files(manifest: Mapping[str, Any]) -> list[str]:
    """Every file of a pack that its manifest names."""
    entries = [*manifest["artifacts"], *manifest.get("refused", [])]
    return [entry[key] for entry in entries for key in ("path", "certificate") if entry.get(key)]


def _check_keys(value: object, keys: Mapping[str, type | tuple[type, ...]], where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PackError(f"{where} holds a {type(value).__name__}, expected a JSON object.")
    for key, expected in keys.items():
        if key not in value:
            raise PackError(f"{where} lacks the key {key!r}; the pack is damaged or was made by another program.")
        found = value[key]
        if not isinstance(found, expected) or isinstance(found, bool):
            raise PackError(f"{where}: {key} is {found!r}, which is of the wrong type; the pack is damaged.")
        if (
            (isinstance(found, int) and found < 0)
            or (isinstance(found, float) and not math.isfinite(found))
            or (isinstance(found, str) and not _is_text(found))
        ):
            raise PackError(f"{where}: {key} is {found!r}, which is not allowed; the pack is damaged.")
    return value


def _is_text(value: object) -> bool:
    """Whether a value is a text that can name a file and be printed: not empty, no NUL, no half of a surrogate pair."""
    return isinstance(value, str) and re.fullmatch("[^\0\ud800-\udfff]+", value) is not None


def _rejection(manifest: Mapping[str, Any], where: str) -> Rejection | None:
    """What a manifest says under ``rejection``; packs that answer whatever they are shown have none."""
    entry = manifest.get("rejection")
    if entry is None:
        return None
    threshold = entry.get("threshold") if isinstance(entry, dict) else None
    if not isinstance(threshold, int | float) or isinstance(threshold, bool) or not 0 <= threshold <= 1:
        raise PackError(
            f"{where}: rejection is {entry!r}, not an object with a threshold from 0 to 1; the pack is damaged."
        )
    return Rejection(float(threshold))


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        if path.stat().st_size > MANIFEST_LIMIT:
            raise PackError(f"{str(path)!r} is larger than {MANIFEST_LIMIT} bytes; it is no manifest.")
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PackError(
            f"{str(folder)!r} is not a pack: {MANIFEST} cannot be read ({error.strerror}). "
            "Give an id from 'zoo list' or the folder of a pack."
        ) from error
    except (ValueError, RecursionError) as error:  # deeply nested
        raise PackError(f"{str(path)!r} is damaged: {error}. Restore the pack, or train it anew.") from error
    checked = check_manifest(manifest, repr(str(path)))
    root = folder.resolve()
    for name in named_files(checked):
        if not (folder / name).resolve().is_relative_to(root):  # through a symbolic link
            raise PackError(f"{str(path)!r}: the path {name!r} points outside the pack; it was not followed.")
    return checked


@dataclass(frozen=True)
class Rejection:
    """Withholds answers whose probability is low.

    It belongs to a model that was trained to answer all classes alike to what shows none of them: scribbles, letters,
    two digits at once (outlier exposure, Hendrycks et al. 2019, https://arxiv.org/abs/1812.04606). So the highest
    probability decides, which every runtime gives in every precision.

    Parameters
    ----------
    threshold : float
        Lowest probability of an answer, in [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> from zoo import Rejection
    >>> Rejection(threshold=0.5).rejects(np.array([[0.9, 0.1, 0.0], [0.4, 0.3, 0.3]]))
    array([False,  True])
    """

    threshold: float

    def rejects(self, probabilities: np.ndarray) -> np.ndarray:
        """Decide for each image.

        Parameters
        ----------
        probabilities : ndarray of shape (..., classes), float
            What a session answers: for n images (n, classes), for a single one (classes,).

        Returns
        -------
        ndarray of shape (...), bool
            True where the answer is to be withheld.
        """
        rejected: np.ndarray = probabilities.max(axis=-1) < self.threshold
        return rejected
