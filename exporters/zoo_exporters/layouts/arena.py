"""How much memory TensorFlow Lite for Microcontrollers needs for a model: an estimate, from above.

Activations are placed as its greedy planner places them: the largest first, each at the lowest address where nothing
lies that lives at the same time. The rest is what its allocator keeps for good, with the sizes of structures on 64
bits; a microcontroller of 32 bits needs less. Kernels that want scratch memory, such as CMSIS-NN's, need more.
"""

from __future__ import annotations

from typing import Any

from zoo_exporters import flatbuffer

__all__ = ["arena_bytes"]

ALIGNMENT = 16
TENSOR_BYTES = 24  # a TfLiteEvalTensor
OPERATOR_BYTES = 64 + 80  # a NodeAndRegistration, and what a kernel remembers
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
