"""Rows in quarantine by their probability of being synthetic: the likeliest first, and those that a release may take.

A batch that is held for its share is not all or nothing. Each of its rows without a reason of its own keeps the
posterior that the estimate for the batch gives it, see :mod:`outcross.assets.corpus.undeclared.posterior`.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from outcross.assets.corpus.files import POSTERIOR, QUARANTINE
from outcross.assets.corpus.ledger.guard_result import NOT_LOOKED_INTO
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.ledger.records import Expected
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.parquet_file import column_names
from outcross.assets.corpus.quarantine.rows import find_intake, read_undecided_rows
from outcross.assets.corpus.undeclared.batch_share import GUARD
from outcross.resources.counted import counted
from outcross.resources.errors import BadInput

PROBABILITY, LOWER, UPPER = POSTERIOR
BANDS = (0.01, 0.1, 0.5, 0.9)
"""Probabilities between which rows are counted for people."""
_Z = 1.959964


@dataclass(frozen=True, kw_only=True)
class Band:
    """The rows of a batch in quarantine whose probability is in an interval.

    Attributes:
        lower: of the interval, included.
        upper: of the interval; included only where it is 1.
        rows: number of rows.
        synthetic: sum of their probabilities.
    """

    lower: float
    upper: float
    rows: int
    synthetic: float


@dataclass(frozen=True, kw_only=True)
class ReleasePlan:
    """The rows of a batch that a release by probability takes.

    Attributes:
        positions: of these rows.
        expected: how many of them are expected to be synthetic.
        stay: rows that stay in quarantine because they are as likely or likelier.
        unknown: rows that stay because they have no probability.
    """

    positions: tuple[int, ...]
    expected: Expected
    stay: int
    unknown: int

    def describe(self) -> str:
        """Describe the plan in a sentence."""
        found = self.expected
        share, lower, upper = (each / max(found.rows, 1) for each in (found.synthetic, found.lower, found.upper))
        told = (
            f"{counted(found.rows, 'row')} below {found.below:g}, of which an expected "
            f"{share:.1%} ({lower:.1%} to {upper:.1%}; {found.synthetic:.1f} rows) are synthetic; "
            f"{self.stay + self.unknown:,} stay in quarantine"
        )
        return f"{told}, {self.unknown:,} of them without a probability" if self.unknown else told


def read_likeliest(corpus: OpenCorpus, batch: str, *, limit: int | None = None) -> pl.DataFrame:
    """Read rows of a batch in quarantine, those first that are likeliest to be synthetic.

    Args:
        corpus: the open corpus.
        batch: its id.
        limit: largest number of rows; all that have a probability if None.

    Returns ``position``, ``raw``, ``reasons`` and the columns of :data:`~.files.POSTERIOR`.

    Raises:
        BadInput: no row in quarantine has a probability; or as :func:`.quarantine.read_quarantine`.
    """
    columns = QUARANTINE | POSTERIOR
    found = pl.DataFrame(schema=columns)
    for chunk in _read_known(corpus, batch, list(columns)):
        found = pl.concat([found, chunk]).sort(PROBABILITY, "position", descending=[True, False])
        found = found.head(found.height if limit is None else limit)
    return found


def count_bands(corpus: OpenCorpus, batch: str) -> list[Band]:
    """Count the rows of a batch in quarantine by their probability, the likeliest last; empty where none has one."""
    try:
        chunks = list(_read_known(corpus, batch, ["position", *POSTERIOR]))
    except BadInput:
        return []
    return to_bands(pl.concat(chunks)[PROBABILITY])


def to_bands(probabilities: pl.Series) -> list[Band]:
    """Count probabilities between those of :data:`BANDS`."""
    found = []
    for lower, upper in pairwise((0.0, *BANDS, 1.0)):
        within = probabilities.filter((probabilities >= lower) & ((probabilities < upper) | (upper == 1.0)))
        found.append(Band(lower=lower, upper=upper, rows=within.len(), synthetic=float(within.sum())))
    return found


def plan_release(corpus: OpenCorpus, batch: str, *, below: float, alone: bool = True) -> ReleasePlan:
    """Plan the release of the rows that are less likely than ``below`` to be synthetic.

    Args:
        corpus: the open corpus.
        batch: its id.
        below: a probability.
        alone: whether no row and no guard was named besides.

    Raises:
        BadInput: ``below`` is no probability or not alone, no row has a probability, or none is below it.
    """
    if not alone:
        raise BadInput("a probability chooses rows by itself; leave out rows and guards")
    if not 0 < below <= 1:
        raise BadInput(f"{below:g} is no probability to be below; give a number above 0 and at most 1, such as 0.1")
    rows = pl.concat(_read_known(corpus, batch, ["position", *POSTERIOR]))
    chosen = rows.filter(pl.col(PROBABILITY) < below)
    if not chosen.height:
        least = min(rows[PROBABILITY])
        raise BadInput(
            f"batch {batch}: no row in quarantine has a probability below {below:g}; the smallest is {least:.2g}; "
            f"{'choose a larger one, ' if least < 1 else ''}name rows with --row, or reject the batch"
        )
    intake, last = find_intake(corpus, batch), read_version(corpus.files)
    waiting = sum(chunk.height for chunk in read_undecided_rows(corpus, last, intake, ["position"]))
    return ReleasePlan(
        positions=tuple(chosen["position"]),
        expected=expect(chosen, below=below),
        stay=rows.height - chosen.height,
        unknown=waiting - rows.height,
    )


def expect(rows: pl.DataFrame, *, below: float) -> Expected:
    """Count rows by their probability, with 95 % limits.

    The limits have the error of the batch's share, and that of which rows are synthetic: a sum of independent draws,
    whose distribution is taken as normal.

    Args:
        rows: the columns of :data:`~.files.POSTERIOR`, known for each row, in a fixed order.
        below: as in :class:`~.ledger.records.Expected`.
    """
    sums = {name: math.fsum(rows[name]) for name in POSTERIOR}
    errors = {name: _Z * math.sqrt(math.fsum(p * (1 - p) for p in rows[name])) for name in POSTERIOR}
    return Expected(
        below=below,
        rows=rows.height,
        synthetic=sums[PROBABILITY],
        lower=min(sums[PROBABILITY], max(0.0, sums[LOWER] - errors[LOWER])),
        upper=max(sums[PROBABILITY], min(float(rows.height), sums[UPPER] + errors[UPPER])),
    )


def _read_known(corpus: OpenCorpus, batch: str, columns: list[str]) -> Iterator[pl.DataFrame]:
    """Read the undecided rows of a batch that have a probability, chunk by chunk.

    Raises:
        BadInput: there is none.
    """
    intake = find_intake(corpus, batch)
    if intake.held is not None and not set(POSTERIOR) <= set(column_names(corpus.files, intake.held.path)):
        raise BadInput(
            f"batch {batch} was held by a version of Outcross that kept no probability of its rows; choose rows with "
            f"--row or --guard, or estimate its file: outcross estimate FILE --corpus {corpus.name}"
        )
    found = 0
    for chunk in read_undecided_rows(corpus, read_version(corpus.files), intake, columns):
        known = chunk.filter(pl.col(PROBABILITY).is_not_null())
        found += known.height
        if known.height:
            yield known
    if not found:
        raise BadInput(f"batch {batch}: no row in quarantine has a probability of being synthetic: {_doubt(intake)}")


def _doubt(intake: Version) -> str:
    """Explain why no row has a probability, and what to do."""
    for each in intake.guards if not intake.rows_admitted else ():
        if each.guard == GUARD and each.metric == NOT_LOOKED_INTO:
            return f"{each.why}; or choose rows with --row or --guard"
    return "its rows are held for reasons of their own, or were decided on; choose rows with --row or --guard"
