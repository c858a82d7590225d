"""The evaluation of a generation: of its models, and of its rows against the holdout and the previous generation."""

from collections.abc import Collection

import numpy as np
import polars as pl

from outcross.assets.artefacts import EVALUATION, HOLDOUT, LEARNER, MODEL, SYNTHETIC, TESTS, Artefacts, Made, Slot
from outcross.assets.evaluation.evaluate import ROW_METRICS, evaluate
from outcross.assets.evaluation.load_probe import load_probe
from outcross.assets.evaluation.models import load_fitted_models
from outcross.assets.learner.make import load_scores
from outcross.assets.metrics.contract import Against, ModelMetric, may_measure
from outcross.assets.metrics.population import POPULATION
from outcross.assets.metrics.registry import METRICS
from outcross.assets.pool.make import load_tests
from outcross.assets.study.study import Study
from outcross.resources.compute import bounded_threads
from outcross.resources.tokens import VERSION as TOKENS

EVALUATIONS: dict[str, pl.DataType] = {
    "replicate": pl.Int32(),
    "reference": pl.String(),
    "metric": pl.String(),
    "about": pl.String(),
    "family": pl.String(),
    "direction": pl.String(),
    "value": pl.Float64(),
    "standard_error": pl.Float64(),
}


def make_evaluation(slot: Slot) -> Made:
    """Write the measurements of a generation in long form: a line per replicate, reference and metric."""
    inputs = [slot.artefacts.address(HOLDOUT)]
    inputs += [slot.address(thing) for thing in (MODEL, SYNTHETIC)]
    inputs += [slot.artefacts.address(TESTS)] if slot.study.tests else []
    about: dict[str, str] = {}
    if slot.artefacts.schema.modality == "text":
        about["tokens"] = TOKENS
    with bounded_threads():
        frames = _measure_models(slot)
        if _compares_rows(slot.artefacts):
            frames += _measure_rows(slot)
            about["embedding_sha256"] = load_probe(slot.artefacts).embedding.digest
            if slot.generation:
                inputs.append(slot.at(slot.generation - 1).address(SYNTHETIC))
    if slot.study.learner is not None:
        inputs.append(slot.address(LEARNER))
        frames.append(load_scores(slot))
    measured = pl.concat([pl.DataFrame(schema=EVALUATIONS), *(_describe(frame, slot.study) for frame in frames)])
    slot.artefacts.save(slot.address(EVALUATION), measured, inputs=inputs, **about)
    return Made(numbers=dict(_medians(measured)))


def _compares_rows(artefacts: Artefacts) -> bool:
    names = artefacts.study.metrics
    rows = {metric.name for metric in (*ROW_METRICS, *artefacts.study.own_metrics)}
    return any(may_measure(names, name) for name in rows)


def _measure_models(slot: Slot) -> list[pl.DataFrame]:
    """Measure the models themselves: held-out loss, distance to the population, gain from more data."""
    names, modality = slot.study.metrics, slot.artefacts.schema.modality
    wanted = [metric for metric in METRICS if isinstance(metric, ModelMetric) and metric.is_wanted(names, modality)]
    models = load_fitted_models(slot)
    return [metric.measure(models) for metric in wanted]


def _measure_rows(slot: Slot) -> list[pl.DataFrame]:
    """Compare each replicate's first n rows with the holdout, named test sets, and its rows of the previous generation.

    All references of a replicate follow each other, so that its rows are embedded, and its classifier trained, once.
    """
    holdout = slot.artefacts.load(slot.artefacts.address(HOLDOUT)).select(slot.artefacts.schema.names)
    previous = rows_by_replicate(slot.at(slot.generation - 1)) if slot.generation else {}
    tests = load_tests(slot.artefacts)
    kinds: dict[str, Against] = {"holdout": "holdout", **dict.fromkeys(tests, "test"), "previous": "previous"}
    frames: dict[str, list[pl.DataFrame]] = {name: [] for name in kinds}
    for replicate, rows in rows_by_replicate(slot).items():
        references = {"holdout": holdout, **tests}
        if slot.generation:
            references["previous"] = previous[replicate]
        for name, reference in references.items():
            measured = evaluate(
                synthetic=rows,
                reference=reference,
                schema=slot.artefacts.schema,
                probe=load_probe(slot.artefacts),
                seed=slot.seed(replicate, "evaluate"),
                against=kinds[name],
                metrics=slot.study.metrics,
            )
            frames[name].append(measured.with_columns(replicate=pl.lit(replicate), reference=pl.lit(name)))
    return [frame for each in frames.values() for frame in each]


def rows_by_replicate(slot: Slot) -> dict[int, pl.DataFrame]:
    """Return the synthetic rows of each replicate that are measured: the first n."""
    rows = slot.load(SYNTHETIC)
    parts = rows.partition_by("replicate", as_dict=True, maintain_order=True)
    return {
        int(key): part.select(slot.artefacts.schema.names).head(slot.artefacts.rows) for (key,), part in parts.items()
    }


def _describe(measured: pl.DataFrame, study: Study) -> pl.DataFrame:
    """Add each endpoint's definition and direction, and order the columns; measurements of models are for all rows."""
    metrics = measured["metric"].unique().to_list()
    definitions = {metric: study.endpoint_of(metric).definition.value for metric in metrics}
    directions = {metric: study.endpoint_of(metric).direction for metric in metrics}
    if "about" not in measured.columns:
        measured = measured.with_columns(about=pl.lit(""))
    return measured.with_columns(
        family=pl.col("metric").replace_strict(definitions, return_dtype=pl.String),
        direction=pl.col("metric").replace_strict(directions, return_dtype=pl.String),
    ).select(pl.col(name).cast(dtype) for name, dtype in EVALUATIONS.items())


def load_medians(slot: Slot, replicates: Collection[int]) -> dict[str, float]:
    """Read the median over some replicates of each metric that measures all rows of a generation against real ones.

    A metric whose median is not finite is left out. Raises as :meth:`outcross.assets.artefacts.Artefacts.load` does.
    """
    measured = slot.load(EVALUATION, columns=["replicate", "reference", "metric", "about", "value"])
    return _medians(measured.filter(pl.col("replicate").is_in(list(replicates))))


def _medians(measured: pl.DataFrame) -> dict[str, float]:
    held_out = measured.filter(pl.col("reference").is_in(["holdout", POPULATION]), pl.col("about") == "")
    medians = held_out.group_by("metric", maintain_order=True).agg(pl.col("value").median())
    return {name: float(value) for name, value in medians.iter_rows() if value is not None and np.isfinite(value)}
