"""Subsample: a constant number of rows drawn from all rows so far (Kazdan et al. 2024, arXiv 2410.16713)."""

from typing import ClassVar, Literal

import numpy as np

from outcross.assets.study.policies.contract import BASE, Policy, Pool, Selection


class Subsample(Policy):
    """n rows drawn without replacement from the accumulated pool."""

    reads: ClassVar[Literal["previous", "all"]] = "all"
    draws_at_random: ClassVar[bool] = True
    policy: Literal["subsample"]

    def select(self, pool: Pool) -> list[Selection]:
        """Draw uniformly from anchor ∪ S_0 ∪ … ∪ S_{g−1}; block 0 is the anchor."""
        drawn = np.sort(pool.rng.choice(pool.rows * (pool.generation + 1), size=pool.rows, replace=False))
        blocks, rows = np.divmod(drawn, pool.rows)
        real = Selection(part=BASE, rows=rows[blocks == 0])
        synthetic = [
            Selection(part=g, rows=rows[blocks == g + 1]) for g in range(pool.generation) if (blocks == g + 1).any()
        ]
        return [real, *synthetic] if len(real.rows) else synthetic

    def share(self, generation: int) -> float:
        """Return the share of the pool, g ÷ (g + 1), which a draw has in expectation."""
        return generation / (generation + 1)
