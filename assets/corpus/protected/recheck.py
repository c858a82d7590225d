"""Rows that a corpus has already, compared with its protected sets: what entered before a set was named."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.damage import names_damage
from outcross.assets.corpus.files import ANCHOR
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.protected.copies import COPIES, EQUAL, NEAR, Protected
from outcross.assets.corpus.protected_sets import ProtectedSet
from outcross.resources.counted import counted
from outcross.resources.typed_rows import for_users

ROWS_AT_A_TIME = 65_536
FOUND: dict[str, pl.DataType] = {"batch_id": pl.String(), **COPIES}
"""Columns of what is found: the batch and the row's position in its file, then those of a copy."""


@dataclass(frozen=True, kw_only=True)
class Rechecked:
    """The rows of a version that are copies of rows of protected sets.

    Attributes:
        corpus: its name.
        version: number of the version.
        sets: that its rows were compared with.
        rows: :data:`FOUND`, by batch and position.
        contents: the rows of batches among them, each once, with the names and types of their file, and where each is.
        abstained: what was not looked for.
    """

    corpus: str
    version: int
    sets: tuple[ProtectedSet, ...]
    rows: pl.DataFrame
    contents: pl.DataFrame
    abstained: tuple[str, ...]

    def of(self, each: ProtectedSet) -> pl.DataFrame:
        """Return the lines about one set."""
        return self.rows.filter(pl.col("set") == each.key)

    @property
    def of_anchor(self) -> int:
        """Number of rows of the anchor among them."""
        return self.rows.filter(pl.col("batch_id") == ANCHOR)["position"].n_unique()

    def describe(self, each: ProtectedSet) -> str:
        """Say in a sentence what was found of one set."""
        found = self.of(each)
        head = f"protected set '{each.name}' ({each.rows.height:,} rows)"
        if not found.height:
            return f"{head}: no row of the corpus equals or nearly equals one of its rows"
        equal, near = (found.filter(pl.col("alike") == alike).height for alike in (EQUAL, NEAR))
        where = found.group_by("batch_id", maintain_order=True).len()
        shown = ", ".join(f"{batch} ({count:,})" for batch, count in where.head(3).iter_rows())
        more = f" and {counted(where.height - 3, 'more batch', 'more batches')}" if where.height > 3 else ""
        copies = counted(equal, "row of the corpus equals", "rows of the corpus equal")
        return f"{head}: {copies} one of its rows, {near:,} nearly {'does' if near == 1 else 'do'}: {shown}{more}"

    def to_json(self) -> dict[str, Any]:
        """Convert to values that JSON can hold."""
        return {
            "corpus": self.corpus,
            "version": self.version,
            "sets": [
                {
                    "set": each.name,
                    "digest": each.digest,
                    "rows": each.rows.height,
                    "equal": self.of(each).filter(pl.col("alike") == EQUAL).height,
                    "near": self.of(each).filter(pl.col("alike") == NEAR).height,
                }
                for each in self.sets
            ],
            "rows": self.rows.select("batch_id", "position", "set", "alike").to_dicts(),
            "not_looked_into": list(self.abstained),
        }


@names_damage
def recheck(
    corpus: OpenCorpus, version: Version, protected: Protected, sets: Sequence[ProtectedSet] | None = None
) -> Rechecked:
    """Compare every row of a version, the anchor's too, with protected sets; nothing is written.

    Args:
        corpus: the open corpus.
        version: of its ledger.
        protected: the protected sets of the corpus.
        sets: those of them to compare with; all if None.
    """
    chosen = protected.sets if sets is None else tuple(sets)
    found, contents = [pl.DataFrame(schema=FOUND)], list[pl.DataFrame]()
    rows = scan_rows(corpus, version, ["batch_id", "position", *corpus.schema.names])
    for chunk in rows.collect_batches(chunk_size=ROWS_AT_A_TIME, maintain_order=True):
        numbered = chunk.with_row_index("place").with_columns(pl.col("place").cast(pl.Int64))
        copies = protected.find(numbered.drop("batch_id", "position").rename({"place": "position"}), chosen)
        places = numbered.select("batch_id", "position", "place")
        joined = copies.rename({"position": "place"}).join(places, on="place", maintain_order="left")
        found.append(joined.select(list(FOUND)))
        of_batches = chunk.filter(pl.col("batch_id") != ANCHOR)
        contents.append(of_batches.join(found[-1], on=["batch_id", "position"], how="semi", maintain_order="left"))
    return Rechecked(
        corpus=corpus.name,
        version=version.number,
        sets=chosen,
        rows=pl.concat(found).sort("batch_id", "position", "set", maintain_order=True),
        contents=_for_users(pl.concat(contents), corpus),
        abstained=protected.abstained,
    )


def _for_users(rows: pl.DataFrame, corpus: OpenCorpus) -> pl.DataFrame:
    """Give rows the names and types of their file, and put where they are behind them, under names of no column."""
    shown = for_users(rows.select(corpus.schema.names), corpus.schema)
    where = {"in_batch": rows["batch_id"], "at_position": rows["position"]}
    return shown.with_columns(**{name: values for name, values in where.items() if name not in shown.columns})


def withdraw_command(corpus: str, file: str) -> str:
    """Return the command that takes the rows that a file lists out of a corpus."""
    return f'outcross withdraw {corpus} --rows {shlex.quote(file)} --reason "copies of a protected set"'
