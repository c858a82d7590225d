"""Train Hugging Face's GPT-2 on windows of text, in plain torch as in its documentation."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import LambdaLR
from transformers import GPT2LMHeadModel

from outcross.jobs.bench.task import Clock, Job, run

BETAS = (0.9, 0.95)
WARM_UP = 0.1


def learning_rate(step: int, steps: int) -> float:
    """Return the learning rate at a step as a share of the peak: linear warm-up, then linear decay to 0, as in ours."""
    peak = max(1.0, WARM_UP * steps)
    return min((step + 1) / peak, (steps - step) / max(steps - peak, 1.0), 1.0)


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Train, and return the loss of the first windows after training."""
    torch.set_num_threads(job["threads"])
    folder = Path(job["folder_of_model"])
    model = GPT2LMHeadModel.from_pretrained(folder).train()
    with np.load(folder / "windows.npz") as arrays:
        inputs, targets = (torch.from_numpy(arrays[name]) for name in ("inputs", "targets"))
    matrices = [each for each in model.parameters() if each.dim() > 1]
    others = [each for each in model.parameters() if each.dim() == 1]
    groups = [{"params": matrices, "weight_decay": job["weight_decay"]}, {"params": others, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=job["learning_rate"], betas=BETAS, fused=True)
    steps, batch = job["steps"], job["batch"]
    schedule = LambdaLR(optimiser, lambda step: learning_rate(step, steps))
    with clock("train"):
        for step in range(steps):
            own = slice(step * batch, (step + 1) * batch)
            logits = model(inputs[own], use_cache=False).logits
            loss = cross_entropy(logits.flatten(0, 1), targets[own].flatten())
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    with torch.inference_mode():
        logits = model(inputs[:batch], use_cache=False).logits
        return {"loss": float(cross_entropy(logits.flatten(0, 1), targets[:batch].flatten()))}


if __name__ == "__main__":
    run(work)
