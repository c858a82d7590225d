"""Rows that equal, or nearly equal, rows that nothing may learn from.

Equal rows have the same content. Of a table, rows are nearly equal if no number differs by more than the tolerance of
:mod:`outcross.assets.instruments.nearness`, or if all cells but one are equal. Of texts, they are if they share most
of their shingles, or differ in one place, see :mod:`outcross.assets.instruments.near_pairs`. The real rows show how
often clean rows are as alike by chance; where that is not rare, likeness is no evidence, and only equal rows are found.
Pictures are compared for equality alone. A paraphrase is not looked for.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from outcross.assets.anchor.split import content_hashes
from outcross.assets.instruments.documents import SHINGLE, Documents
from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.instruments.near_pairs import near_any, near_pairs
from outcross.assets.instruments.nearness import RARELY, Nearness, find_near_pairs
from outcross.assets.instruments.one_cell import CLEAN, OneCell
from outcross.assets.instruments.words import Words
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed

FEWEST_TOKENS = (6, 8, 12, 16, 24)
"""Fewest tokens of a text that is compared for more than equality: the first with which real texts are rarely alike."""
TEXTS = 5_000
"""Real texts among which alike ones are counted."""


@dataclass(frozen=True, kw_only=True)
class Copies:
    """Which rows are copies.

    Attributes:
        exact: (rows,) whether a row equals one of the others.
        near: (rows,) whether it nearly equals one, and equals none.
        abstained: what was not looked for, a sentence each.
    """

    exact: pl.Series
    near: pl.Series
    abstained: tuple[str, ...] = ()

    @property
    def any(self) -> pl.Series:
        """(rows,) whether a row is a copy, exact or near."""
        return self.exact | self.near


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """How alike clean rows are.

    Attributes:
        anchor: canonical real rows.
        holdout: canonical real rows, which may be none.
        schema: their columns.
        seed: of the samples.
    """

    anchor: pl.DataFrame
    holdout: pl.DataFrame
    schema: Schema
    seed: int

    def find(self, rows: pl.DataFrame, others: pl.DataFrame) -> Copies:
        """Find the rows that equal or nearly equal one of the others."""
        rows, others = rows.select(self.schema.names), others.select(self.schema.names)
        exact = content_hashes(rows, self.schema).is_in(content_hashes(others, self.schema).implode())
        match self.schema.modality:
            case "text":
                near, abstained = self._near_texts(rows, others)
            case "table":
                near, abstained = self._near_records(rows, others)
            case _:
                near, abstained = np.zeros(rows.height, dtype=bool), ["pictures are compared for equality alone"]
        return Copies(exact=exact, near=pl.Series(near) & ~exact, abstained=tuple(abstained))

    def _near_records(self, rows: pl.DataFrame, others: pl.DataFrame) -> tuple[np.ndarray, list[str]]:
        abstained = []
        near = self._one_cell.find(rows, others)
        kept = self._one_cell.columns(others.height)
        if alone := [name for name in self.schema.names if name not in kept]:
            shown = ", ".join(map(repr, alone[:3])) + (f" and {len(alone) - 3} more" if len(alone) > 3 else "")
            abstained.append(
                f"a row that differs from one of its rows in no column but {shown} is not taken for a copy: real rows "
                "are as alike by chance, or too few to tell"
            )
        tolerance = self._nearness.tolerance(round(others.height * RARELY / CLEAN))  # the nearness that is rarer still
        if tolerance is None:
            abstained.append("numbers within rounding are not looked for: real rows are as near by chance")
            return near, abstained
        grid = self._nearness.grid(tolerance)
        both = pl.concat([others, rows])
        numbers = grid.numbers(both)
        for keys in grid.keys(both, numbers):
            for one, other, _ in find_near_pairs(keys, numbers, tolerance):
                first, second = np.minimum(one, other), np.maximum(one, other)
                near[second[(first < others.height) & (second >= others.height)] - others.height] = True
        return near, abstained

    def _near_texts(self, rows: pl.DataFrame, others: pl.DataFrame) -> tuple[np.ndarray, list[str]]:
        fewest = self._fewest_tokens(others.height)
        if fewest is None:
            none = np.zeros(rows.height, dtype=bool)
            return none, ["nearly equal texts are not looked for: real texts are as alike by chance"]
        said = [] if fewest == FEWEST_TOKENS[0] else [f"texts of fewer than {fewest} tokens are compared for equality"]
        own, records = self._documents(rows), self._documents(others)
        return np.isin(own.fingerprints, records.fingerprints) | _near(own, records, fewest), said

    def _fewest_tokens(self, others: int) -> int | None:
        """Return the fewest tokens with which at most ``CLEAN`` of the clean texts are alike to one of ``others``."""
        lengths, pairs = self._alike
        for fewest in FEWEST_TOKENS:
            met = int((lengths >= fewest).sum())
            if met * others / pairs <= CLEAN:
                return fewest
        return None

    @cached_property
    def _nearness(self) -> Nearness:
        """Numbers within rounding; whole numbers have to be equal, since a rounded one is a cell that differs."""
        found = Nearness.fit(self.anchor, self.holdout, self.schema, seed=self.seed)
        numeric = zip(self.schema.numeric, found.spans, strict=True)
        return replace(found, spans=tuple(0.0 if column.integer else span for column, span in numeric))

    @cached_property
    def _one_cell(self) -> OneCell:
        both = pl.concat([part.select(self.schema.names) for part in (self.anchor, self.holdout)])
        return OneCell.fit(both, self.schema, seed=self.seed)

    @cached_property
    def _alike(self) -> tuple[np.ndarray, float]:
        """(pairs,) tokens of the shorter text of each alike, not equal pair of real ones; and the pairs compared."""
        both = pl.concat([part.select(self.schema.names) for part in (self.anchor, self.holdout)])
        found = self._documents(draw_rows(both, TEXTS, derive_seed("alike texts", self.seed)))
        rows = np.arange(len(found.lengths))
        near = near_pairs(found, rows)
        different = near[found.fingerprints[near[:, 0]] != found.fingerprints[near[:, 1]]]
        return _tokens(found)[different].min(axis=1), max(len(rows) * (len(rows) - 1) / 2, 1.0)

    def _documents(self, rows: pl.DataFrame) -> Documents:
        text = self.schema.text
        assert text is not None
        return Documents.of(Words.read(rows[text.name]))


def _near(documents: Documents, records: Documents, fewest: int) -> np.ndarray:
    """Return (rows,) whether a text of so many tokens nearly equals a record of as many."""
    long, kept = (np.flatnonzero(_tokens(each) >= fewest) for each in (documents, records))
    near = np.zeros(len(documents.lengths), dtype=bool)
    near[long] = near_any(documents.take(long), records.take(kept))
    return near


def _tokens(documents: Documents) -> np.ndarray:
    """Return (rows,) the number of tokens; of texts of up to five, 5."""
    return documents.lengths + SHINGLE - 1
