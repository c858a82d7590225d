"""Evaluate a generation: its model's held-out loss, and its rows against the holdout and the previous generation."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import polars as pl

from assets.artefacts import EVALUATION, HOLDOUT, MODEL, SYNTHETIC, Artefacts, Made
from assets.dataset.manifest import SHARED
from assets.evaluation.evaluate import evaluate
from assets.evaluation.load_probe import load_probe
from assets.model.make import load_model, stage_seed
from resources.compute import bounded_threads
from resources.endpoints import ENDPOINTS

EVALUATIONS: dict[str, pl.DataType] = {
    "replicate": pl.Int32(),
    "reference": pl.String(),
    "metric": pl.String(),
    "family": pl.String(),
    "direction": pl.String(),
    "value": pl.Float64(),
    "standard_error": pl.Float64(),
}
CODE_VERSION = "1"
"""Raised when the same rows would measure differently, so that the UI shows earlier evaluations as stale."""


def make_evaluation(artefacts: Artefacts, generation: int, lineage: str) -> Made:
    """Write the measurements of a generation in long form, a line per replicate, reference and metric."""
    holdout_address = artefacts.address(HOLDOUT)
    synthetic_address = artefacts.address(SYNTHETIC, generation, lineage)
    inputs = [holdout_address, artefacts.address(MODEL, generation, lineage), synthetic_address]
    holdout = artefacts.load(holdout_address).select(artefacts.schema.names)
    synthetic = artefacts.load(synthetic_address)
    with bounded_threads():
        frames = [
            _loss(artefacts, generation, lineage, holdout),
            _against_each(artefacts, generation, lineage, synthetic, {None: holdout}, against="holdout"),
        ]
        if generation:
            inputs.append(artefacts.address(SYNTHETIC, generation - 1, lineage))
            previous = artefacts.load(inputs[-1])
            references = _by_replicate(previous, artefacts)
            frames.append(_against_each(artefacts, generation, lineage, synthetic, references, against="previous"))
    measured = pl.concat(frames).select(*EVALUATIONS)
    artefacts.save(
        artefacts.address(EVALUATION, generation, lineage),
        measured,
        inputs=inputs,
        code_version=CODE_VERSION,
        embedding_sha256=load_probe(artefacts).embedding.digest,
    )
    return Made(numbers=_medians(measured))


def _loss(artefacts: Artefacts, generation: int, lineage: str, holdout: pl.DataFrame) -> pl.DataFrame:
    """Held-out loss of each replicate, Σ nats ÷ Σ units, with the standard error of that ratio over rows."""
    replicates = artefacts.replicates(SHARED if generation == 0 else lineage)
    seeds = {each: stage_seed(artefacts, generation, lineage, each, "loss") for each in replicates}
    scored = load_model(artefacts, generation, lineage).loss(holdout, seeds=seeds)
    if scored is None:
        return pl.DataFrame(schema=EVALUATIONS)
    endpoint, value = ENDPOINTS["loss"], pl.col("nats").sum() / pl.col("units").sum()
    residual = pl.col("nats") - pl.col("units") * value
    return (
        scored.group_by("replicate", maintain_order=True)
        .agg(
            reference=pl.lit("holdout"),
            metric=pl.lit("loss"),
            family=pl.lit(endpoint.definition.value),
            direction=pl.lit(endpoint.direction),
            value=value,
            standard_error=residual.std() * pl.len().sqrt() / pl.col("units").sum(),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in EVALUATIONS.items())
    )


def _against_each(
    artefacts: Artefacts,
    generation: int,
    lineage: str,
    synthetic: pl.DataFrame,
    references: Mapping[int | None, pl.DataFrame],
    *,
    against: Literal["holdout", "previous"],
) -> pl.DataFrame:
    """Compare each replicate's first n rows with its own reference, or with the one all share (key None)."""
    frames = []
    for replicate, rows in _by_replicate(synthetic, artefacts).items():
        assert replicate is not None
        measured = evaluate(
            synthetic=rows,
            reference=references[replicate if replicate in references else None],
            schema=artefacts.schema,
            probe=load_probe(artefacts),
            seed=stage_seed(artefacts, generation, lineage, replicate, f"evaluate {against}"),
            against=against,
        )
        about = {"replicate": pl.lit(replicate, dtype=pl.Int32), "reference": pl.lit(against)}
        frames.append(measured.with_columns(**about).select(*EVALUATIONS))
    return pl.concat(frames)


def _by_replicate(rows: pl.DataFrame, artefacts: Artefacts) -> dict[int | None, pl.DataFrame]:
    parts = rows.partition_by("replicate", as_dict=True, maintain_order=True)
    return {int(key): part.select(artefacts.schema.names).head(artefacts.rows) for (key,), part in parts.items()}


def _medians(measured: pl.DataFrame) -> dict[str, float | int | str]:
    held_out = measured.filter(pl.col("reference") == "holdout")
    medians = held_out.group_by("metric", maintain_order=True).agg(pl.col("value").median())
    return {name: float(value) for name, value in medians.iter_rows() if value is not None and np.isfinite(value)}
