"""What a corpus's rows say of its undeclared share, as sums that are carried from version to version.

Rows are counted in the cells of a fixed classifier, see :mod:`outcross.assets.corpus.undeclared.pooled`. An intake adds
its batch's counts, so it reads no earlier row.
"""

from dataclasses import dataclass, replace

from pydantic import ConfigDict

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
LAST = 8
"""Number of batches that are pooled besides all of them."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Rows that are not declared synthetic, counted.

    Attributes:
        rows: their number, whether or not each was looked at.
        certain: number of these that are copies of known synthetic rows; a fraction where a sample was looked at.
        certain_variance: of that number, by the draw of the sample.
        cells: of the other rows, the number of times that a classifier places them in each cell; every row is placed
            once by each classifier.
        squares: sum of the squared number of rows that each row looked at stands for.
    """

    __pydantic_config__ = _STRICT
    rows: int
    certain: float
    certain_variance: float
    cells: tuple[float, ...]
    squares: float

    @classmethod
    def empty(cls, cells: int) -> "Tally":
        """Count nothing."""
        return cls(rows=0, certain=0.0, certain_variance=0.0, cells=(0.0,) * cells, squares=0.0)

    def __add__(self, other: "Tally") -> "Tally":
        """Add up the rows of both."""
        return Tally(
            rows=self.rows + other.rows,
            certain=self.certain + other.certain,
            certain_variance=self.certain_variance + other.certain_variance,
            cells=tuple(one + two for one, two in zip(self.cells, other.cells, strict=True)),
            squares=self.squares + other.squares,
        )


@dataclass(frozen=True, kw_only=True)
class BatchTally:
    """The rows of a batch that are declared real."""

    __pydantic_config__ = _STRICT
    batch: str
    real: Tally


@dataclass(frozen=True, kw_only=True)
class Rise:
    """The cumulative sum (CUSUM) that tells a share of rows of one generator from none.

    Attributes:
        generator: the known generator, or generators that cannot be told apart.
        value: the log-likelihood ratio of :data:`..pooled.accumulating.SHARE` to 0, added up since it was last 0.
        batch: the first batch since then; None where it is 0.
        at: when that came, ISO 8601.
        since: the rows declared real since then.
    """

    __pydantic_config__ = _STRICT
    generator: str
    value: float
    batch: str | None
    at: str | None
    since: Tally


@dataclass(frozen=True, kw_only=True)
class ShareEvidence:
    """The sums.

    Attributes:
        cells: digest of the file of the classifier that the rows are counted by.
        merged: whether a known generator is hardly told from real rows, and counts as real.
        calibration: (components, cells) counts of real rows, then of each generator's, one place a row.
        since_anchor: rows since the anchor that are not declared synthetic, but for those of ``unfit``.
        unfit: number of such rows in batches that fit no mixture of the components.
        last: the last batches.
        rises: a cumulative sum a generator.
        released: rows that were released by their probability of being synthetic, which are in no tally.
        expected: how many of these are expected to be synthetic, and the 95 % limits of that number.
    """

    __pydantic_config__ = _STRICT
    cells: str
    merged: bool
    calibration: tuple[tuple[int, ...], ...]
    since_anchor: Tally
    unfit: int
    last: tuple[BatchTally, ...]
    rises: tuple[Rise, ...]
    released: int = 0
    expected: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def rows(self) -> int:
        """Number of rows since the anchor that are not declared synthetic."""
        return self.since_anchor.rows + self.unfit + self.released

    def with_expected(self, rows: int, synthetic: tuple[float, float, float]) -> "ShareEvidence":
        """Add rows that count by their probability of being synthetic: their number, the expected one, its limits."""
        first, lower, upper = (one + two for one, two in zip(self.expected, synthetic, strict=True))
        return replace(self, released=self.released + rows, expected=(first, lower, upper))

    def with_rows(self, tally: Tally, *, fits: bool) -> "ShareEvidence":
        """Add rows to those since the anchor."""
        if not fits:
            return replace(self, unfit=self.unfit + tally.rows)
        return replace(self, since_anchor=self.since_anchor + tally)
