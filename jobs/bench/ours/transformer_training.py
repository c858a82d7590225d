"""Train our transformer on windows of text."""

from pathlib import Path
from typing import Any

import numpy as np
import torch  # noqa: TID253 - a separate program, which no code location imports
from safetensors.torch import load_file, save_file

from outcross.jobs.bench.task import Clock, Job, run
from outcross.resources.compute import bounded_threads
from outcross.resources.generators.transformer.network import Architecture, Network
from outcross.resources.generators.transformer.training import TransformerPlan, train


class Windows:
    """Training windows read from a file."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as arrays:
            self._inputs, self._targets = arrays["inputs"], arrays["targets"]

    def take(self, first: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return inputs, targets and weights, (count, context) each."""
        own = slice(first, first + count)
        return self._inputs[own], self._targets[own], np.ones(self._targets[own].shape, dtype=np.float32)


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Train; return the loss of the first windows after training; write the weights if the job names a path."""
    folder, sizes = Path(job["folder_of_model"]), Architecture(**job["architecture"])
    parameters = {
        name.removeprefix("transformer."): tensor[None]
        for name, tensor in load_file(folder / "model.safetensors").items()
    }
    network, windows = Network(sizes, parameters, [sizes.vocabulary]), Windows(folder / "windows.npz")
    plan = TransformerPlan(
        steps=job["steps"],
        batch=job["batch"],
        peak=job["learning_rate"],
        weight_decay=job["weight_decay"],
        precision="float32",
        compiled=False,
    )
    with bounded_threads():
        with clock("train"):
            train(network, [windows], plan, progress=None, checkpoint=None)
        inputs, targets, _ = windows.take(0, job["batch"])
        with torch.inference_mode():
            nats = network.nats(torch.from_numpy(inputs)[None], torch.from_numpy(targets)[None])
    if job.get("to"):
        save_file({f"transformer.{name}": tensor[0].clone() for name, tensor in network.parameters.items()}, job["to"])
    return {"loss": float(nats.mean())}


if __name__ == "__main__":
    run(work)
