"""Fit a synthesizer of SDV to a table, and sample rows from it."""

from pathlib import Path
from typing import Any

import torch
from sdv.metadata import Metadata
from sdv.single_table import CTGANSynthesizer, GaussianCopulaSynthesizer

from outcross.jobs.bench.peers.pandas_tables import TABLE, metadata, read
from outcross.jobs.bench.task import Clock, Job, run

SYNTHESIZERS = {"GaussianCopula": GaussianCopulaSynthesizer, "CTGAN": CTGANSynthesizer}


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Fit, with default settings but those the job names; sample; write what was sampled."""
    torch.set_num_threads(job["threads"])
    torch.manual_seed(job["seed"])
    training = read(job["training"])
    described = Metadata.load_from_dict(metadata(job))
    with clock("fit"):
        synthesizer = SYNTHESIZERS[job["synthesizer"]](described, **job["settings"])
        synthesizer.fit({TABLE: training})
    with clock("sample"):
        sampled = synthesizer.sample(job["rows"])[TABLE]
    kept = Path(job["folder"]) / "sampled.parquet"
    sampled[training.columns].to_parquet(kept)
    return {"sampled": str(kept)}


if __name__ == "__main__":
    run(work)
