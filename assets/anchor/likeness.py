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

from outcross.assets.anchor.by_chance import ByChance
from outcross.assets.anchor.split import content_hashes
from outcross.assets.instruments.documents import SHINGLE, Documents
from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.instruments.near_pairs import THRESHOLD, near_any, near_pairs
from outcross.assets.instruments.nearness import RARELY, Nearness, find_near_pairs
from outcross.assets.instruments.one_cell import CLEAN, OneCell
from outcross.assets.instruments.strength import WordRarity, least_strength
from outcross.assets.instruments.words import Words
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed

FEWEST_TOKENS = 6
"""Fewest tokens of a text that is compared for more than equality."""
CLEAN_TEXTS = 1e-3
"""Share of clean texts that may be taken for copies by chance: one of 1,000. Most that are so alike are copies."""
MOST_COMMON = 0.95
"""Share of the real texts whose words may be too common; above it, nearly equal texts are not looked for."""
TEXTS = 5_000
"""Real texts among which alike ones are counted."""


@dataclass(frozen=True, kw_only=True)
class Copies:
    """Which rows are copies.

    Attributes:
        exact: (rows,) whether a row equals one of the others.
        near: (rows,) whether it nearly equals one, and equals none.
        abstained: what was not looked for, a sentence each.
        by_chance: how many clean rows are near by chance; None where nearly equal rows were not looked for.
    """

    exact: pl.Series
    near: pl.Series
    abstained: tuple[str, ...] = ()
    by_chance: ByChance | None = None

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
                near, abstained, by_chance = self._near_texts(rows, others)
            case "table":
                near, abstained, by_chance = self._near_records(rows, others)
            case _:
                near, by_chance = np.zeros(rows.height, dtype=bool), None
                abstained = ["pictures are compared for equality alone"]
        return Copies(exact=exact, near=pl.Series(near) & ~exact, abstained=tuple(abstained), by_chance=by_chance)

    def _near_records(self, rows: pl.DataFrame, others: pl.DataFrame) -> tuple[np.ndarray, list[str], ByChance | None]:
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
            return near, abstained, self._records_by_chance(others.height, None)
        grid = self._nearness.grid(tolerance)
        both = pl.concat([others, rows])
        numbers = grid.numbers(both)
        for keys in grid.keys(both, numbers):
            for one, other, _ in find_near_pairs(keys, numbers, tolerance):
                first, second = np.minimum(one, other), np.maximum(one, other)
                near[second[(first < others.height) & (second >= others.height)] - others.height] = True
        return near, abstained, self._records_by_chance(others.height, tolerance)

    def _records_by_chance(self, others: int, tolerance: float | None) -> ByChance | None:
        """Estimate how many clean rows are near; the share that is by rounding has a bound and no estimate."""
        one, rounded = bool(self._one_cell.columns(others)), tolerance is not None
        if not (one or rounded):
            return None
        rules = ["a row that is equal in all cells but one"] * one + ["one that differs by rounding alone"] * rounded
        more = 0.0 if tolerance is None else self._nearness.rate(tolerance) * others
        met = self._one_cell.pairs_alike(others)
        return ByChance.count(" or ".join(rules), met=met, pairs=self._one_cell.pairs, others=others, more=more)

    def _near_texts(self, rows: pl.DataFrame, others: pl.DataFrame) -> tuple[np.ndarray, list[str], ByChance | None]:
        by_chance, pairs = self._alike
        least = least_strength(by_chance, CLEAN_TEXTS * pairs / max(others.height, 1))
        common = float((self._rarity.strengths(self._words_of_real) < least).mean())
        if common > MOST_COMMON:
            none = np.zeros(rows.height, dtype=bool)
            return none, ["nearly equal texts are not looked for: real texts are as alike by chance"], None
        said = [f"texts of common words, as {common:.1%} of the real ones are, are compared for equality"] * (least > 0)
        own, records = self._read(rows), self._read(others)
        near = _near(Documents.of(own), Documents.of(records), self._rarity.strengths(own) >= least)
        rule = f"a text that shares {THRESHOLD:g} of its runs of {SHINGLE} tokens, or differs in one place,"
        met = int((by_chance >= least).sum())
        return near, said, ByChance.count(rule, met=met, pairs=pairs, others=others.height)

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
    def _words_of_real(self) -> Words:
        """Words of real texts, among which alike ones are counted."""
        both = pl.concat([part.select(self.schema.names) for part in (self.anchor, self.holdout)])
        return self._read(draw_rows(both, TEXTS, derive_seed("alike texts", self.seed)))

    @cached_property
    def _rarity(self) -> WordRarity:
        return WordRarity.fit(self._words_of_real)

    @cached_property
    def _alike(self) -> tuple[np.ndarray, float]:
        """(pairs,) strength of the weaker text of each alike, not equal pair of real ones; and the pairs compared."""
        found = Documents.of(self._words_of_real)
        rows = np.arange(len(found.lengths))
        near = near_pairs(found, rows)
        different = near[found.fingerprints[near[:, 0]] != found.fingerprints[near[:, 1]]]
        long = different[(_tokens(found)[different] >= FEWEST_TOKENS).all(axis=1)]
        strengths = self._rarity.strengths(self._words_of_real)[long].min(axis=1)
        return strengths, max(len(rows) * (len(rows) - 1) / 2, 1.0)

    def _read(self, rows: pl.DataFrame) -> Words:
        text = self.schema.text
        assert text is not None
        return Words.read(rows[text.name]).visible


def _near(documents: Documents, records: Documents, strong: np.ndarray) -> np.ndarray:
    """Return (rows,) whether a text equals a record but for line breaks, or is a strong one that nearly does."""
    asked = np.flatnonzero((_tokens(documents) >= FEWEST_TOKENS) & strong)
    kept = np.flatnonzero(_tokens(records) >= FEWEST_TOKENS)
    near: np.ndarray = np.isin(documents.fingerprints, records.fingerprints)
    near[asked] |= near_any(documents.take(asked), records.take(kept))
    return near


def _tokens(documents: Documents) -> np.ndarray:
    """Return (rows,) the number of tokens; of texts of up to five, 5."""
    return documents.lengths + SHINGLE - 1
