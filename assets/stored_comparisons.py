"""The comparisons of a study's arms as its store keeps them; earlier versions have none."""

import polars as pl

from outcross.assets.artefacts import COMPARISON, Artefacts

COMPARISONS = {
    "endpoint": pl.String,
    "primary": pl.Boolean,
    "first": pl.String,
    "second": pl.String,
    "first_mean": pl.Float64,
    "second_mean": pl.Float64,
    "difference": pl.Float64,
    "lower_95": pl.Float64,
    "upper_95": pl.Float64,
    "p": pl.Float64,
    "p_holm": pl.Float64,
    "family": pl.Int32,
    "effect": pl.Float64,
    "replicates": pl.Int32,
    "generations": pl.Int32,
    "first_real_rows": pl.Int64,
    "first_synthetic_rows": pl.Int64,
    "second_real_rows": pl.Int64,
    "second_synthetic_rows": pl.Int64,
    "reason": pl.String,
    "sentence": pl.String,
}
"""Column → type: a line per pair of arms and endpoint; ``difference`` is above zero where the second arm is worse."""


def load_comparisons(artefacts: Artefacts) -> pl.DataFrame:
    """Return the comparisons of a study; none where an earlier version reached its verdict."""
    address = artefacts.address(COMPARISON)
    if not artefacts.store.exists(address):
        return pl.DataFrame(schema=COMPARISONS)
    return artefacts.load(address)
