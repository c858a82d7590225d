"""Accumulate: real and synthetic rows pile up (Gerstgrasser et al. 2024, arXiv 2404.01413)."""

from typing import ClassVar, Literal

import numpy as np

from outcross.assets.study.policies.contract import BASE, Policy, Pool, Selection


class Accumulate(Policy):
    """Anchor ∪ S_0 ∪ … ∪ S_{g−1}."""

    reads: ClassVar[Literal["previous", "all"]] = "all"
    policy: Literal["accumulate"]

    def select(self, pool: Pool) -> list[Selection]:
        """Take every row so far: (g + 1)·n of them."""
        synthetic = [Selection(part=g, rows=np.arange(pool.rows)) for g in range(pool.generation)]
        return [Selection(part=BASE, rows=np.arange(pool.rows)), *synthetic]

    def share(self, generation: int) -> float:
        """All blocks but one: g of g + 1."""
        return generation / (generation + 1)

    def dataset_rows(self, rows: int, generation: int) -> int:
        """One more block of n in every generation."""
        return rows * (generation + 1)
