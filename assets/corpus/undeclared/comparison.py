"""What rows of uncertain origin are compared with: real rows of a corpus, and rows of its known generators."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import polars as pl

from outcross.assets.corpus.declared_anew import as_declared
from outcross.assets.corpus.files import BATCH_IN_PATH, KEY
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.undeclared.certain_rows import CertainRows
from outcross.assets.corpus.undeclared.copies import find_certain
from outcross.assets.corpus.undeclared.estimate import SyntheticShare, estimate_share
from outcross.assets.corpus.undeclared.known_generators import KnownGenerators, find_known_generators
from outcross.assets.corpus.withdrawn_rows import withdrawn_keys
from outcross.assets.instruments.drawing import draw_rows
from outcross.resources.seeds import derive_seed
from outcross.resources.typed_rows import scan_canonical

MOST_HOLDOUT, MOST_ANCHOR = 20_000, 5_000
MOST_RECORDS = 5_000
"""Known synthetic rows that are searched for near copies."""
MOST_TEXTS = 20_000
"""The same, of texts and pictures, which are compared by an index."""
_PATH = "path of the part"
REMEDY = "name a study of such rows under 'known' in the corpus file, or ingest rows that are declared synthetic"


@dataclass(frozen=True)
class Comparison:
    """Real rows and known synthetic rows.

    Attributes:
        corpus: the open corpus, whose anchor and holdout are the real rows.
        known: its known generators.
        made: ``content`` of every row that is declared synthetic.
    """

    corpus: OpenCorpus
    known: KnownGenerators
    made: pl.LazyFrame

    @cached_property
    def holdout(self) -> pl.DataFrame:
        """Real rows that no generator was fitted to."""
        return draw_rows(self.corpus.holdout, MOST_HOLDOUT, derive_seed("holdout of the estimate", self._seed))

    @cached_property
    def anchor(self) -> pl.DataFrame:
        """Real rows of the anchor."""
        return draw_rows(self.corpus.rows, MOST_ANCHOR, derive_seed("anchor of the estimate", self._seed))

    def find_certain(self, examined: pl.DataFrame, *, seed: int) -> CertainRows:
        """Find the rows that are copies of known synthetic rows; ``content`` and the canonical columns are examined."""
        schema = self.corpus.schema
        # Real rows are searched for copies as well: where many have one, equal content is no evidence.
        asked = pl.concat([examined.select("content"), self.holdout.select("content")]).lazy()
        most = MOST_RECORDS if schema.modality == "table" else MOST_TEXTS
        records = [draw_rows(each, most // len(self.known.rows), seed) for each in self.known.rows.values()]
        copied = self.made.join(asked, on="content", how="semi").select("content").collect(engine="streaming")
        with one_thread():
            return find_certain(
                examined.select(schema.names),
                schema,
                real=self.holdout.select(schema.names),
                known=self.known.rows,
                known_hashes=copied["content"],
                known_rows=pl.concat(records) if records else None,
                seed=seed,
            )

    def estimate(self, examined: pl.DataFrame, certain: CertainRows, *, seed: int) -> SyntheticShare:
        """Estimate the synthetic share of examined rows, some of them certain."""
        schema = self.corpus.schema
        with one_thread():
            found = estimate_share(
                examined.select(schema.names),
                schema,
                anchor=self.anchor.select(schema.names),
                known=self.known.rows,
                seed=seed,
                holdout=self.holdout.select(schema.names),
                certain=certain,
            )
        if self.known.rows:
            return found
        lacking = "; ".join(self.known.unused) or "the corpus has no known synthetic rows to compare with"
        return replace(found, reason=found.reason if found.decided else f"{lacking}; {REMEDY}")

    @property
    def _seed(self) -> int:
        return self.corpus.settings.seed


def compare_with(corpus: OpenCorpus, declared: pl.LazyFrame, groups: Sequence[Sequence[str]] = ()) -> Comparison:
    """Collect what rows are compared with.

    Args:
        corpus: the open corpus.
        declared: the rows declared synthetic, of :func:`scan_declared`.
        groups: generators that cannot be told apart; each group counts as one.
    """
    return Comparison(corpus, find_known_generators(corpus, declared).joined(groups), declared.select("content"))


def scan_declared(corpus: OpenCorpus, last: Version, batch: Path | None = None) -> pl.LazyFrame:
    """Scan the rows declared synthetic, of the corpus and of a batch.

    Rows that a trim left out are among them, rows that were withdrawn are not.
    """
    earlier = [corpus.files.location(part.path) for part in last.parts[1:]]
    columns = ["content", "generator", *corpus.schema.names]
    files = [each for each in (earlier, [] if batch is None else [str(batch)]) if each]
    if not files:
        return pl.LazyFrame(schema={"content": pl.String, "generator": pl.String, **corpus.schema.polars})
    found = []
    for each in files:
        rows = scan_canonical(pl.scan_parquet(each, include_file_paths=_PATH, glob=False), corpus.schema)
        if each is earlier and (last.declarations or last.withdrawals):
            rows = rows.with_columns(batch_id=pl.col(_PATH).str.extract(BATCH_IN_PATH))
            rows = rows.with_columns(as_declared(last.declarations, ["origin", "generator"], pl.col("batch_id")))
            rows = rows.join(withdrawn_keys(corpus.files, last), on=KEY, how="anti", maintain_order="left")
        found.append(rows.filter(pl.col("origin") == "synthetic").select(columns))
    return pl.concat(found)


@contextmanager
def one_thread() -> Iterator[None]:
    """Fit with one thread: as fast for these few rows, and the bytes are the same on every machine."""
    import sklearn.ensemble  # noqa: F401 - before the limit, which applies only to libraries that are loaded
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield
