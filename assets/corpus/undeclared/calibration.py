"""Rows that say how real rows and those of each known generator score, drawn so that a target may be held to them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.corpus.undeclared.cells import FOLDS
from outcross.assets.corpus.undeclared.certain import proves_nothing
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed, generator

MOST_ROWS = 5_000
"""Real rows, and rows of all known generators together; of more, as many are drawn."""


@dataclass(frozen=True)
class Rows:
    """Canonical rows sorted by content, so that what is made of them does not depend on the order they came in.

    Attributes:
        frame: the columns of the schema.
        contents: their content hashes.
    """

    frame: pl.DataFrame
    contents: pl.Series

    @classmethod
    def sort(cls, frame: pl.DataFrame, contents: pl.Series, schema: Schema) -> "Rows":
        """Put rows in the order of their contents."""
        order = contents.arg_sort()
        return cls(frame.select(schema.names)[order], contents[order])

    def without(self, contents: pl.Series) -> "Rows":
        """Leave out the rows with any of these contents."""
        kept = ~self.contents.is_in(contents.implode())
        return Rows(self.frame.filter(kept), self.contents.filter(kept))

    def draw(self, most: int, *, seed: int) -> "Rows":
        """At most so many rows, in their order."""
        if self.frame.height <= most:
            return self
        places = np.sort(generator(seed).choice(self.frame.height, most, replace=False))
        return Rows(self.frame[places], self.contents[places])

    @property
    def folds(self) -> np.ndarray:
        """(rows,) folds, as good as drawn by lot. Equal rows are dealt out: they are taken for separate draws."""
        return np.arange(self.frame.height) % FOLDS


def draw_calibration(real: Rows, known: Mapping[str, Rows], synthetic: pl.Series, *, seed: int) -> list[Rows]:
    """Draw the calibration rows: the real ones, then those of each generator.

    The target's rows that equal a known synthetic row are counted apart, so such rows must not calibrate either: a
    generator keeps the rows that have no equal among the samples, and the real ones those that equal no synthetic one.

    Args:
        real: rows that are calibrated with.
        known: generator → rows that it made.
        synthetic: content hashes of every row that is known to be synthetic.
        seed: of the rows drawn.
    """
    samples = [real, *known.values()]
    if not proves_nothing(synthetic, real.contents):
        every = pl.concat([rows.contents for rows in known.values()])
        repeated = every.filter(every.is_duplicated()).unique()
        samples = [real.without(synthetic), *(rows.without(repeated) for rows in known.values())]
    most = [MOST_ROWS, *[MOST_ROWS // len(known)] * len(known)]
    return [
        rows.draw(limit, seed=derive_seed("calibration", place, seed))
        for place, (rows, limit) in enumerate(zip(samples, most, strict=True))
    ]
