"""What share of a batch is synthetic though nobody declared it.

Rows that are declared synthetic are believed. The others, real or not as they may say, are compared with real rows and
with rows of the generators that the corpus knows of, see :mod:`outcross.assets.corpus.undeclared.estimate`.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from outcross.assets.corpus.contents import rows_of
from outcross.assets.corpus.files import ANCHOR
from outcross.assets.corpus.guards.measures.contract import Reading
from outcross.assets.corpus.ledger.ledger import Version
from outcross.assets.corpus.open_corpus import Anchored
from outcross.assets.corpus.undeclared.certain import EQUAL, NEAR
from outcross.assets.corpus.undeclared.estimate import SyntheticShare, estimate_share
from outcross.assets.corpus.undeclared.known_rows import KnownRows, hash_limit, known_rows
from outcross.assets.instruments.drawing import draw_rows
from outcross.resources.seeds import derive_seed

MOST_ROWS = 20_000
"""Rows of either claim that are looked at; of more, as many are drawn."""
MOST_HOLDOUT, MOST_ANCHOR = 20_000, 5_000
MOST_RECORDS = 5_000
"""Known synthetic rows of which near copies are sought."""
GUARD = "undeclared_share"
REMEDY = "name a study of such rows in the corpus file ('known'), or take in rows that are declared synthetic"


@dataclass(frozen=True, kw_only=True)
class Open:
    """Rows that do not say they are synthetic, with what is found of them.

    Attributes:
        rows: how many there are.
        found: of those that were looked at.
        lower, upper: share of all of them that is synthetic, 95 %; with the chance of which of them were looked at.
    """

    rows: int
    found: SyntheticShare
    lower: float
    upper: float

    @property
    def share(self) -> float:
        """Of all of them."""
        return self.found.share


@dataclass(frozen=True, kw_only=True)
class BatchShare:
    """What of a batch is synthetic.

    Attributes:
        rows: of the batch.
        declared: rows of it that are declared synthetic.
        real: its rows that are declared real, if any.
        others: its rows of which nobody says so, mixed or unknown, if any.
        known: what they were compared with: rows of each generator.
        unused: for each generator that they could not be compared with, why not.
    """

    rows: int
    declared: int
    real: Open | None = None
    others: Open | None = None
    known: dict[str, int] = field(default_factory=dict)
    unused: tuple[str, ...] = ()

    @property
    def open(self) -> list[Open]:
        """All that is not declared synthetic."""
        return [each for each in (self.real, self.others) if each is not None]

    @property
    def decided(self) -> bool:
        """Whether to rely on the estimate."""
        return self.rows > 0 and all(each.found.decided for each in self.open)

    @property
    def reason(self) -> str:
        """Why, or why not."""
        if not self.rows:
            return "no row fits the corpus's columns; send the file as the corpus has them"
        return "; ".join(dict.fromkeys(each.found.reason for each in self.open)) or "every row is declared synthetic"

    @property
    def auc(self) -> float | None:
        """Of the classifier that tells least well, where there is one."""
        return min((each.found.auc for each in self.open if each.found.auc is not None), default=None)

    def synthetic(self) -> tuple[float, float, float]:
        """Rows that are synthetic, declared or not: the estimate, and its limits."""
        share, lower, upper = (
            self.declared + sum(getattr(each, name) * each.rows for each in self.open)
            for name in ("share", "lower", "upper")
        )
        return share, lower, upper

    @property
    def certain(self) -> dict[str, int]:
        """Of the rows looked at, those that are surely synthetic though not declared so, by why."""
        return {why: sum(each.found.certain[why] for each in self.open) for why in (EQUAL, NEAR)}

    @property
    def looked_at(self) -> int:
        """Rows not declared synthetic that were looked at."""
        return sum(each.found.rows for each in self.open)

    def reading(self) -> Reading | None:
        """What the guard watches: of the rows declared real, the share that is surely synthetic, if there are any.

        Where the estimate is not to be relied upon, only copies of known synthetic rows are that.
        """
        if self.real is None:
            return None
        found = self.real.found
        sure = self.real.lower if found.decided else sum(found.certain.values()) / max(found.rows, 1)
        return Reading(GUARD, GUARD, "", sure)

    def told(self) -> str:
        """What was found of the rows declared real, in words."""
        if self.real is None:
            return "no row is declared real"
        found = f"{self.real.share:.1%} ({self.real.lower:.1%} to {self.real.upper:.1%})"
        return f"an estimated {found} of the {self.real.rows:,} rows declared real are synthetic"

    def said(self) -> str:
        """What the guard has to say where it stops nothing."""
        if self.real is None or self.real.found.decided:
            return ""
        return f"cannot tell whether rows declared real are synthetic: {self.real.found.reason}"


def estimate_batch(batch: Path, anchored: Anchored, last: Version, *, seed: int) -> BatchShare:
    """Estimate how many rows of a batch are synthetic.

    At most ``MOST_ROWS`` rows declared real, and as many others, are looked at: those whose content has the least
    hashes, which is as good as drawn by lot.

    Args:
        batch: Parquet of ``content``, the canonical columns, ``origin`` and ``generator``.
        anchored: the corpus.
        last: its last version.
        seed: of the rows drawn and of resamples.
    """
    return _estimate_rows(pl.scan_parquet(batch), anchored, _made(batch, anchored, last), seed=seed)


def estimate_since_anchor(batch: Path, anchored: Anchored, last: Version, *, seed: int) -> BatchShare:
    """Estimate how many of all rows since the anchor are synthetic, a batch that comes to them included.

    What could not be told of rows when they came may be told now that more is known. The arguments are those of
    :func:`estimate_batch`.
    """
    columns = ["position", "content", "origin", "generator", *anchored.schema.names]
    earlier = rows_of(anchored, last).filter(pl.col("batch_id") != ANCHOR).select(columns)
    rows = pl.concat([earlier, pl.scan_parquet(batch).select(columns)])
    return _estimate_rows(rows, anchored, _made(batch, anchored, last), seed=seed)


def _made(batch: Path, anchored: Anchored, last: Version) -> pl.LazyFrame:
    """The rows that are declared synthetic, of the corpus and of the batch; a trim makes them no less known."""
    files = [*(anchored.files.location(part.path) for part in last.parts[1:]), str(batch)]
    columns = ["content", "generator", *anchored.schema.names]
    return pl.concat([pl.scan_parquet(file).filter(pl.col("origin") == "synthetic").select(columns) for file in files])


def _estimate_rows(rows: pl.LazyFrame, anchored: Anchored, made: pl.LazyFrame, *, seed: int) -> BatchShare:
    counts = dict(rows.group_by("origin").len().collect(engine="streaming").iter_rows())
    every, declared = sum(counts.values()), counts.get("synthetic", 0)
    if declared == every:
        return BatchShare(rows=every, declared=declared)
    known = known_rows(anchored, made)
    claims = {"real": pl.col("origin") == "real", "others": ~pl.col("origin").is_in(["real", "synthetic"])}
    sizes = {"real": counts.get("real", 0), "others": every - declared - counts.get("real", 0)}
    found = {}
    for claim, chosen in claims.items():
        if sizes[claim]:
            looked_at = _drawn(rows.filter(chosen), sizes[claim]).select("content", *anchored.schema.names)
            share = _estimate(looked_at, anchored, known, made, seed=derive_seed("undeclared", claim, seed))
            lower, upper = _limits(share, sizes[claim])
            found[claim] = Open(rows=sizes[claim], found=share, lower=lower, upper=upper)
    return BatchShare(rows=every, declared=declared, known=known.counts, unused=known.unused, **found)


def _drawn(rows: pl.LazyFrame, count: int) -> pl.DataFrame:
    few = rows.filter(pl.col("content") < hash_limit(count, MOST_ROWS)).collect(engine="streaming")
    return few.sort("content", "position").head(MOST_ROWS)


def _estimate(
    looked_at: pl.DataFrame, anchored: Anchored, known: KnownRows, made: pl.LazyFrame, *, seed: int
) -> SyntheticShare:
    import sklearn.ensemble  # noqa: F401 - before the limit, which holds only for what is loaded
    from threadpoolctl import threadpool_limits

    schema, own = anchored.schema, anchored.corpus.seed
    holdout = draw_rows(anchored.holdout, MOST_HOLDOUT, derive_seed("holdout of the estimate", own))
    # Copies among real rows are asked for too: where these are many, equal content proves nothing.
    asked = pl.concat([looked_at.select("content"), holdout.select("content")]).lazy()
    records = [draw_rows(each, MOST_RECORDS // len(known.generators), seed) for each in known.generators.values()]
    copied = made.join(asked, on="content", how="semi").select("content").collect(engine="streaming")
    anchor = draw_rows(anchored.rows, MOST_ANCHOR, derive_seed("anchor of the estimate", own))
    with threadpool_limits(1):  # so few rows are as quick on one thread, and give the same bytes everywhere
        found = estimate_share(
            looked_at.select(schema.names),
            schema,
            anchor=anchor.select(schema.names),
            known=known.generators,
            seed=seed,
            holdout=holdout.select(schema.names),
            known_hashes=copied["content"],
            known_rows=pl.concat(records) if records else None,
        )
    if known.generators:
        return found
    lacking = "; ".join(known.unused) or "nothing is known of what synthetic rows look like here"
    return replace(found, reason=found.reason if found.decided else f"{lacking}; {REMEDY}")


def _limits(found: SyntheticShare, rows: int) -> tuple[float, float]:
    """The interval for all rows: what is certain of those looked at is a share of a sample (Clopper & Pearson 1934)."""
    if rows == found.rows or not found.rows:
        return found.lower, found.upper
    from scipy.stats import beta

    sure = sum(found.certain.values())
    low = beta.ppf(0.025, sure, found.rows - sure + 1) if sure else 0.0
    high = beta.ppf(0.975, sure + 1, found.rows - sure) if sure < found.rows else 1.0
    share = sure / found.rows
    return max(0.0, found.lower - (share - float(low))), min(1.0, found.upper + (float(high) - share))
