"""Weighted: real and synthetic rows side by side, with loss weights in place of row counts (arXiv 2502.18049)."""

from typing import Literal

import numpy as np
from pydantic import Field

from assets.dataset.policies.contract import Policy, Pool, Selection


class Weighted(Policy):
    """Anchor and S_{g−1} with loss weights w and 1 − w on their means."""

    policy: Literal["weighted"]
    weight: float = Field(gt=0, lt=1, description="loss weight of the real rows, w")

    def select(self, pool: Pool) -> list[Selection]:
        """Give each part its weight, spread evenly over its n rows."""
        return [
            Selection(generation=None, rows=pool.base, weight=self.weight / pool.rows),
            Selection(generation=pool.generation - 1, rows=np.arange(pool.rows), weight=(1 - self.weight) / pool.rows),
        ]

    def share(self, generation: int) -> float:
        """Half the rows, whatever they weigh."""
        return 0.5

    def dataset_rows(self, rows: int, generation: int) -> int:
        """Both parts."""
        return 2 * rows
