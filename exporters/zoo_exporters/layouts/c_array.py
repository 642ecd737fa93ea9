"""C++ sources for microcontrollers, as TensorFlow Lite for Microcontrollers takes a model.

The model's bytes as an aligned array; the operators to register, quantisation parameters, labels and an estimate of
the tensor arena; and ten images with the answers that LiteRT's reference kernels give, to test a build with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from zoo import Artifact, Layout, load_dataset
from zoo.errors import DatasetError, ExportError
from zoo_exporters import flatbuffer

if TYPE_CHECKING:
    import numpy as np

__all__ = ["C_ARRAY", "arena_bytes"]

TEMPLATES = files(__package__) / "templates" / "c_array"
VECTORS = 10
SPECIAL = {"PADV2": "PadV2", "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTM", "CUMSUM": "CumSum"}
ALIGNMENT = 16
TENSOR_BYTES = 24  # a TfLiteEvalTensor
OPERATOR_BYTES = 64 + 80  # a NodeAndRegistration, and what a kernel remembers


def build(artifacts: Mapping[str, Artifact], folder: Path) -> None:
    """Write ``NAME_model_data``, ``NAME_model_settings`` and ``NAME_test_vectors``."""
    artifact = artifacts["tflite"]
    pack = artifact.pack
    data = artifact.verified_bytes()
    model = flatbuffer.read(data)
    graph = model.subgraphs[0]
    taken, given = (_quantization(graph.tensors[index]) for index in (*graph.inputs, *graph.outputs))
    operators = _operators(model)
    dataset, inputs, outputs = _test_vectors(artifact, data)
    name = re.sub(r"\W|^(?=\d)", "_", pack.id, flags=re.ASCII)
    height, width, channels = pack.input_shape
    values: dict[str, Any] = {
        "about": f"{pack.id}, {artifact.cell}, SHA-256 {artifact.sha256}, made by Digit Zoo",
        "name": name,
        "guard": name.upper(),
        "data": _rows(f"0x{byte:02x}" for byte in data),
        "size": len(data),
        "height": height,
        "width": width,
        "channels": channels,
        "input_size": height * width * channels,
        "input_scale": repr(taken[0]),
        "input_zero_point": taken[1],
        "label_count": len(pack.classes),
        "labels": ", ".join(_quoted(label) for label in pack.classes),
        "output_scale": repr(given[0]),
        "output_zero_point": given[1],
        "arena": arena_bytes(model),
        "operator_count": len(operators),
        "operators": "\n".join(f"  resolver.Add{operator}();" for operator in operators),
        "dataset": dataset,
        "count": len(inputs),
        "inputs": _table(inputs),
        "outputs": _table(outputs),
    }
    for template in TEMPLATES.iterdir():
        text = Template(template.read_text(encoding="utf-8")).substitute(values)
        (folder / template.name.replace("NAME", name).removesuffix(".tmpl")).write_text(text, encoding="utf-8")


def _quantization(tensor: Any) -> tuple[float, int]:
    return float(tensor.quantization.scale[0]), int(tensor.quantization.zeroPoint[0])


def _operators(model: Any) -> list[str]:
    """What the resolver calls the model's operators: ``CONV_2D`` is ``Conv2D``."""
    names = sorted({flatbuffer.operator_name(code) for code in model.operatorCodes})
    return [SPECIAL.get(name) or name.title().replace("_", "") for name in names]


