"""Write the input of both sides of the language rows: a GPT-2 checkpoint, and windows of training text."""

import json
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

import numpy as np

from outcross.jobs.bench.task import Clock, Job, run
from outcross.resources.generators.transformer.network import Architecture, initial_parameters
from outcross.resources.generators.transformer.tokens import PieceTokens
from outcross.resources.generators.transformer.windows import PackedWindows
from outcross.resources.seeds import derive_seed


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Write model.safetensors and config.json in Hugging Face's format, and windows.npz."""
    from safetensors.numpy import save_file

    folder, sizes = Path(job["to"]), Architecture(**job["architecture"])
    with clock():
        texts = list(topics.values())
        tokens = PieceTokens.learn(texts, vocabulary=sizes.vocabulary)
        windows = PackedWindows(
            tokens.encode(texts), np.ones(len(texts)), end=tokens.end, context=sizes.context, seed=job["seed"]
        )
        inputs, targets, _ = windows.take(0, job["windows"])
        parameters = initial_parameters(sizes, [derive_seed("bench", "language", job["seed"])])
    np.savez(folder / "windows.npz", inputs=inputs, targets=targets)
    save_file({f"transformer.{name}": array[0] for name, array in parameters.items()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(_config(sizes, end=tokens.end)))
    return {"folder": str(folder), "tokens": tokens.size}


def _config(sizes: Architecture, *, end: int) -> dict[str, Any]:
    return {
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        "vocab_size": sizes.vocabulary,
        "n_positions": sizes.context,
        "n_embd": sizes.width,
        "n_layer": sizes.layers,
        "n_head": sizes.heads,
        "n_inner": sizes.inner,
        "layer_norm_epsilon": sizes.epsilon,
        "activation_function": "gelu_new",
        "resid_pdrop": 0.0,
        "embd_pdrop": 0.0,
        "attn_pdrop": 0.0,
        "bos_token_id": end,
        "eos_token_id": end,
    }


if __name__ == "__main__":
    run(work)
