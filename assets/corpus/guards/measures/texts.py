"""Readings of texts: a sample of a batch's rows is compared with real rows.

Rows declared synthetic are held to fewer of them, since generated texts are more predictable than real ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from outcross.assets.corpus.guards.anchor_texts import AnchorTexts
from outcross.assets.corpus.guards.measures import text_contents, text_style, text_words
from outcross.assets.corpus.guards.measures.contract import Batch, Reading
from outcross.assets.corpus.guards.text_profile import TextProfile
from outcross.assets.instruments.words import Words

FEWEST_ROWS = 20
"""Smallest number of rows of texts that are measured."""
DECLARED = "declared synthetic"
"""Group of the readings of rows that are declared synthetic."""


@dataclass(frozen=True)
class Side:
    """The texts of a batch that are declared synthetic, or the others.

    Attributes:
        group: of the readings.
        declared: whether they are declared synthetic.
        texts: a sample of them.
        anchor: a sample of the anchor's.
        profile: of the anchor's.
        seed: of what is drawn.
    """

    group: str
    declared: bool
    texts: pl.Series
    anchor: AnchorTexts
    profile: TextProfile
    seed: int

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.texts)

    @cached_property
    def described(self) -> pl.DataFrame:
        """What the profile says of each row."""
        return self.profile.describe(self.texts, self.words)

    @cached_property
    def words(self) -> Words:
        """Their words."""
        return Words.read(self.texts)


def measure(batch: Batch) -> Iterator[Reading]:
    """Measure what the guards of texts check; nothing for a corpus without texts."""
    profile = batch.texts
    if profile is None:
        return
    anchor = batch.anchor_texts or AnchorTexts.draw(batch.anchor, profile.column, seed=batch.seed)
    for declared, rows in ((False, batch.scanned.others), (True, batch.scanned.declared_synthetic)):
        if rows.height >= FEWEST_ROWS:
            group = DECLARED if declared else ""
            side = Side(group, declared, rows[profile.column], anchor, profile, batch.seed)
            for part in (text_contents, text_style, text_words):
                yield from part.measure(side)