def _test_vectors(artifact: Artifact, data: bytes) -> tuple[str, np.ndarray, np.ndarray]:
    """Test images, one of each class as far as ten go, quantised, and the answers to them.

    Of the model's own data set, or of scikit-learn's digits where that is not at hand.
    """
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    pack = artifact.pack
    try:
        found = load_dataset(pack.manifest["recipe"]["dataset"], pack.input_shape)
    except DatasetError as error:
        try:
            found = load_dataset("digits", pack.input_shape)
        except DatasetError:
            raise ExportError(f"There are no test images for the test vectors: {error}") from error
    order = np.argsort(_occurrence(found.test.labels), kind="stable")  # the first of each class, then the second ...
    images = found.test.scaled()[order[:VECTORS]]
    interpreter = Interpreter(model_content=data, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    scale, zero_point = taken["quantization"]
    inputs = np.clip(np.rint(images / np.float32(scale) + zero_point), -128, 127).astype(np.int8)
    outputs = []
    for image in inputs:
        interpreter.set_tensor(taken["index"], image[None])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(given["index"])[0])
    return found.name, inputs.reshape(len(inputs), -1), np.stack(outputs)


def _occurrence(labels: np.ndarray) -> np.ndarray:
    """How many images of the same class stand before each."""
    import numpy as np

    count = np.zeros(len(labels), dtype=int)
    for label in np.unique(labels):
        same = labels == label
        count[same] = np.arange(same.sum())
    return count


def _table(rows: np.ndarray) -> str:
    return "\n".join("    {\n" + _rows(map(str, row.tolist())) + "\n    }," for row in rows)


def _rows(numbers: Iterable[str]) -> str:
    listed = list(numbers)
    return "\n".join("    " + ", ".join(listed[start : start + 12]) + "," for start in range(0, len(listed), 12))


def _quoted(text: str) -> str:
    """A text as a C++ literal; every byte that is not plain ASCII as an octal escape, which ends after three digits."""
    plain = [chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}" for byte in text.encode()]
    return f'"{"".join(plain)}"'


C_ARRAY = Layout(
    "c-array",
    ("tflite",),
    build,
    "C++ sources for TensorFlow Lite for Microcontrollers",
    precision="int8",
    variant="batch1_stripped",
    any_precision=False,
)

CHANNEL_BYTES = 8  # multiplier and shift of an output channel
FIXED_BYTES = 1_280  # interpreter, graph, input and output


def arena_bytes(model: Any) -> int:
    """The estimate for a model whose batch is fixed."""
    graph = model.subgraphs[0]
    channels = sum(
        len(tensor.quantization.scale)
        for tensor in graph.tensors
        if tensor.quantization is not None
        and tensor.quantization.scale is not None
        and flatbuffer.type_name(tensor) == "INT8"
        and flatbuffer.is_constant(model, tensor)
    )
    kept = TENSOR_BYTES * len(graph.tensors) + OPERATOR_BYTES * len(graph.operators) + CHANNEL_BYTES * channels
    return _aligned(_planned(model) + kept + FIXED_BYTES)


def _planned(model: Any) -> int:
    """Bytes of all activations together, placed greedily."""
    graph = model.subgraphs[0]
    last = len(graph.operators)
    lives: dict[int, list[int]] = {index: [0, 0] for index in graph.inputs}
    for step, operator in enumerate(graph.operators):
        for index in (*operator.inputs, *operator.outputs):
            if index >= 0 and not flatbuffer.is_constant(model, graph.tensors[index]):
                lives.setdefault(index, [step, step])[1] = step
    for index in graph.outputs:
        lives[index][1] = last
    sizes = {index: _aligned(_bytes(graph.tensors[index])) for index in lives}
    placed: list[tuple[int, int, int, int]] = []  # address, end, first and last step
    for index in sorted(lives, key=lambda index: -sizes[index]):
        first, final = lives[index]
        address = 0
        for start, end, born, dies in sorted(placed):
            if born <= final and first <= dies:
                if address + sizes[index] <= start:
                    break
                address = max(address, end)
        placed.append((address, address + sizes[index], first, final))
    return max(end for _, end, _, _ in placed)


def _bytes(tensor: Any) -> int:
    width = {"INT8": 1, "UINT8": 1, "BOOL": 1, "INT16": 2, "FLOAT16": 2, "INT64": 8}
    return flatbuffer.count(tensor) * width.get(flatbuffer.type_name(tensor), 4)


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
