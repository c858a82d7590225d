"""Weighted: real and synthetic rows side by side, with loss weights in place of row counts (arXiv 2502.18049)."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from outcross.assets.study.policies.contract import BASE, UNUSED, Policy, Pool, Selection


class Weighted(Policy):
    """n real rows and k·n rows of S_{g−1}, with loss weights w and 1 − w on their means.

    ``real: fixed`` keeps the same n real rows; ``fresh`` takes n never used before in each generation, the setting in
    which He et al. (arXiv 2502.18049) find the weight that a golden ratio gives.
    """

    mixture: ClassVar[str | None] = "where synthetic rows are weighed against real ones"
    weighs_rows: ClassVar[bool] = True
    policy: Literal["weighted"]
    weight: float = Field(gt=0, lt=1, description="loss weight of the real rows, w")
    ratio: float = Field(1.0, gt=0, le=1000, description="synthetic rows per real row, k")
    real: Literal["fixed", "fresh"] = "fixed"

    def select(self, pool: Pool) -> list[Selection]:
        """Give each part its weight, spread evenly over its rows."""
        first = (pool.generation - 1) * pool.rows if self.real == "fresh" else 0
        synthetic = self._synthetic(pool.rows)
        return [
            Selection(
                part=UNUSED if self.real == "fresh" else BASE,
                rows=np.arange(first, first + pool.rows),
                weight=self.weight / pool.rows,
            ),
            Selection(part=pool.generation - 1, rows=np.arange(synthetic), weight=(1 - self.weight) / synthetic),
        ]

    def share(self, generation: int) -> float:
        """k/(1+k) of the rows, whatever they weigh."""
        return self.ratio / (1 + self.ratio)

    def dataset_rows(self, rows: int, generation: int) -> int:
        """Both parts."""
        return rows + self._synthetic(rows)

    def synthetic_rows(self, rows: int) -> int:
        """k·n, and never fewer than the n rows an evaluation reads."""
        return max(rows, self._synthetic(rows))

    def fresh_rows(self, rows: int) -> int:
        """All n, where real rows are fresh."""
        return rows if self.real == "fresh" else 0

    def _synthetic(self, rows: int) -> int:
        return max(1, round(self.ratio * rows))
