"""Broken relations: synthetic rows that break what real rows keep, such as an end that is never before its start."""

import numpy as np
import polars as pl

from outcross.assets.instruments.relations import find_relations
from outcross.assets.metrics.contract import TABLE, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.resources.schema import Schema

ENDPOINTS = (
    Endpoint(
        "broken_relations",
        Definition.SHAPE_DEFORMS,
        Reading.HALLUCINATED,
        "lower",
        "share of rows that break an order, a sum, a format or a rule of missing values that real rows keep",
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``broken_relations``: the share of synthetic rows that break at least one relation of the anchor.

    A relation is kept by at least 99.5 % of the anchor's rows, and not by chance; see
    :func:`outcross.assets.instruments.relations.find_relations`. Each relation that is broken has a line of its own.
    Errors are binomial, and hold for the relations as found. Without any relation nothing is measured.
    """
    relations = comparison.probe.relations
    if not relations:
        return []
    rows = comparison.synthetic
    any_broken = np.zeros(rows.height, dtype=bool)
    lines = []
    for relation in relations:
        broken = relation.broken(rows)
        any_broken |= broken
        if broken.any():
            lines.append(Measurement(*_share(broken), relation.name))
    return [Measurement(*_share(any_broken)), *lines]


def _share(broken: np.ndarray) -> tuple[str, float, float]:
    share = float(broken.mean())
    return "broken_relations", share, float(np.sqrt(share * (1 - share) / len(broken)))


def find_lack(schema: Schema, anchor: pl.DataFrame) -> str | None:
    """Return why nothing can be measured: the anchor keeps no relation."""
    if find_relations(anchor, schema, seed=0):
        return None
    return (
        "finds no order, sum, format or rule of missing values that 99.5 % of the anchor's rows keep; choose another "
        "endpoint"
    )


METRIC = RowMetric(
    name="relations",
    modalities=TABLE,
    measure=measure,
    endpoints=ENDPOINTS,
    absolute=True,
    find_lack=find_lack,
)
