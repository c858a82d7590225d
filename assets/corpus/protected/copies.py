"""Copies of rows of protected sets: rows that equal one, or nearly do.

Tables and texts are compared as a study compares its named test sets, see :mod:`outcross.assets.anchor.likeness`, and
pictures by the hashes that near copies within a corpus are found by, see :mod:`..intake.picture_copies`. A text or
picture is equal whatever stands beside it. How alike two rows have to be is set by the anchor and the holdout.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from outcross.assets.anchor.likeness import Likeness
from outcross.assets.anchor.split import content_hashes
from outcross.assets.corpus.guards.spared import find_spared_pictures, most_apart
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.protected_sets import ProtectedSet, read_sets
from outcross.assets.instruments.picture_hashes import PictureHashes, near_pictures
from outcross.resources.schema import Column, Schema

GUARD = "protected"
EQUAL, NEAR = "equals", "nearly equals"
COPIES: dict[str, pl.DataType] = {"position": pl.Int64(), "set": pl.String(), "alike": pl.String()}
"""Columns of what is found: the row, the key of the set, and ``equals`` or ``nearly equals``."""


@dataclass(frozen=True)
class Protected:
    """The protected sets of a corpus, to compare rows with.

    Attributes:
        corpus: the open corpus.
        sets: as its file names them now.
    """

    corpus: OpenCorpus
    sets: tuple[ProtectedSet, ...]

    def find(self, rows: pl.DataFrame, sets: Sequence[ProtectedSet] | None = None) -> pl.DataFrame:
        """Find the copies among rows: :data:`COPIES`, a line for each row and set.

        Args:
            rows: ``position`` and the canonical columns.
            sets: to compare with; all if None.
        """
        found = [pl.DataFrame(schema=COPIES)]
        for each in (self.sets if sets is None else sets) if rows.height else ():
            exact, near = self._compare(rows, each)
            for alike, which in ((EQUAL, exact), (NEAR, near & ~exact)):
                chosen = rows.filter(which)["position"]
                found.append(pl.DataFrame({"position": chosen}).with_columns(set=pl.lit(each.key), alike=pl.lit(alike)))
        return pl.concat(found)

    @property
    def abstained(self) -> tuple[str, ...]:
        """What is not looked for, a sentence for each set and reason."""
        if self.corpus.has_pictures:
            return tuple(self._spared.values()) + tuple(
                f"pictures that nearly equal one of protected set '{each.name}' are not looked for: real pictures are "
                "as alike by chance"
                for each in self.sets
                if self._within(each) is None
            )
        one = self.corpus.rows.head(1)
        return tuple(
            f"protected set '{each.name}': {why}"
            for each in self.sets
            for why in self._likeness.find(one, each.rows).abstained
        )

    @cached_property
    def _likeness(self) -> Likeness:
        corpus, names = self.corpus, self.corpus.schema.names
        return Likeness(
            anchor=corpus.rows.select(names),
            holdout=corpus.holdout.select(names),
            schema=corpus.schema,
            seed=corpus.settings.seed,
        )

    def _compare(self, rows: pl.DataFrame, others: ProtectedSet) -> tuple[pl.Series, pl.Series]:
        """Return (rows,) whether a row equals one of the set, and whether it nearly does."""
        schema = self.corpus.schema
        if (column := schema.image) is not None:
            return _equal_in(column, rows, others.rows), self._near_pictures(rows, others, column)
        found = self._likeness.find(rows, others.rows)
        if (column := schema.text) is not None:
            return found.exact | _equal_in(column, rows, others.rows), found.near
        return found.exact, found.near

    def _near_pictures(self, rows: pl.DataFrame, others: ProtectedSet, column: Column) -> pl.Series:
        near = np.zeros(rows.height, dtype=bool)
        if (within := self._within(others)) is not None:
            own = PictureHashes.read(rows[column.name], column)
            for one, _, _ in near_pictures(own, PictureHashes.read(others.rows[column.name], column), within):
                near[one] = True
        of_group = [pl.col(name) == level for name, _, level in (each.partition("=") for each in self._spared)]
        spared = rows.select(pl.any_horizontal(pl.lit(value=False), *of_group).alias("spared"))["spared"]
        return pl.Series(near) & ~spared.fill_null(value=False)

    def _within(self, others: ProtectedSet) -> int | None:
        return most_apart(self.corpus.pictures, others.rows.height)

    @cached_property
    def _spared(self) -> dict[str, str]:
        """Groups whose real pictures are alike more often than others are."""
        within = [bits for each in self.sets if (bits := self._within(each)) is not None]
        return find_spared_pictures(self.corpus.pictures, max(within)) if within else {}


def load_protected(corpus: OpenCorpus) -> Protected | None:
    """Read the protected sets that a corpus names; None where it names none.

    Raises:
        BadInput: a file of a set cannot be used; the message names the set.
    """
    if not corpus.settings.protected:
        return None
    return Protected(corpus, read_sets(corpus.settings, corpus.schema))


def _equal_in(column: Column, rows: pl.DataFrame, others: pl.DataFrame) -> pl.Series:
    """Return (rows,) whether a row has the text or the picture of one of the others."""
    alone = Schema((column,))
    own, records = (content_hashes(each.select(column.name), alone) for each in (rows, others))
    return own.is_in(records.implode())


def to_reasons(found: pl.DataFrame) -> pl.DataFrame:
    """Write a reason for each copy: ``position``, ``guard``, ``reason``."""
    name = pl.col("set").str.replace(r"@[0-9a-f]+$", "")
    reason = pl.format("the row {} a row of the protected set '{}', which no training may see", "alike", name)
    return found.select("position", guard=pl.lit(GUARD), reason=reason)
