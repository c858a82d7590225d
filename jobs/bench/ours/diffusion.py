"""Train our diffusion model on images, and sample from it."""

from contextlib import ExitStack
from typing import Any

import numpy as np
import polars as pl

from outcross.jobs.bench.ours.cohorts import one_replicate
from outcross.jobs.bench.task import Clock, Job, run
from outcross.resources.compute import bounded_threads
from outcross.resources.generators.diffusion.model import DiffusionModel
from outcross.resources.generators.diffusion.settings import Diffusion
from outcross.resources.schema import Column, Role, Schema


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Take the job's number of steps, then sample; return the network's size and MFLOP per image and pass."""
    arrays = np.load(job["images"])
    pixels, side = arrays["pixels"], arrays["pixels"].shape[-1]
    schema = Schema(
        (
            Column(name="image", role=Role.IMAGE, shape=(side, side), levels=job["levels"]),
            Column(name="label", role=Role.LABEL),
        )
    )
    rows = pl.DataFrame(
        {"image": pl.Series(pixels.reshape(len(pixels), -1)), "label": arrays["labels"].astype(str)},
        schema=schema.polars,
    )
    settings = Diffusion(
        width=job["width"],
        blocks=job["blocks"],
        steps=job["steps"],
        batch=job["batch"],
        sample_steps=job["sample_steps"],
        loss_samples=1,
        precision="float32",
    )
    with bounded_threads():
        with ExitStack() as training:
            training.enter_context(clock("train"))
            model = settings.fit(
                one_replicate(rows, schema, seed=job["seed"]),
                progress=lambda done, total: training.close() if done == total else None,
            )
        with clock("sample"):
            model.sample(rows=job["sampled"], seeds={0: job["seed"]})
    return {"parameters": model.card()["parameters_each"], "mflop": _mflop(model)}


def _mflop(model: DiffusionModel) -> float:
    """Return the floating-point operations of one pass of one image through the network, 10⁶."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    shape = model.network.shape
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.network.predict_clean(
            torch.zeros(1, 1, shape.image[0] * shape.image[1]),
            torch.zeros(1, 1),
            torch.zeros(1, 1),
            torch.zeros(1, 1, shape.classes),
        )
    result: float = counter.get_total_flops() / 1e6
    return result


if __name__ == "__main__":
    run(work)
