"""The profile of a corpus's anchor: the statistics that batches are compared with, fitted once and stored as JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.corpus.guards.counting import CodedRows, Counts, Scales
from outcross.assets.instruments.rare import RARE
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed, generator

TENTHS = 10
MANY_LEVELS, FEW_TIMES = 20, 50
"""In a column with more than ``MANY_LEVELS`` levels, those that the anchor has fewer than ``FEW_TIMES`` are merged
before levels are compared one by one: an observed count is partly chance, by a seventh at fifty rows."""
FEW_EXPECTED = 5
"""Levels of which a batch is expected to have fewer rows are merged as well."""
MOST_RECORDS = 20_000
"""Largest number of the anchor's rows that the closest record is searched in; of more rows, a sample is drawn."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Mean, variance, and largest distance from the mean of a number that each row of the anchor has."""

    mean: float
    variance: float
    most: float

    @classmethod
    def of(cls, values: np.ndarray) -> Self:
        """Compute them from (rows,) values."""
        mean = float(values.mean())
        apart = np.abs(values - mean)
        return cls(mean=mean, variance=float((apart**2).mean()), most=float(apart.max()))


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """DCR baseline: the holdout's distances to the closest record of the anchor. None of its rows is a copy.

    Attributes:
        rows: of the holdout that were measured; 0 where rows have no distance.
        quantile: Gower distance that is the ``NEAR`` quantile of their distances.
        near: number of these rows at or below it.
    """

    rows: int
    quantile: float
    near: int


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Statistics of the anchor. Fit them with :func:`fit_profile`.

    Attributes:
        scales: bin edges and levels of the columns.
        counts: of the anchor.
        tails: for each numeric column, the values beyond which its tails begin; None where it has no such tail.
        repeats: number of times a row occurs → number of different rows that do.
        surprise: −ln of the share of a row's values, summed over columns; its mean is the entropy, nats.
        rare: number of rare levels of a row; a level that the anchor lacks is rare.
        tail: number of tails that a row is in.
        correlation: (numeric columns, numeric columns) rank correlation; 0 where a column has only one value.
        baseline: the holdout's distances to the anchor.
        seed: of samples, where there are too many rows.
    """

    scales: Scales
    counts: Counts
    tails: tuple[tuple[float | None, float | None], ...]
    repeats: dict[int, int]
    surprise: Spread
    rare: Spread
    tail: Spread
    correlation: np.ndarray
    baseline: Baseline
    seed: int

    @property
    def schema(self) -> Schema:
        """The columns."""
        return self.scales.schema

    @property
    def rows(self) -> int:
        """Rows of the anchor."""
        return self.counts.rows

    @cached_property
    def rare_levels(self) -> list[np.ndarray]:
        """For each discrete column, the codes of the levels that fewer than 5 % of the anchor's rows have."""
        return [np.flatnonzero(counts[:-2] < RARE * self.rows) for counts in self.counts.levels]

    @cached_property
    def common(self) -> list[int]:
        """Number of common levels of each discrete column; these have the first codes."""
        return [self._common(place, self.rows) for place in range(len(self.scales.levels))]

    def _common(self, place: int, rows: int) -> int:
        counts = self.counts.levels[place][:-2]
        if len(counts) <= MANY_LEVELS:
            return len(counts)
        return int(((counts >= FEW_TIMES) & (counts * rows >= FEW_EXPECTED * self.rows)).sum())

    def merge_levels(self, counts: Counts, place: int, *, rows: int) -> np.ndarray:
        """Count the rows of each common level of a discrete column, of all other levels together, and of null.

        In a column of names or document numbers, most levels of a clean batch are new: compared level by level, the
        column would seem to have drifted. Which levels are common depends on the number of ``rows`` of the batch.
        """
        levels, common = counts.levels[place], self._common(place, rows)
        return np.concatenate([levels[:common], [levels[common:-1].sum(), levels[-1]]])

    def features(self, coded: CodedRows) -> np.ndarray:
        """Build (rows, columns) for trees: numbers, codes with rare levels merged, and NaN where there is no value."""
        levels = []
        for codes, common, null in zip(coded.discrete, self.common, coded.null_codes, strict=True):
            levels.append(np.where(codes == null, np.nan, np.minimum(codes, common)))
        return np.stack([*coded.numeric, *levels], axis=1)

    @property
    def distinct_share(self) -> float:
        """Different rows ÷ rows."""
        return sum(self.repeats.values()) / self.rows

    @cached_property
    def entropies(self) -> dict[str, float]:
        """Entropy of each numeric column (in tenths) and each discrete column, nats."""
        names = [column.name for column in (*self.schema.numeric, *self.schema.discrete)]
        return dict(zip(names, column_entropies(self.counts, self, rows=self.rows), strict=True))

    def tenths(self, place: int) -> np.ndarray:
        """Find the indices of the edges between the tenths of a numeric column; with ties there are fewer."""
        at_most = self.counts.at_most[place]
        observed = self.counts.observed(self.scales, place)
        wanted = np.arange(1, TENTHS) * observed / TENTHS
        return np.unique(np.searchsorted(at_most, wanted)[: len(at_most)]) if len(at_most) else np.zeros(0, np.intp)

    def bins(self, counts: Counts, place: int) -> np.ndarray:
        """Count the rows in each tenth of a numeric column, and those without a value."""
        at_most, observed = counts.at_most[place][self.tenths(place)], counts.observed(self.scales, place)
        return np.diff(np.concatenate([[0], at_most, [observed, counts.rows]]))

    def to_json(self) -> str:
        """Convert to a JSON object; :meth:`from_json` reads it back."""
        return json.dumps(
            {
                "schema": self.schema.to_json(),
                "edges": [edges.tolist() for edges in self.scales.edges],
                "levels": self.scales.levels,
                "counts": self.counts.to_json(),
                "tails": self.tails,
                "repeats": sorted(self.repeats.items()),
                **{name: vars(getattr(self, name)) for name in ("surprise", "rare", "tail", "baseline")},
                "correlation": self.correlation.tolist(),
                "seed": self.seed,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read back what :meth:`to_json` wrote."""
        value = json.loads(text)
        edges = tuple(np.array(each, dtype=np.float64) for each in value["edges"])
        levels = tuple(tuple(each) for each in value["levels"])
        spreads = {name: Spread(**value[name]) for name in ("surprise", "rare", "tail")}
        return cls(
            scales=Scales(Schema.from_json(value["schema"]), edges, levels),
            counts=Counts.from_json(value["counts"]),
            tails=tuple((low, high) for low, high in value["tails"]),
            repeats={int(times): rows for times, rows in value["repeats"]},
            **spreads,
            correlation=_square(value["correlation"]),
            baseline=Baseline(**value["baseline"]),
            seed=value["seed"],
        )


def records(anchor: pl.DataFrame, schema: Schema, seed: int) -> pl.DataFrame:
    """Draw the rows of the anchor that the closest record is searched in."""
    rows = anchor[schema.names]
    if rows.height <= MOST_RECORDS:
        return rows
    chosen = generator(derive_seed("records of the anchor", seed)).choice(rows.height, MOST_RECORDS, replace=False)
    return rows[np.sort(chosen)]


def column_entropies(counts: Counts, profile: Profile, *, rows: int) -> list[float]:
    """Compute the entropy of each numeric column, in the anchor's tenths, then of each discrete column; nats.

    Null counts as a level. Levels are merged as in :meth:`Profile.merge_levels`, for a batch of ``rows`` rows. The
    estimate has Miller's correction (1955) of (levels − 1) ÷ 2n, since the plug-in estimate grows with the rows.
    """
    binned = [profile.bins(counts, place) for place in range(len(profile.scales.edges))]
    lumped = [profile.merge_levels(counts, place, rows=rows) for place in range(len(counts.levels))]
    return [_entropy(each) for each in (*binned, *lumped)]


def rank_correlation(coded: CodedRows, profile: Profile) -> np.ndarray:
    """Compute the rank correlation of the numeric columns, with ranks in the anchor, over rows with both values.

    It is 0 where a column does not vary.
    """
    ranks = []
    for place, values in enumerate(coded.numeric):
        at_most = np.concatenate([[0], profile.counts.at_most[place], [profile.counts.observed(profile.scales, place)]])
        middle = (at_most[1:] + at_most[:-1]) / 2
        rank = middle[np.searchsorted(profile.scales.edges[place], values)]
        ranks.append(np.where(np.isnan(values), np.nan, rank))
    found = np.eye(len(ranks))
    for one in range(len(ranks)):
        for other in range(one):
            both = ~np.isnan(ranks[one]) & ~np.isnan(ranks[other])
            found[one, other] = found[other, one] = _correlation(ranks[one][both], ranks[other][both])
    return found


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])


def _entropy(counts: np.ndarray) -> float:
    found = counts[counts > 0]
    if not len(found):
        return 0.0
    shares = found / found.sum()
    return float(-(shares * np.log(shares)).sum() + (len(found) - 1) / (2 * found.sum()))


def _square(values: Sequence[Sequence[float]]) -> np.ndarray:
    return np.array(values, dtype=np.float64).reshape(len(values), len(values))
