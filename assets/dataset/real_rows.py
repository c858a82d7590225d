"""Which rows of the anchor belong to which replicate, and in what order they are used.

``shared``: every replicate starts from the whole anchor (or n rows it draws by itself); replicates differ in what is
random about fitting and sampling. ``own``: the anchor is dealt out, so that no real row serves two replicates and each
one repeats the whole experiment, the drawing of real data included. Standard errors over replicates are then those of
an experiment with new real data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from outcross.assets.study.dealing import Dealing, rows_each
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.policies.contract import BASE
from outcross.resources import seeds


@dataclass(frozen=True, kw_only=True)
class RealRows:
    """The real rows of the replicates of one lineage.

    Attributes:
        study: name of the study; part of every seed, like the next two.
        seed: the study's seed.
        lineage: name of the lineage.
        replicates: those of the lineage.
        all_replicates: how many the study has: the anchor is dealt among all of them.
        rows: n.
        anchor_rows: rows of the anchor.
        dealing: whether replicates share the anchor.
    """

    study: str
    seed: int
    lineage: str
    replicates: Sequence[int]
    all_replicates: int
    rows: int
    anchor_rows: int
    dealing: Dealing = "shared"

    @property
    def each(self) -> int:
        """Real rows that a replicate has, for all its generations."""
        return rows_each(self.anchor_rows, self.all_replicates, self.dealing)

    def take(self, part: Literal["base", "unused"], positions: np.ndarray) -> np.ndarray:
        """Return the anchor's row numbers at these positions of every replicate, ascending: (replicates, positions).

        Raises:
            ValueError: there are not that many real rows.
        """
        places = self._places(part, positions)
        if self.dealing == "shared" and part == BASE and len(places) == self.anchor_rows:
            return np.broadcast_to(np.arange(self.anchor_rows), (len(self.replicates), self.anchor_rows))
        return np.sort(self._orders[:, places], axis=1)

    def look_up(self, part: Literal["base", "unused"], index: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """Return the anchor's row number at each position of the replicate at each index."""
        result: np.ndarray = self._orders[index, self._places(part, positions)]
        return result

    def _places(self, part: Literal["base", "unused"], positions: np.ndarray) -> np.ndarray:
        places = positions if part == BASE else positions + self.rows
        if len(places) and places.max() >= self.each:
            raise ValueError(f"{places.max() + 1:,} real rows are asked of each replicate, which has {self.each:,}")
        return places

    @cached_property
    def _orders(self) -> np.ndarray:
        """The real rows of each replicate, in the order it uses them: (replicates, each)."""
        if self.dealing == "shared":
            return np.stack([self._order(replicate) for replicate in self.replicates])
        order = self._stream("deal").permutation(self.anchor_rows)
        dealt = order[: self.each * self.all_replicates].reshape(self.all_replicates, self.each)
        result: np.ndarray = dealt[np.asarray(self.replicates)]
        return result

    def _order(self, replicate: int) -> np.ndarray:
        """The anchor as one replicate of this lineage goes through it; all lineages start with the same n rows."""
        order = self._stream("anchor", replicate).permutation(self.anchor_rows)
        unused = seeds.derive_seed(self.study, self.seed, self.lineage, 0, replicate, "fresh")
        result: np.ndarray = np.r_[order[: self.rows], seeds.generator(unused).permutation(np.sort(order[self.rows :]))]
        return result

    def _stream(self, stage: str, replicate: int = 0) -> np.random.Generator:
        return seeds.generator(seeds.derive_seed(self.study, self.seed, SHARED, 0, replicate, stage))
