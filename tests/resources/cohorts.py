"""Cohorts out of plain frames, and models that went through a file."""

import json
from pathlib import Path

import polars as pl
from safetensors.numpy import load_file, save_file

from outcross.resources.generators.contract import Cohort, CohortModel, Generator
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed


def seeds_of(replicates, stage="fit"):
    return {number: derive_seed("test", number, stage) for number in replicates}


def cohort_of(schema: Schema, frames: dict[int, pl.DataFrame], weights: dict[int, list[float]] | None = None) -> Cohort:
    parts = [
        pl.DataFrame(
            {
                "replicate": pl.Series([number] * frame.height, dtype=pl.Int32),
                "weight": pl.Series(weights[number] if weights else [1.0] * frame.height, dtype=pl.Float64),
            }
        ).hstack(frame.select(schema.names))
        for number, frame in sorted(frames.items())
    ]
    return Cohort(rows=pl.concat(parts), schema=schema, seeds=seeds_of(frames))


def through_files(model: CohortModel, settings: Generator, folder: Path) -> CohortModel:
    save_file(model.tensors(), folder / "weights.safetensors")
    (folder / "card.json").write_text(json.dumps(model.card(), allow_nan=False))
    return settings.load(load_file(folder / "weights.safetensors"), json.loads((folder / "card.json").read_text()))
