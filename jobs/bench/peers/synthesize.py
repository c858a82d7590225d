"""Fit an SDV synthesizer to a table, and sample rows from it."""

from pathlib import Path
from typing import Any

import torch
from sdv.metadata import Metadata
from sdv.single_table import CTGANSynthesizer, GaussianCopulaSynthesizer

from outcross.jobs.bench.peers.pandas_tables import TABLE, metadata, read
from outcross.jobs.bench.task import Clock, Job, run

SYNTHESIZERS = {"GaussianCopula": GaussianCopulaSynthesizer, "CTGAN": CTGANSynthesizer}


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Fit with default settings except those in the job, sample, and write the sampled rows."""
    torch.set_num_threads(job["threads"])
    torch.manual_seed(job["seed"])
    training = read(job["training"])
    described = Metadata.load_from_dict(metadata(job))
    with clock("fit"):
        synthesizer = SYNTHESIZERS[job["synthesizer"]](described, **job["settings"])
        synthesizer.fit({TABLE: training})
    with clock("sample"):
        sampled = synthesizer.sample(job["rows"])[TABLE]
    path = Path(job["folder"]) / "sampled.parquet"
    sampled[training.columns].to_parquet(path)
    return {"sampled": str(path)}


if __name__ == "__main__":
    run(work)
