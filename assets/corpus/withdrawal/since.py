"""What was withdrawn or declared anew of a version's rows after it was written."""

from dataclasses import dataclass

import polars as pl

from outcross.assets.corpus.contents import scan_left_out
from outcross.assets.corpus.files import KEY
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.withdrawn_rows import read_withdrawn
from outcross.resources.counted import counted


@dataclass(frozen=True, kw_only=True)
class WithdrawnSince:
    """Rows of a version that a later one withdrew.

    Attributes:
        version: that withdrew them.
        reason: for that.
        rows: their number.
        erased: whether they can no longer be read.
    """

    version: int
    reason: str
    rows: int
    erased: bool

    def describe(self) -> str:
        """Describe them in a sentence."""
        rows = counted(self.rows, "row")
        end = "and their bytes were erased, so they are missing" if self.erased else "and can still be read here"
        return f"{rows} of this version were withdrawn by version {self.version} ({self.reason}), {end}"


def withdrawn_since(corpus: OpenCorpus, version: Version) -> list[WithdrawnSince]:
    """List the rows of a version that were withdrawn after it, by withdrawal; those erased later once, as erased."""
    last = read_version(corpus.files)
    if len(last.withdrawals) == len(version.withdrawals):
        return []
    paths = [part.path for part in version.parts]
    left = scan_left_out(corpus, version).select(KEY).collect()
    found, seen = list[WithdrawnSince](), pl.DataFrame(schema={"path": pl.String, "position": pl.Int64})
    for each in reversed(last.withdrawals[len(version.withdrawals) :]):
        lines = read_withdrawn(corpus.files, last, only=lambda other, own=each: other is own)  # type: ignore[misc]
        here = lines.filter(pl.col("path").is_in(paths)).join(left, on=KEY, how="anti")
        here = here.select("path", "position").unique().join(seen, on=["path", "position"], how="anti")
        seen = pl.concat([seen, here])
        if here.height:
            found.append(WithdrawnSince(version=each.version, reason=each.reason, rows=here.height, erased=each.erased))
    return found[::-1]
