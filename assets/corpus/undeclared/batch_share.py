"""The undeclared synthetic share of a batch.

Rows declared synthetic are counted as such. All others, whatever origin they declare, are compared with real rows and
with rows of the corpus's known generators, see :mod:`outcross.assets.corpus.undeclared.estimate`.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.files import ANCHOR, POSTERIOR
from outcross.assets.corpus.guards.measures.contract import Reading
from outcross.assets.corpus.ledger.ledger import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.undeclared.certain_rows import EQUAL, NEAR
from outcross.assets.corpus.undeclared.estimate import SyntheticShare, estimate_share
from outcross.assets.corpus.undeclared.known_generators import KnownGenerators, find_known_generators, hash_limit
from outcross.assets.corpus.undeclared.mixture_share import describe_merged
from outcross.assets.instruments.drawing import draw_rows
from outcross.resources.seeds import derive_seed
from outcross.resources.typed_rows import scan_canonical

MOST_ROWS = 20_000
"""Largest number of rows declared real, and of other rows, that are examined; of more rows, a sample is drawn."""
MOST_HOLDOUT, MOST_ANCHOR = 20_000, 5_000
MOST_RECORDS = 5_000
"""Known synthetic rows that are searched for near copies."""
MOST_TEXTS = 20_000
"""The same, of texts and pictures, which are compared by an index."""
_CLAIM, _OTHERS = "claimed origin", "mixed or unknown"
GUARD = "undeclared_share"
REMEDY = "name a study of such rows under 'known' in the corpus file, or ingest rows that are declared synthetic"


@dataclass(frozen=True, kw_only=True)
class UndeclaredRows:
    """Rows that are not declared synthetic, and the estimate for them.

    Attributes:
        rows: number of rows.
        found: the estimate for those that were examined.
        lower, upper: 95 % interval of the synthetic share of all of them, with the sampling error of which were
            examined.
    """

    rows: int
    found: SyntheticShare
    lower: float
    upper: float

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
        return {why: sum(each.found.certain[why] for each in self.undeclared) for why in (EQUAL, NEAR)}

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


def estimate_batch(batch: Path, corpus: OpenCorpus, last: Version, *, seed: int) -> BatchShare:
    """Estimate how many rows of a batch are synthetic.

    At most ``MOST_ROWS`` rows declared real, and at most ``MOST_ROWS`` others, are examined: a bottom-k sample, of the
    rows with the smallest content hashes.

    Args:
        batch: Parquet of ``content``, the canonical columns, ``origin`` and ``generator``.
        corpus: the open corpus.
        last: its last version.
        seed: of the rows drawn and of the resamples.
    """
    return _estimate_rows(pl.scan_parquet(batch, glob=False), corpus, _scan_declared(batch, corpus, last), seed=seed)


def estimate_since_anchor(batch: Path, corpus: OpenCorpus, last: Version, *, seed: int) -> BatchShare:
    """Estimate how many of all rows since the anchor are synthetic, including those of a new batch.

    Rows whose estimate was undecided may be decided now that more generators are known. The arguments are those of
    :func:`estimate_batch`.
    """
    columns = ["position", "content", "origin", "generator", *corpus.schema.names]
    earlier = scan_rows(corpus, last).filter(pl.col("batch_id") != ANCHOR).select(columns)
    rows = pl.concat([earlier, pl.scan_parquet(batch, glob=False).select(columns)])
    return _estimate_rows(rows, corpus, _scan_declared(batch, corpus, last), seed=seed)


def _scan_declared(batch: Path, corpus: OpenCorpus, last: Version) -> pl.LazyFrame:
    """Scan the rows declared synthetic, of the corpus and of the batch, including rows that a trim left out."""
    earlier = [corpus.files.location(part.path) for part in last.parts[1:]]
    columns = ["content", "generator", *corpus.schema.names]
    stored = [
        scan_canonical(pl.scan_parquet(files, glob=False), corpus.schema) for files in (earlier, str(batch)) if files
    ]
    return pl.concat([rows.filter(pl.col("origin") == "synthetic").select(columns) for rows in stored])


def _estimate_rows(rows: pl.LazyFrame, corpus: OpenCorpus, made: pl.LazyFrame, *, seed: int) -> BatchShare:
    counts = dict(rows.group_by("origin").len().collect(engine="streaming").iter_rows())
    every, declared = sum(counts.values()), counts.get("synthetic", 0)
    if declared == every:
        return BatchShare(rows=every, declared=declared)
    known = find_known_generators(corpus, made)
    claims = {"real": pl.col("origin") == "real", "others": ~pl.col("origin").is_in(["real", "synthetic"])}
    sizes = {"real": counts.get("real", 0), "others": every - declared - counts.get("real", 0)}
    found = {}
    for claim, chosen in claims.items():
        if sizes[claim]:
            examined = _draw(rows.filter(chosen), sizes[claim]).select("content", *corpus.schema.names)
            share = _estimate(examined, corpus, known, made, seed=derive_seed("undeclared", claim, seed))
            lower, upper = widen_limits(share, sizes[claim])
            found[claim] = UndeclaredRows(rows=sizes[claim], found=share, lower=lower, upper=upper)
    return BatchShare(rows=every, declared=declared, known=known.counts, unused=known.unused, **found)


def _draw(rows: pl.LazyFrame, count: int) -> pl.DataFrame:
    few = rows.filter(pl.col("content") < hash_limit(count, MOST_ROWS)).collect(engine="streaming")
    return few.sort("content", "position").head(MOST_ROWS)


def _estimate(
    examined: pl.DataFrame, corpus: OpenCorpus, known: KnownGenerators, made: pl.LazyFrame, *, seed: int
) -> SyntheticShare:
    import sklearn.ensemble  # noqa: F401 - before the limit, which applies only to libraries that are loaded
    from threadpoolctl import threadpool_limits

    schema, own = corpus.schema, corpus.settings.seed
    holdout = draw_rows(corpus.holdout, MOST_HOLDOUT, derive_seed("holdout of the estimate", own))
    # Real rows are searched for copies as well: where many have one, equal content is no evidence.
    asked = pl.concat([examined.select("content"), holdout.select("content")]).lazy()
    most = MOST_RECORDS if schema.modality == "table" else MOST_TEXTS
    records = [draw_rows(each, most // len(known.rows), seed) for each in known.rows.values()]
    copied = made.join(asked, on="content", how="semi").select("content").collect(engine="streaming")
    anchor = draw_rows(corpus.rows, MOST_ANCHOR, derive_seed("anchor of the estimate", own))
    with threadpool_limits(1):  # as fast for this few rows, and the bytes are the same on every machine
        found = estimate_share(
            examined.select(schema.names),
            schema,
            anchor=anchor.select(schema.names),
            known=known.rows,
            seed=seed,
            holdout=holdout.select(schema.names),
            known_hashes=copied["content"],
            known_rows=pl.concat(records) if records else None,
        )
    if known.rows:
        return found
    lacking = "; ".join(known.unused) or "the corpus has no known synthetic rows to compare with"
    return replace(found, reason=found.reason if found.decided else f"{lacking}; {REMEDY}")


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
