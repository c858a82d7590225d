"""The undeclared synthetic share of a batch.

Rows declared synthetic are counted as such. All others, whatever origin they declare, are compared with real rows and
with rows of the corpus's known generators, see :mod:`outcross.assets.corpus.undeclared.estimate`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from outcross.assets.corpus.files import POSTERIOR
from outcross.assets.corpus.guards.measures.contract import Reading
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.marks.compare import are_marked
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.undeclared.certain_rows import EQUAL, MARKED, NEAR
from outcross.assets.corpus.undeclared.comparison import compare_with, scan_declared
from outcross.assets.corpus.undeclared.estimate import SyntheticShare
from outcross.assets.corpus.undeclared.known_generators import hash_limit
from outcross.assets.corpus.undeclared.mixture_share import describe_merged
from outcross.resources.seeds import derive_seed

MOST_ROWS = 20_000
"""Largest number of rows declared real, and of other rows, that are examined; of more rows, a sample is drawn."""
_CLAIM, _OTHERS = "claimed origin", "mixed or unknown"
GUARD = "undeclared_share"


@dataclass(frozen=True, kw_only=True)
class UndeclaredRows:
    """Rows that are not declared synthetic, and the estimate for them.

    Attributes:
        rows: number of rows.
        found: the estimate for those that were examined.
        lower, upper: 95 % interval of the synthetic share of all of them, with the sampling error of which were
            examined.
        unsure: the examined rows that are not certainly synthetic, the smallest content hash first.
    """

    rows: int
    found: SyntheticShare
    lower: float
    upper: float
    unsure: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False, compare=False)

    @property
    def share(self) -> float:
        """The estimated synthetic share of all of them."""
        return self.found.share


@dataclass(frozen=True, kw_only=True)
class BatchShare:
    """The synthetic rows of a batch, declared and estimated.

    Attributes:
        rows: of the batch.
        declared: number of these that are declared synthetic.
        real: its rows that are declared real, if any.
        others: its rows that are declared mixed or of unknown origin, if any.
        known: known generator → number of rows that the batch was compared with.
        unused: for each generator that it could not be compared with, why not.
    """

    rows: int
    declared: int
    real: UndeclaredRows | None = None
    others: UndeclaredRows | None = None
    known: dict[str, int] = field(default_factory=dict)
    unused: tuple[str, ...] = ()

    @property
    def undeclared(self) -> list[UndeclaredRows]:
        """The rows that are not declared synthetic."""
        return [each for each in (self.real, self.others) if each is not None]

    @property
    def decided(self) -> bool:
        """Whether the estimate is reliable."""
        return self.rows > 0 and all(each.found.decided for each in self.undeclared)

    @property
    def reason(self) -> str:
        """Why the estimate is reliable, or why not."""
        if not self.rows:
            return "no row fits the corpus's columns; send the file with the corpus's columns and types"
        reasons = dict.fromkeys(each.found.reason for each in self.undeclared)
        return "; ".join(reasons) or "every row is declared synthetic"

    @property
    def auc(self) -> float | None:
        """AUC of the classifier that separates least well, if there is one."""
        return min((each.found.auc for each in self.undeclared if each.found.auc is not None), default=None)

    @property
    def merged(self) -> dict[str, float]:
        """Known generator that is hardly told from real rows, and counts as real → its smallest AUC."""
        found: dict[str, float] = {}
        for name, auc in (pair for each in self.undeclared for pair in each.found.merged.items()):
            found[name] = min(auc, found.get(name, auc))
        return found

    def synthetic(self) -> tuple[float, float, float]:
        """Estimate the number of synthetic rows, declared or not, with its 95 % limits."""
        share, lower, upper = (
            self.declared + sum(getattr(each, name) * each.rows for each in self.undeclared)
            for name in ("share", "lower", "upper")
        )
        return share, lower, upper

    @property
    def certain(self) -> dict[str, int]:
        """Number of examined rows that are certainly synthetic and not declared so, by why."""
        return {why: sum(each.found.certain.get(why, 0) for each in self.undeclared) for why in (EQUAL, NEAR, MARKED)}

    @property
    def looked_for_copies(self) -> bool:
        """Whether rows were compared with known synthetic rows to find near copies."""
        return bool(self.known) and bool(self.undeclared)

    @property
    def looked_at(self) -> int:
        """Number of examined rows, none of which is declared synthetic."""
        return sum(each.found.rows for each in self.undeclared)

    def with_posteriors(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add to rows of the batch the columns of :data:`~.files.POSTERIOR`, null where they are not known.

        Rows declared synthetic count as such. Of other rows, those have a posterior that were examined, where the
        estimate for the rows of their claim is reliable.

        Args:
            rows: ``content`` and ``origin``, among other columns.
        """
        claim = pl.when(pl.col("origin").is_in(["real", "synthetic"])).then(pl.col("origin")).otherwise(pl.lit(_OTHERS))
        known = [pl.DataFrame(schema={_CLAIM: pl.String(), "content": pl.String(), **POSTERIOR})]
        for name, found in (("real", self.real), (_OTHERS, self.others)):
            if found is not None and found.found.posteriors is not None:
                known.append(found.found.posteriors.select(pl.lit(name).alias(_CLAIM), "content", *POSTERIOR))
        added = rows.with_columns(claim.alias(_CLAIM)).join(
            pl.concat(known), on=[_CLAIM, "content"], how="left", maintain_order="left"
        )
        declared = pl.col(_CLAIM) == "synthetic"
        return added.with_columns(pl.when(declared).then(1.0).otherwise(pl.col(name)).alias(name) for name in POSTERIOR)

    def reading(self) -> Reading | None:
        """Return the guard's value: the lower limit of the synthetic share of rows declared real.

        It is watched whether or not the estimate is decided. There is none without such rows, or where nothing is
        decided and the limit is 0: that is no measurement, and :meth:`describe_doubt` says why.
        """
        if self.real is None or not (self.real.found.decided or self.real.lower > 0):
            return None
        return Reading(GUARD, GUARD, "", self.real.lower)

    def describe_real(self) -> str:
        """Describe the estimate for the rows declared real."""
        if self.real is None:
            return "no row is declared real"
        interval = describe_interval(self.real.share, self.real.lower, self.real.upper)
        told = f"an estimated {interval} of the {self.real.rows:,} rows declared real can be told to be synthetic"
        return f"{told}; {describe_merged(merged)}" if (merged := self.real.found.merged) else told

    def describe_doubt(self) -> str:
        """Describe what the estimate for rows declared real does not see; empty where its generators are all told."""
        if self.real is None:
            return ""
        found = self.real.found
        if found.decided:
            return describe_merged(found.merged) if found.merged else ""
        more = "how many more of the rows declared real" if self.real.lower > 0 else "whether rows declared real"
        return f"it is not known {more} are synthetic: {found.reason}"


