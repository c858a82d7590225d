"""What a measure is: a function of one batch that returns readings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from outcross.assets.corpus.guards import chance
from outcross.assets.corpus.guards.profile import Profile, Spread
from outcross.assets.corpus.guards.scan import Scanned


@dataclass(frozen=True)
class Reading:
    """One number of a batch.

    Attributes:
        guard: that watches it.
        metric: what it is.
        group: of what: a column, a level (``sex=Female``), a tail (``age above``); empty for the whole batch.
        value: in the unit of the guard's bounds.
        low: a clean batch of so many rows lies below it almost never; None where chance has no say.
        high: the same above.
    """

    guard: str
    metric: str
    group: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What a measure may look at.

    Attributes:
        scanned: what one pass over the batch found; it has rows.
        profile: of the anchor.
        anchor: its canonical rows.
        seed: of the rows drawn.
    """

    scanned: Scanned
    profile: Profile
    anchor: pl.DataFrame
    seed: int

    @property
    def rows(self) -> int:
        """How many the batch has."""
        return self.scanned.counts.rows

    def mean_ratio(self, guard: str, metric: str, mean: float, spread: Spread) -> Reading:
        """A mean over rows ÷ the anchor's."""
        reach = chance.mean_reach(spread.variance, spread.most, self.rows, self.profile.rows) / spread.mean
        return Reading(guard, metric, "", float(mean / spread.mean), 1 - reach, 1 + reach)


Measure = Callable[[Batch], Iterator[Reading]]
