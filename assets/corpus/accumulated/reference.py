"""What batches are compared with as they accumulate: the kinds, label model and rare rows of the anchor."""

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import polars as pl

from outcross.assets.corpus.accumulated.kinds import AllKinds
from outcross.assets.corpus.accumulated.label_model import LabelModel
from outcross.assets.corpus.accumulated.rarity import Rarity
from outcross.assets.corpus.guards.counting import code_frame, count
from outcross.assets.corpus.guards.profile import Profile
from outcross.assets.instruments.drawing import draw_rows
from outcross.resources.seeds import derive_seed

FORMAT = 2
"""Raised when something else is counted, or in another order."""
MOST_ROWS = 20_000
"""Rows of the anchor, and of its holdout, that the label model is fitted to and rare rows are counted among; of more, a
sample."""


@dataclass(frozen=True)
class Tally:
    """The counts of a batch.

    Attributes:
        rows: of the batch.
        kinds: counts of :meth:`AllKinds.count`.
        labels: counts of :meth:`LabelModel.count`; empty without one.
        rare: counts of :meth:`Rarity.count`; empty without one.
    """

    rows: int
    kinds: np.ndarray
    labels: np.ndarray
    rare: np.ndarray


@dataclass(frozen=True)
class Reference:
    """The anchor, as far as evidence accumulates against it.

    Attributes:
        rows: of the anchor.
        kinds: of rows that are counted.
        labels: the model of the label, if there is one.
        rarity: which rows are rare; None where none are.
    """

    rows: int
    kinds: AllKinds
    labels: LabelModel | None
    rarity: Rarity | None
    _profile: Profile

    @classmethod
    def fit(cls, profile: Profile, anchor: pl.DataFrame, holdout: pl.DataFrame, *, seed: int) -> "Reference":
        """Fit to an anchor.

        Args:
            profile: of the anchor.
            anchor: its canonical rows.
            holdout: those of its holdout, among which rare rows are counted as well.
            seed: of the rows drawn, where there are too many.
        """
        most = MOST_ROWS, max(MOST_ROWS * holdout.height // max(anchor.height, MOST_ROWS), 1)
        coded, held = (
            code_frame(draw_rows(rows.select(profile.schema.names), many, derive_seed(*part, seed)), profile.scales)
            for rows, many, part in zip(
                (anchor, holdout), most, (("accumulated",), ("accumulated holdout",)), strict=True
            )
        )
        kinds = AllKinds(profile, coded)
        return cls(profile.rows, kinds, LabelModel.fit(coded, profile), Rarity.fit((coded, held), profile), profile)

    @property
    def counted(self) -> str:
        """Identify what is counted, and in which order."""
        names = [name for kinds in self.kinds.every for name in kinds.names]
        fitted = [[] if each is None else each.tolist() for each in self._fitted]
        return f"{FORMAT}-{sha256(repr((names, fitted)).encode()).hexdigest()[:16]}"

    @property
    def _fitted(self) -> list[np.ndarray | None]:
        labels, rare = self.labels, self.rarity
        return [
            None if labels is None else labels.rows,
            None if labels is None else labels.errors,
            None if rare is None else np.array([rare.rows, *rare.rare]),
        ]

    def tally(self, rows: pl.DataFrame) -> Tally:
        """Count the canonical rows of a batch."""
        coded, nothing = code_frame(rows, self._profile.scales), np.zeros(0, dtype=np.int64)
        return Tally(
            rows.height,
            self.kinds.count(count(coded, self._profile.scales), coded),
            nothing if self.labels is None else self.labels.count(coded),
            nothing if self.rarity is None else self.rarity.count(coded),
        )
