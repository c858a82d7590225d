"""The references of a study's verdicts: the holdout (or the population, where it is known), and each named test set."""

from collections.abc import Iterable, Iterator

import polars as pl

HOLDOUT = "holdout"
"""The reference of a verdict that names none."""


def by_reference(evaluations: pl.DataFrame, tests: Iterable[str], metric: str) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield each reference on which a metric was measured, with the evaluations that a verdict on it reads.

    Args:
        evaluations: long form, with ``reference`` and ``metric``.
        tests: names of the named test sets.
        metric: of the endpoint.

    Yields the holdout with all evaluations; then each test set, its measurements in the place of the holdout's. Models
    are measured on the holdout alone, so a metric of models has no other reference.
    """
    yield HOLDOUT, evaluations
    for name in tests:
        own = evaluations.filter(pl.col("reference") == name, pl.col("metric") == metric)
        if own.height:
            yield name, own.with_columns(reference=pl.lit(HOLDOUT))


def place_of_reference(reference: str) -> tuple[bool, bool, str]:
    """Return the sort key of a reference: holdout and population, named test sets, then the previous generation."""
    return (reference not in (HOLDOUT, "population"), reference == "previous", reference)
