"""Draw rows from our transformer after prompts, and score rows."""

from pathlib import Path
from typing import Any

import numpy as np
import torch  # noqa: TID253 - a separate program, which no code location imports
from safetensors.torch import load_file

from outcross.jobs.bench.task import Clock, Job, run
from outcross.resources.compute import bounded_threads
from outcross.resources.generators.transformer.network import Architecture, Network
from outcross.resources.generators.transformer.sampling import Choice, Uniforms, draw_rows
from outcross.resources.generators.transformer.scoring import row_nats
from outcross.resources.generators.transformer.tokens import TokenRows


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Draw rows, timed; then draw the most probable tokens and score them. No row ends early: none has an end token."""
    folder, sizes = Path(job["folder_of_model"]), Architecture(**job["architecture"])
    parameters = {name.removeprefix("transformer."): tensor[None] for name, tensor in load_file(job["weights"]).items()}
    end = sizes.vocabulary - 1  # this token begins every row; excluded from the tokens drawn, it ends none
    network = Network(sizes, parameters, [end])
    with np.load(folder / "windows.npz") as arrays:
        prompts = arrays["targets"][: job["rows"], : job["prompt"]]
    settings: dict[str, Any] = {
        "rows": np.arange(len(prompts)),
        "given": prompts.astype(np.int32),
        "uniforms": Uniforms(1),
        "end": end,
        "longest": job["length"],
    }
    with bounded_threads(), torch.inference_mode():
        with clock("sample"):
            drawn = draw_rows(network, Choice(temperature=1.0, top_k=None, top_p=1.0), **settings)
        likely = draw_rows(network, Choice(temperature=1.0, top_k=1, top_p=1.0), **settings)
        whole = Network(sizes, parameters, [sizes.vocabulary])
        nats = row_nats(whole, TokenRows.of([row.tolist() for row in likely]), end=end)
    np.save(Path(job["to"]), np.stack(likely))
    return {"tokens": sum(map(len, drawn)) - prompts.size, "nats": nats.tolist()}


if __name__ == "__main__":
    run(work)
