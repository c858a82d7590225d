"""Generate rows after prompts with Hugging Face's GPT-2, and score rows."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch.nn.functional import cross_entropy
from transformers import GPT2LMHeadModel

from outcross.jobs.bench.task import Clock, Job, run


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Generate rows, timed; then generate the most probable tokens, and score the most probable rows of our side."""
    torch.set_num_threads(job["threads"])
    torch.manual_seed(1)
    folder = Path(job["folder_of_model"])
    model = GPT2LMHeadModel.from_pretrained(folder).eval()
    model.load_state_dict(load_file(job["weights"]), strict=False)
    end = model.config.vocab_size - 1
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = end
    with np.load(folder / "windows.npz") as arrays:
        prompts = torch.from_numpy(arrays["targets"][: job["rows"], : job["prompt"]])
    begun = torch.cat([torch.full((len(prompts), 1), end), prompts], dim=1)
    more = {"max_new_tokens": job["length"] - job["prompt"], "attention_mask": torch.ones_like(begun)}
    with torch.inference_mode():
        with clock("sample"):
            drawn = model.generate(begun, do_sample=True, top_k=0, top_p=1.0, **more)
        likely = model.generate(begun, do_sample=False, suppress_tokens=[end], **more)[:, 1:]
        ours = torch.from_numpy(np.load(job["likely"]))
        inputs, targets = (
            torch.cat([torch.full((len(ours), 1), end), ours], dim=1),
            torch.cat([ours, torch.full((len(ours), 1), end)], dim=1),
        )
        logits = model(inputs, use_cache=False).logits
        nats = cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view_as(targets).sum(1)
    return {
        "tokens": drawn.numel() - begun.numel(),
        "agree": float((likely == ours).float().mean()),
        "nats": nats.tolist(),
    }


if __name__ == "__main__":
    run(work)
