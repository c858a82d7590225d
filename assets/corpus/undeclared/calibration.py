"""Calibration samples: real rows and rows of each known generator, drawn so that they score as the target's rows do."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.corpus.undeclared.cells import FOLDS
from outcross.assets.corpus.undeclared.certain_rows import is_by_chance
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed, generator

MOST_ROWS = 5_000
"""Largest number of real rows, and of rows of all known generators together; of more rows, a sample is drawn."""


@dataclass(frozen=True)
class Rows:
    """Canonical rows sorted by content hash, so that no result depends on their original order.

    Attributes:
        frame: the columns of the schema.
        contents: their content hashes.
    """

    frame: pl.DataFrame
    contents: pl.Series

    @classmethod
    def sort(cls, frame: pl.DataFrame, contents: pl.Series, schema: Schema) -> "Rows":
        """Sort rows by their content hashes."""
        order = contents.arg_sort()
        return cls(frame.select(schema.names)[order], contents[order])

    def without(self, contents: pl.Series) -> "Rows":
        """Drop the rows with any of these content hashes."""
        kept = ~self.contents.is_in(contents.implode())
        return Rows(self.frame.filter(kept), self.contents.filter(kept))

    def draw(self, most: int, *, seed: int) -> "Rows":
        """Draw at most ``most`` rows, and keep their order."""
        if self.frame.height <= most:
            return self
        places = np.sort(generator(seed).choice(self.frame.height, most, replace=False))
        return Rows(self.frame[places], self.contents[places])

    @property
    def folds(self) -> np.ndarray:
        """(rows,) fold numbers. The order is that of hashes, so these are as good as random; equal rows are spread."""
        return np.arange(self.frame.height) % FOLDS


def draw_calibration(real: Rows, known: Mapping[str, Rows], synthetic: pl.Series, *, seed: int) -> list[Rows]:
    """Draw the calibration samples: of the real rows first, then of each generator.

    Rows of the target that equal a known synthetic row are counted, not estimated, so such rows must not calibrate
    either: a generator's sample keeps the rows without an equal in any sample, and the real sample the rows that equal
    no synthetic row.

    Args:
        real: real rows.
        known: generator → rows that it made.
        synthetic: content hashes of every row that is known to be synthetic.
        seed: of the draws.
    """
    samples = [real, *known.values()]
    if not is_by_chance(synthetic, real.contents):
        every = pl.concat([rows.contents for rows in known.values()])
        repeated = every.filter(every.is_duplicated()).unique()
        samples = [real.without(synthetic), *(rows.without(repeated) for rows in known.values())]
    most = [MOST_ROWS, *[MOST_ROWS // len(known)] * len(known)]
    return [
        rows.draw(limit, seed=derive_seed("calibration", place, seed))
        for place, (rows, limit) in enumerate(zip(samples, most, strict=True))
    ]
