"""TFLite files as objects: reads what is inside, adds metadata, and takes out what no runtime needs.

By the object API that flatc generated from TFLite's schema, which LiteRT's package carries.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = [
    "FLOATS",
    "METADATA",
    "convolutions_per_tensor",
    "count",
    "custom_operators",
    "finish",
    "is_constant",
    "name",
    "of_types",
    "operator_name",
    "read",
    "read_metadata",
    "type_name",
    "write",
]

METADATA = "DIGIT_ZOO"
FLOATS = ("FLOAT16", "FLOAT32", "FLOAT64", "BFLOAT16")
IDENTIFIER = b"TFL3"


def read(data: bytes) -> Any:
    """A file's bytes as the schema's ``ModelT``."""
    from ai_edge_litert import schema_py_generated as schema

    return schema.ModelT.InitFromPackedBuf(bytearray(data), 0)


def write(model: Any, alignment: int = 16) -> bytes:
    """A ``ModelT`` as a file's bytes; vectors and texts that are equal are written once.

    `alignment` is that of constants, in bytes: 16 as the schema asks, or 4, which is what the widest type needs that a
    quantised file holds.
    """
    import flatbuffers
    import numpy as np

    class Builder(flatbuffers.Builder):  # type: ignore[misc]
        """Remembers what it wrote."""

        def __init__(self) -> None:
            super().__init__(1024)
            self._written: dict[Any, int] = {}

        def CreateNumpyVector(self, x: np.ndarray) -> int:
            content = (x.dtype.str, x.tobytes())
            if content not in self._written:
                if x.dtype == np.uint8:  # constants
                    self.StartVector(1, len(x), alignment)
                    self.head -= len(x)
                    self.Bytes[self.head : self.head + len(x)] = content[1]
                    self._written[content] = self.EndVector()
                else:
                    self._written[content] = super().CreateNumpyVector(x)
            return self._written[content]

        def CreateString(self, s: Any, *arguments: Any) -> int:
            if s not in self._written:
                self._written[s] = super().CreateString(s, *arguments)
            return self._written[s]

    builder = Builder()
    builder.Finish(model.Pack(builder), file_identifier=IDENTIFIER)
    return bytes(builder.Output())


def finish(data: bytes, metadata: Mapping[str, str], *, strip: bool) -> bytes:
    """What the converter made, as it is delivered: with our metadata as JSON, or without all that is only a name."""
    import numpy as np
    from ai_edge_litert import schema_py_generated as schema

    model = read(data)
    if strip:
        _strip(model)
    _compact(model)
    if metadata and not strip:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(json.dumps(dict(metadata)).encode(), np.uint8)
        model.buffers.append(buffer)
        entry = schema.MetadataT()
        entry.name, entry.buffer = METADATA, len(model.buffers) - 1
        model.metadata = [*(model.metadata or []), entry]
    return write(model, alignment=4 if strip else 16)


def _strip(model: Any) -> None:
    """Take out everything that no interpreter reads: names, signatures, metadata."""
    model.description = model.metadata = model.metadataBuffer = model.signatureDefs = None
    for graph in model.subgraphs:
        graph.name = None
        for tensor in graph.tensors:
            tensor.name = None
            tensor.hasRank = False  # the shape says it


def _compact(model: Any) -> None:
    """Write once what is equal, and leave out what says nothing; the model computes bit for bit the same."""
    kept, places = [model.buffers[0]], {b"": 0}  # the first buffer is the empty one, by TFLite's convention

    def place(position: int) -> int:
        data = model.buffers[position].data
        content = b"" if data is None else data.tobytes()
        if content not in places:
            places[content] = len(kept)
            kept.append(model.buffers[position])
        return places[content]

    for entry in model.metadata or []:
        entry.buffer = place(entry.buffer)
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            tensor.buffer = place(tensor.buffer)
            if tensor.shapeSignature is not None and list(tensor.shapeSignature) == list(tensor.shape):
                tensor.shapeSignature = None
        _share([(tensor, "quantization") for tensor in graph.tensors])
        _share([(operator, "builtinOptions") for operator in graph.operators])
    model.buffers = kept


def _share(places: Sequence[tuple[Any, str]]) -> None:
    """Let attributes that are equal hold one object, which packs itself once and gives the same offset from then on."""
    found: dict[Any, Any] = {}
    for holder, attribute in places:
        value = getattr(holder, attribute)
        if value is None:
            continue
        content = (type(value), *sorted((key, _content(item)) for key, item in vars(value).items()))
        if content in found:
            setattr(holder, attribute, found[content])
        elif all(not hasattr(item, "Pack") for item in vars(value).values()):
            found[content] = value
            value.Pack = functools.cache(value.Pack)


def _content(value: Any) -> Any:
    return str(value) if not hasattr(value, "tobytes") else (value.dtype.str, value.tobytes())


def read_metadata(model: Any) -> dict[str, str]:
    """What `finish` wrote into a file; empty when it holds nothing of ours."""
    for entry in model.metadata or []:
        if _text(entry.name) == METADATA:
            found: dict[str, str] = json.loads(bytes(model.buffers[entry.buffer].data))
            return found
    return {}


def name(tensor: Any) -> str:
    """A tensor's name; empty in a stripped file."""
    return _text(tensor.name)


def type_name(tensor: Any) -> str:
    """``"INT8"``, ``"FLOAT32"``, ..."""
    return _key("TensorType", tensor.type)


def of_types(tensors: Sequence[Any], types: Sequence[str]) -> list[Any]:
    """Those of some types."""
    return [tensor for tensor in tensors if type_name(tensor) in types]


def count(tensor: Any) -> int:
    """Numbers in a tensor."""
    return math.prod(tensor.shape) if tensor.shape is not None else 1


def is_constant(model: Any, tensor: Any) -> bool:
    """Whether a tensor's values are in the file."""
    data = model.buffers[tensor.buffer].data
    return data is not None and len(data) > 0


def custom_operators(model: Any) -> list[str]:
    """Names of operators that are no builtins; Flex operators, which need TensorFlow beside the runtime, are such."""
    return sorted(_text(code.customCode) for code in model.operatorCodes if operator_name(code) == "CUSTOM")


def operator_name(code: Any) -> str:
    """``"CONV_2D"``, ``"SOFTMAX"``, ... of an entry of the model's operator codes."""
    return _key("BuiltinOperator", code.builtinCode)


def _key(enumeration: str, number: int) -> str:
    from ai_edge_litert import schema_py_generated as schema

    members = vars(getattr(schema, enumeration))  # Python's own attributes among them, some of them numbers, too
    found: str = next(key for key, value in members.items() if value == number and key.isupper())
    return found


def convolutions_per_tensor(model: Any) -> list[Any]:
    """Weights of convolutions of more than one channel that share one scale."""
    axes = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3}
    flat = []
    for graph in model.subgraphs:
        for operator in graph.operators:
            axis = axes.get(operator_name(model.operatorCodes[operator.opcodeIndex]))
            if axis is None:
                continue
            weights = graph.tensors[operator.inputs[1]]
            if is_constant(model, weights) and len(weights.quantization.scale) != weights.shape[axis]:
                flat.append(weights)
    return flat


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value or "")
