"""Replace: each generation is fitted to the previous one's rows alone (Shumailov et al. 2024, arXiv 2305.17493)."""

from typing import ClassVar, Literal

import numpy as np

from outcross.assets.study.policies.contract import Policy, Pool, Selection


class Replace(Policy):
    """S_{g−1}."""

    mixture: ClassVar[str | None] = "where synthetic rows take the place of real ones"
    policy: Literal["replace"]

    def select(self, pool: Pool) -> list[Selection]:
        """Select the n rows of the previous generation."""
        return [Selection(part=pool.generation - 1, rows=np.arange(pool.rows))]

    def share(self, generation: int) -> float:
        """Return 1: every row is synthetic."""
        return 1.0