def describe_interval(share: float, lower: float, upper: float) -> str:
    """Write a share with its limits; an upper limit of 1 is none."""
    return f"{share:.1%} ({lower:.1%} to {upper:.1%})" if upper < 1 else f"{share:.1%} (at least {lower:.1%})"


def estimate_batch(
    batch: Path,
    corpus: OpenCorpus,
    last: Version,
    *,
    seed: int,
    groups: Sequence[Sequence[str]] = (),
    marks: pl.DataFrame | None = None,
) -> BatchShare:
    """Estimate how many rows of a batch are synthetic.

    At most ``MOST_ROWS`` rows declared real, and at most ``MOST_ROWS`` others, are examined: a bottom-k sample, of the
    rows with the smallest content hashes.

    Args:
        batch: Parquet of ``content``, the canonical columns, ``origin`` and ``generator``.
        corpus: the open corpus.
        last: its last version.
        seed: of the rows drawn and of the resamples.
        groups: generators that cannot be told apart; each group counts as one.
        marks: of the batch's rows, :data:`~..marks.mark.MARKS`; rows that are marked as a model's are certain.
    """
    rows = pl.scan_parquet(batch, glob=False)
    counts = dict(rows.group_by("origin").len().collect(engine="streaming").iter_rows())
    every, declared = sum(counts.values()), counts.get("synthetic", 0)
    if declared == every:
        return BatchShare(rows=every, declared=declared)
    known = compare_with(corpus, scan_declared(corpus, last, batch), groups)
    claims = {"real": pl.col("origin") == "real", "others": ~pl.col("origin").is_in(["real", "synthetic"])}
    sizes = {"real": counts.get("real", 0), "others": every - declared - counts.get("real", 0)}
    found = {}
    for claim, chosen in claims.items():
        if sizes[claim]:
            drawn = _draw(rows.filter(chosen), sizes[claim])
            examined = drawn.select("content", *corpus.schema.names)
            of_claim = derive_seed("undeclared", claim, seed)
            certain = known.find_certain(examined, seed=of_claim)
            if marks is not None and marks.height:
                certain = certain.with_marked(are_marked(drawn["position"], marks))
            share = known.estimate(examined, certain, seed=of_claim)
            lower, upper = widen_limits(share, sizes[claim])
            unsure = examined.filter(certain.why.is_null())
            found[claim] = UndeclaredRows(rows=sizes[claim], found=share, lower=lower, upper=upper, unsure=unsure)
    return BatchShare(rows=every, declared=declared, known=known.known.counts, unused=known.known.unused, **found)


def _draw(rows: pl.LazyFrame, count: int) -> pl.DataFrame:
    few = rows.filter(pl.col("content") < hash_limit(count, MOST_ROWS)).collect(engine="streaming")
    return few.sort("content", "position").head(MOST_ROWS)


def widen_limits(found: SyntheticShare, rows: int) -> tuple[float, float]:
    """Widen the interval of the synthetic share from the examined rows to all rows.

    The certain rows are a share of a sample, with the interval of Clopper & Pearson 1934.

    Args:
        found: the estimate for the examined rows.
        rows: number of all rows.
    """
    if rows == found.rows or not found.rows:
        return found.lower, found.upper
    from scipy.stats import beta

    sure = sum(found.certain.values())
    low = beta.ppf(0.025, sure, found.rows - sure + 1) if sure else 0.0
    high = beta.ppf(0.975, sure + 1, found.rows - sure) if sure < found.rows else 1.0
    share = sure / found.rows
    return max(0.0, found.lower - (share - float(low))), min(1.0, found.upper + (float(high) - share))
