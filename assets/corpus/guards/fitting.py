"""Fit a profile to a corpus's anchor and holdout."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from outcross.assets.corpus.guards.counting import CodedRows, Scales, code_frame, count
from outcross.assets.corpus.guards.profile import Baseline, Profile, Spread, rank_correlation, records
from outcross.assets.corpus.guards.sketch import sorted_unique
from outcross.assets.instruments.gower import closest_distances, sample_rows
from outcross.assets.instruments.rare import tail_edges
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed

STEPS = 100
"""Quantiles of a numeric column: the Kolmogorov–Smirnov distance is exact to 1 ÷ STEPS."""
NEAR = 0.05
"""Quantile of the holdout's distances to the anchor (DCR) below which a row counts as near."""


def fit_profile(anchor: pl.DataFrame, holdout: pl.DataFrame, schema: Schema, *, seed: int) -> Profile:
    """Compute the statistics of the anchor, and the holdout's distances to it.

    Args:
        anchor: canonical rows; other columns are ignored.
        holdout: canonical rows of the same source, none of which equals a row of the anchor.
        schema: their columns.
        seed: of samples, where there are too many rows.

    Raises:
        BadInput: the anchor has no rows.
    """
    if not anchor.height:
        raise BadInput("the anchor has no rows to compare batches with; name a source that has rows")
    anchor, holdout = anchor[schema.names], holdout[schema.names]
    edges, tails = _edges(anchor, schema)
    scales = Scales(schema, edges, _levels(anchor, schema))
    coded = code_frame(anchor, scales)
    nothing = Spread(mean=0.0, variance=0.0, most=0.0)
    counted = Profile(
        scales=scales,
        counts=count(coded, scales),
        tails=tails,
        repeats=_repeats(coded.hashes),
        surprise=nothing,
        rare=nothing,
        tail=nothing,
        correlation=np.zeros((0, 0)),
        baseline=_baseline(anchor, holdout, schema, seed),
        seed=seed,
    )
    return replace(
        counted,
        surprise=Spread.of(_surprise(coded, counted)),
        rare=Spread.of(_rare(coded, counted)),
        tail=Spread.of(_in_tails(coded, counted)),
        correlation=rank_correlation(coded, counted),
    )


def _edges(anchor: pl.DataFrame, schema: Schema) -> tuple[tuple[np.ndarray, ...], tuple[Any, ...]]:
    """Compute the bin edges of each numeric column, from quantiles, extremes and tails, and its tail edges.

    A second edge just below each edge makes a spike of equal values (no overtime, no capital gain) a bin of its own.
    """
    every, tails = [], []
    for column in schema.numeric:
        values = anchor[column.name].cast(pl.Float64).fill_nan(None).drop_nulls().to_numpy()
        values = values[np.isfinite(values)]
        low, high = (float(each) for each in tail_edges(values))
        tails.append((low if np.isfinite(low) else None, high if np.isfinite(high) else None))
        if not len(values):
            every.append(np.zeros(0))
            continue
        steps = np.quantile(values, np.linspace(0, 1, STEPS + 1), method="inverted_cdf")
        steps = np.concatenate([steps, [each for each in (low, high) if np.isfinite(each)]]) + 0.0
        every.append(np.unique(np.concatenate([steps, np.nextafter(steps, -np.inf)])))
    return tuple(every), tuple(tails)


def _levels(anchor: pl.DataFrame, schema: Schema) -> tuple[tuple[str, ...], ...]:
    """Sort the levels of each discrete column by frequency, the most frequent first; ties in alphabetical order."""
    found = []
    for column in schema.discrete:
        counts = anchor[column.name].drop_nulls().rename("level").value_counts(name="rows")
        found.append(tuple(counts.sort("rows", "level", descending=[True, False])["level"]))
    return tuple(found)


def _repeats(hashes: np.ndarray) -> dict[int, int]:
    ordered = np.sort(hashes)
    starts = np.searchsorted(ordered, sorted_unique(hashes))
    times, rows = np.unique(np.diff(np.append(starts, len(ordered))), return_counts=True)
    return {int(each): int(many) for each, many in zip(times, rows, strict=True)}


def _surprise(coded: CodedRows, profile: Profile) -> np.ndarray:
    total = np.zeros(coded.rows)
    for place, values in enumerate(coded.numeric):
        counts = profile.bins(profile.counts, place)
        inner = profile.scales.edges[place][profile.tenths(place)]
        bins = np.where(np.isnan(values), len(counts) - 1, np.searchsorted(inner, values))
        total -= _log_shares(counts)[bins]
    for place, codes in enumerate(coded.discrete):
        counts, common = profile.merge_levels(profile.counts, place, rows=profile.rows), profile.common[place]
        total -= _log_shares(counts)[np.where(codes == coded.null_codes[place], common + 1, np.minimum(codes, common))]
    return total


def _log_shares(counts: np.ndarray) -> np.ndarray:
    result: np.ndarray = np.log(np.maximum(counts, 1) / max(int(counts.sum()), 1))
    return result


def _rare(coded: CodedRows, profile: Profile) -> np.ndarray:
    total = np.zeros(coded.rows)
    for place, codes in enumerate(coded.discrete):
        rare: np.ndarray = np.zeros(profile.scales.codes(place))
        rare[[*profile.rare_levels[place], len(profile.scales.levels[place])]] = 1
        total += rare[codes]
    return total


def _in_tails(coded: CodedRows, profile: Profile) -> np.ndarray:
    total = np.zeros(coded.rows)
    for values, (low, high) in zip(coded.numeric, profile.tails, strict=True):
        with np.errstate(invalid="ignore"):
            total += (values < low if low is not None else 0) + (values > high if high is not None else 0.0)
    return total


def _baseline(anchor: pl.DataFrame, holdout: pl.DataFrame, schema: Schema, seed: int) -> Baseline:
    if not holdout.height or schema.image is not None or not (schema.numeric or schema.discrete):
        return Baseline(rows=0, quantile=0.0, near=0)
    drawn = sample_rows(holdout, derive_seed("holdout of the profile", seed))
    distances = closest_distances(drawn, records(anchor, schema, seed), schema)
    quantile = float(np.quantile(distances, NEAR, method="inverted_cdf"))
    return Baseline(rows=len(distances), quantile=quantile, near=int((distances <= quantile).sum()))
