"""Train a diffusion model of ``diffusers`` on images, and sample from it."""

from typing import Any

import numpy as np
import torch
import torch._dynamo  # torch's optimisers import it at their first step
from diffusers import DDIMScheduler, DDPMScheduler, UNet2DModel
from torch.nn.functional import mse_loss
from torch.utils.flop_counter import FlopCounterMode

from outcross.jobs.bench.task import Clock, Job, run


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Take the job's number of steps, then sample; return the network's size and MFLOP per image and pass."""
    torch.set_num_threads(job["threads"])
    torch.manual_seed(job["seed"])
    arrays = np.load(job["images"])
    images = torch.from_numpy(arrays["pixels"]).float().unsqueeze(1) * (2 / job["levels"]) - 1
    labels = torch.from_numpy(arrays["labels"])
    network = UNet2DModel(
        sample_size=images.shape[-1],
        in_channels=1,
        out_channels=1,
        layers_per_block=1,
        block_out_channels=tuple(job["channels"]),
        down_block_types=("DownBlock2D",) * len(job["channels"]),
        up_block_types=("UpBlock2D",) * len(job["channels"]),
        norm_num_groups=4,
        add_attention=False,
        num_class_embeds=10,
    )
    with clock("train"):
        _train(network, images, labels, steps=job["steps"], batch=job["batch"])
    with clock("sample"):
        _sample(network, images.shape[-1], rows=job["sampled"], steps=job["sample_steps"])
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(images[:1], torch.zeros(1), class_labels=labels[:1])
    return {"parameters": sum(each.numel() for each in network.parameters()), "mflop": counter.get_total_flops() / 1e6}


def _train(network: UNet2DModel, images: torch.Tensor, labels: torch.Tensor, *, steps: int, batch: int) -> None:
    scheduler = DDPMScheduler(num_train_timesteps=1_000, beta_schedule="squaredcos_cap_v2")
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
    order = torch.cat([torch.randperm(len(images)) for _ in range(steps * batch // len(images) + 1)])
    for step in range(steps):
        index = order[step * batch : (step + 1) * batch]
        clean, noise = images[index], torch.randn(batch, *images.shape[1:])
        times = torch.randint(0, 1_000, (batch,))
        predicted = network(scheduler.add_noise(clean, noise, times), times, class_labels=labels[index]).sample
        loss = mse_loss(predicted, noise)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


@torch.inference_mode()
def _sample(network: UNet2DModel, side: int, *, rows: int, steps: int, at_once: int = 256) -> None:
    scheduler = DDIMScheduler(num_train_timesteps=1_000, beta_schedule="squaredcos_cap_v2")
    scheduler.set_timesteps(steps)
    for first in range(0, rows, at_once):
        count = min(at_once, rows - first)
        images, labels = torch.randn(count, 1, side, side), torch.randint(0, 10, (count,))
        for time in scheduler.timesteps:
            predicted = network(images, time, class_labels=labels).sample
            images = scheduler.step(predicted, time, images).prev_sample


if __name__ == "__main__":
    run(work)
