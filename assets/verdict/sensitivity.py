"""Whether the real rows are real: the limit again, as if a share of the holdout were synthetic.

The rows that take the place of held-out ones are those of generation 0 of the *other* replicates, to which no model of
a replicate was fitted. Nothing is fitted again, and no generation sees a row of the holdout.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.artefacts import HOLDOUT, SYNTHETIC, Artefacts, Slot
from outcross.assets.evaluation.evaluate import evaluate
from outcross.assets.evaluation.load_probe import load_probe
from outcross.assets.evaluation.make import rows_by_replicate
from outcross.assets.evaluation.models import load_fitted_models
from outcross.assets.metrics.contract import RowMetric
from outcross.assets.metrics.fitted_models import FittedModels
from outcross.assets.study.tolerance import LOSS
from outcross.assets.verdict.limits import FEWEST_REPLICATES
from outcross.assets.verdict.verdict import Verdict, verdict
from outcross.resources.compute import bounded_threads
from outcross.resources.seeds import derive_seed, generator

SHARES = (0.05, 0.1, 0.2)
"""Shares of the holdout that are taken for synthetic."""


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """What a verdict finds if a share of the holdout were synthetic.

    Attributes:
        share: of the holdout.
        lower_95: the limit, 0 where nothing is shown to be safe.
    """

    share: float
    lower_95: float | None


def measure_sensitivity(artefacts: Artefacts, reached: Verdict, evaluations: pl.DataFrame) -> tuple[Sensitivity, ...]:
    """Reach a verdict again for each share of the holdout that might be synthetic.

    A gain stays as it was measured. Held-out loss is a mean over rows, so that of a mixed holdout is the mixture of two
    losses. For other endpoints rows of the holdout are drawn and replaced, and the last generation is measured again.

    Args:
        artefacts: of the study, at the size of the verdict.
        reached: the verdict with the holdout as it is.
        evaluations: of the study, in long form.

    Returns:
        One for each of ``SHARES``. Nothing for endpoints that are not measured on the holdout, for those of models
        other than ``loss``, for fewer than three replicates, and where generation 0 has too few rows.
    """
    if reached.endpoint not in artefacts.study.measured_endpoints:
        return ()
    metric = artefacts.study.metric_of(reached.endpoint)
    if not metric.needs_holdout or reached.replicates < FEWEST_REPLICATES or not reached.curve:
        return ()
    if reached.endpoint != LOSS and not isinstance(metric, RowMetric):
        return ()
    pool = _pool(artefacts)
    if pool is None:
        return ()
    with bounded_threads():
        values = _losses(artefacts, reached, pool) if reached.endpoint == LOSS else _rows(artefacts, reached, pool)
    if values.is_empty():
        return ()
    return tuple(_again(artefacts, reached, evaluations, values, share) for share in SHARES)


def with_sensitivity(verdicts: pl.DataFrame, found: Sequence[Sequence[Sensitivity]]) -> pl.DataFrame:
    """Add ``limit_if_5`` and the like to a frame of verdicts, in their order; null where nothing was measured."""
    limits = [{each.share: each.lower_95 for each in of_verdict} for of_verdict in found]
    return verdicts.with_columns(
        pl.Series(f"limit_if_{100 * share:.0f}", [each.get(share) for each in limits], dtype=pl.Float64)
        for share in SHARES
    )


def _again(
    artefacts: Artefacts, reached: Verdict, evaluations: pl.DataFrame, values: pl.DataFrame, share: float
) -> Sensitivity:
    key = ["arm", "generation", "replicate", "reference", "metric", "about"]
    mixed = evaluations.filter(metric=reached.endpoint).join(
        values.filter(share=share).select(*key, mixed="value"), on=key, how="left"
    )
    found = verdict(
        mixed.with_columns(value=pl.coalesce("mixed", "value")),
        reached.ladder,
        endpoint=reached.subject,
        tolerance=reached.tolerance,
        seed=artefacts.study.seed,
        generations=reached.generations,
        forecast=False,
    )
    return Sensitivity(share=share, lower_95=found.lower_95)


def _pool(artefacts: Artefacts) -> pl.DataFrame | None:
    """Rows of generation 0 with their ``replicate``: enough that those of the others fill the largest share."""
    rows, replicates = artefacts.load(artefacts.address(HOLDOUT), columns=["row"]).height, artefacts.study.replicates
    wanted = max(SHARES) * rows
    each = int(np.ceil(wanted / (replicates - 1)))
    synthetic = artefacts.load(artefacts.address(SYNTHETIC, 0))
    pool = synthetic.group_by("replicate", maintain_order=True).head(each)
    return pool.select("replicate", *artefacts.schema.names) if pool.height >= each * replicates else None


def _last_slots(artefacts: Artefacts, reached: Verdict) -> Iterator[Slot]:
    """The last generation of every lineage of the ladder."""
    for name, lineage in artefacts.study.lineages.items():
        if lineage.arm in reached.ladder.arms:
            yield Slot(artefacts, reached.generations - 1, name)


def _losses(artefacts: Artefacts, reached: Verdict, pool: pl.DataFrame) -> pl.DataFrame:
    """Held-out loss of each arm, replicate and share of the holdout, in long form."""
    frames = []
    for slot in _last_slots(artefacts, reached):
        models = load_fitted_models(slot)
        real, made = _score(models, models.holdout()), _score(models, pool.drop("replicate"))
        if real is None or made is None:
            return pl.DataFrame()
        source = pool["replicate"]
        others = made.with_columns(source=pl.concat([source] * len(slot.replicates))).filter(
            pl.col("source") != pl.col("replicate")
        )
        means = _means(real).join(_means(others), on="replicate", suffix="_made")
        for share in SHARES:
            nats, units = ((1 - share) * pl.col(name) + share * pl.col(f"{name}_made") for name in ("nats", "units"))
            frames.append(_long(slot, reached, means.select("replicate", value=nats / units), share))
    return pl.concat(frames)


def _score(models: FittedModels, rows: pl.DataFrame) -> pl.DataFrame | None:
    return models.cohort.loss(rows, seeds={each: models.seed(each, "loss") for each in models.replicates})


def _means(scored: pl.DataFrame) -> pl.DataFrame:
    return scored.group_by("replicate", maintain_order=True).agg(pl.col("nats").mean(), pl.col("units").mean())


def _rows(artefacts: Artefacts, reached: Verdict, pool: pl.DataFrame) -> pl.DataFrame:
    """Another endpoint of each arm, replicate and share of the holdout, in long form."""
    study, schema = artefacts.study, artefacts.schema
    holdout = artefacts.load(artefacts.address(HOLDOUT)).select(schema.names)
    metric, frames = study.metric_of(reached.endpoint), []
    for slot in _last_slots(artefacts, reached):
        for replicate, synthetic in rows_by_replicate(slot).items():
            others = _others(pool, replicate)
            for share in SHARES:
                seed = derive_seed(study.study, study.seed, "sensitivity", replicate)
                reference = _mixed(holdout, others, share, seed)
                measured = evaluate(
                    synthetic=synthetic,
                    reference=reference,
                    schema=schema,
                    probe=load_probe(artefacts).with_holdout(reference),
                    seed=slot.seed(replicate, "evaluate"),
                    against="holdout",
                    metrics=[metric.name],
                ).filter(metric=reached.endpoint, about="")
                value = measured.select(replicate=pl.lit(replicate, pl.Int32), value="value")
                frames.append(_long(slot, reached, value, share))
    return pl.concat(frames)


def _others(pool: pl.DataFrame, replicate: int) -> pl.DataFrame:
    """The rows of the pool that no model of a replicate was fitted to."""
    return pool.filter(pl.col("replicate") != replicate).drop("replicate")


def _mixed(holdout: pl.DataFrame, others: pl.DataFrame, share: float, seed: int) -> pl.DataFrame:
    """The holdout, with a share of its rows replaced; larger shares replace the same rows and more."""
    draws = generator(seed)
    kept, taken = draws.permutation(holdout.height), draws.permutation(others.height)
    replaced = round(share * holdout.height)
    return pl.concat([holdout[np.sort(kept[replaced:])], others[taken[:replaced]]])


def _long(slot: Slot, reached: Verdict, values: pl.DataFrame, share: float) -> pl.DataFrame:
    """Values in the form of evaluations, with the share of the holdout."""
    return values.select(
        arm=pl.lit(slot.arm),
        generation=pl.lit(slot.generation, pl.Int32),
        replicate="replicate",
        reference=pl.lit("holdout"),
        metric=pl.lit(reached.endpoint),
        about=pl.lit(""),
        value="value",
        share=pl.lit(share),
    )
