"""The peer that a fast training is measured against: one epoch of one-cycle Adam, in PyTorch.

Convolution 24@5x5, pooling, ReLU, convolution 32@3x3, pooling, ReLU, dense 256, ReLU, dense 10; batches of 256, Adam
with a one-cycle schedule to 1e-2 and betas 0.7 and 0.9. PyTorch is not a dependency: ``pip install torch`` in any
environment with numpy, and name its interpreter to `studies.time_to_accuracy`.

``python torch_peer.py FILE THREADS`` reads arrays from an npz file, then trains once per line of standard input, which
holds the seed, and answers with a line of JSON: seconds and accuracy.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

__all__ = ["main", "train"]

BATCH = 256
RATE = 1e-2


def train(torch: Any, images: Any, labels: Any, seed: int) -> tuple[Any, float]:
    """A network trained for one epoch, and the seconds that took, building and compiling nothing but what it needs."""
    nn = torch.nn
    torch.manual_seed(seed)
    start = time.perf_counter()
    network = nn.Sequential(
        nn.Conv2d(1, 24, 5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(24, 32, 3),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(800, 256),
        nn.ReLU(),
        nn.Linear(256, 10),
    )
    steps = len(images) // BATCH
    optimizer = torch.optim.Adam(network.parameters(), RATE, betas=(0.7, 0.9))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, cycle_momentum=False)
    order = torch.randperm(len(images))[: steps * BATCH].view(steps, BATCH)
    for batch in order:
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(images[batch]), labels[batch]).backward()
        optimizer.step()
        schedule.step()
    return network, time.perf_counter() - start


def main() -> None:
    """Answer seeds with results until standard input ends."""
    import numpy as np
    import torch

    path, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    arrays = np.load(path)
    tensors = {
        name: (
            torch.from_numpy(arrays[f"{name}_images"]).permute(0, 3, 1, 2),
            torch.from_numpy(arrays[f"{name}_labels"]),
        )
        for name in ("train", "test")
    }
    for line in sys.stdin:
        network, seconds = train(torch, *tensors["train"], seed=int(line))
        images, labels = tensors["test"]
        with torch.no_grad():
            accuracy = (network(images).argmax(1) == labels).float().mean().item()
        print(json.dumps({"seconds": seconds, "accuracy": accuracy, "version": torch.__version__}), flush=True)


if __name__ == "__main__":
    main()
