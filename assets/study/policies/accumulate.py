"""Accumulate: all real rows and all synthetic rows so far (Gerstgrasser et al. 2024, arXiv 2404.01413)."""

from typing import ClassVar, Literal

import numpy as np

from outcross.assets.study.policies.contract import BASE, Policy, Pool, Selection


class Accumulate(Policy):
    """Anchor ∪ S_0 ∪ … ∪ S_{g−1}."""

    reads: ClassVar[Literal["previous", "all"]] = "all"
    policy: Literal["accumulate"]

    def select(self, pool: Pool) -> list[Selection]:
        """Select every row so far, (g + 1)·n in all."""
        synthetic = [Selection(part=g, rows=np.arange(pool.rows)) for g in range(pool.generation)]
        return [Selection(part=BASE, rows=np.arange(pool.rows)), *synthetic]

    def share(self, generation: int) -> float:
        """Return g ÷ (g + 1): of g + 1 blocks, one is real."""
        return generation / (generation + 1)

    def dataset_rows(self, rows: int, generation: int) -> int:
        """Return (g + 1)·n: each generation adds n rows."""
        return rows * (generation + 1)
