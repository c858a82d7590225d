"""The contract of a measure: a function of one batch that yields readings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from outcross.assets.corpus.guards import chance
from outcross.assets.corpus.guards.anchor_texts import AnchorTexts
from outcross.assets.corpus.guards.picture_profile import PictureProfile
from outcross.assets.corpus.guards.profile import Profile, Spread
from outcross.assets.corpus.guards.scan import Scan
from outcross.assets.corpus.guards.text_profile import TextProfile


@dataclass(frozen=True)
class Reading:
    """One number computed from a batch.

    Attributes:
        guard: that checks it.
        metric: its name.
        group: that it is computed for: a column, a level (``sex=Female``), a tail (``age above``); empty for the whole
            batch.
        value: in the unit of the guard's bounds.
        low: limit that a clean batch of this size almost never falls below; None where chance plays no part.
        high: limit that it almost never exceeds; None where chance plays no part.
        least: smallest value that is possible; None where that is no matter of the number of rows.
        most: largest value that is possible, likewise.
    """

    guard: str
    metric: str
    group: str
    value: float
    low: float | None = None
    high: float | None = None
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, kw_only=True)
class Batch:
    """The input of a measure.

    Attributes:
        scanned: result of one pass over the batch; measures are asked only where it has rows.
        profile: of the anchor.
        anchor: its canonical rows.
        seed: of the rows drawn.
        texts: profile of the anchor's texts; None where it has none.
        pictures: profile of the anchor's pictures; None where it has none.
        anchor_texts: a sample of the anchor's texts; drawn from ``anchor`` if None.
    """

    scanned: Scan
    profile: Profile
    anchor: pl.DataFrame
    seed: int
    texts: TextProfile | None = None
    pictures: PictureProfile | None = None
    anchor_texts: AnchorTexts | None = None

    @property
    def rows(self) -> int:
        """Rows of the batch."""
        return self.scanned.counts.rows

    def mean_ratio(self, guard: str, metric: str, mean: float, spread: Spread) -> Reading:
        """Build the reading of a mean over rows ÷ the anchor's mean."""
        reach = chance.mean_reach(spread.variance, spread.most, self.rows, self.profile.rows) / spread.mean
        return Reading(guard, metric, "", float(mean / spread.mean), 1 - reach, 1 + reach, least=0.0)


Measure = Callable[[Batch], Iterator[Reading]]
