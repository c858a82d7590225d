"""Rows of the anchor that a corpus started from, or of its holdout, that a withdrawal means: these cannot leave it."""

from dataclasses import dataclass

import polars as pl

from outcross.assets.corpus.files import ANCHOR_ROWS, HOLDOUT
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.row_lists import list_rows


@dataclass(frozen=True, kw_only=True)
class OfFirstAnchor:
    """Where they stand.

    Attributes:
        corpus: its name.
        folder: of the corpus, its address.
        file: name of the file of rows that was given; empty where rows were named otherwise.
        anchor: ``row`` of that file (null without one) and ``position`` in the anchor.
        holdout: the same, in the holdout.
    """

    corpus: str
    folder: str
    file: str
    anchor: pl.DataFrame
    holdout: pl.DataFrame

    @property
    def rows(self) -> int:
        """Number of them."""
        return self.anchor.height + self.holdout.height

    def describe(self) -> str:
        """Say which rows stand where, and how they can be taken out."""
        places = {f"the anchor ({ANCHOR_ROWS})": self.anchor, f"the holdout ({HOLDOUT})": self.holdout}
        told = [self._place(where, found) for where, found in places.items() if found.height]
        return (
            f"{' and '.join(told)}. A corpus cannot lose these: every version rests on them. Leave them out of the "
            "source that its corpus file names under 'anchor', start a corpus of another name from it, ingest its "
            f"batches again, and delete {self.folder}"
        )

    def _place(self, where: str, found: pl.DataFrame) -> str:
        there = f"{list_rows(found['position'].unique().sort())} of {where}"
        given = found["row"].drop_nulls().unique().sort()
        if given.is_empty():
            return there
        return f"{list_rows(given)} of file {self.file!r} {'is' if given.len() == 1 else 'are'} {there}"


def find_of_first(
    corpus: OpenCorpus, *, file: str = "", contents: pl.DataFrame | None = None, licence: str | None = None
) -> OfFirstAnchor:
    """Find the rows of the first anchor and its holdout that are meant.

    Args:
        corpus: the open corpus.
        file: name of the file of rows.
        contents: ``row`` and ``content`` of its rows.
        licence: that is meant; the anchor has one for all its rows.
    """
    first = corpus.as_of(None)
    every = licence is not None and licence == corpus.settings.licence
    found = []
    for rows in (first.rows, first.reserved):
        placed = rows.select("content", position=pl.int_range(pl.len()))
        if contents is not None:
            found.append(placed.join(contents, on="content", how="inner", maintain_order="left"))
        else:
            meant = placed if every and rows is first.rows else placed.clear()
            found.append(meant.with_columns(row=pl.lit(None, dtype=pl.Int64)))
    anchor, holdout = (each.select("row", "position") for each in found)
    return OfFirstAnchor(corpus=corpus.name, folder=corpus.files.url, file=file, anchor=anchor, holdout=holdout)
