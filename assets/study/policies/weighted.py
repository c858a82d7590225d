"""Weighted: real and synthetic rows mixed by loss weights instead of row counts (He et al. 2025, arXiv 2502.18049)."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from outcross.assets.study.policies.contract import BASE, UNUSED, Policy, Pool, Selection


class Weighted(Policy):
    """n real rows and k·n rows of S_{g−1}, with loss weights w and 1 − w on their means.

    ``real: fixed`` keeps the same n real rows. ``real: fresh`` takes n unused ones in each generation, the setting of
    the golden-ratio weight of He et al. (arXiv 2502.18049).

    Attributes:
        real: whether every generation has the same real rows, or unused ones.
    """

    mixture: ClassVar[str | None] = "where synthetic rows are weighed against real ones"
    weighs_rows: ClassVar[bool] = True
    policy: Literal["weighted"]
    weight: float = Field(gt=0, lt=1, description="loss weight of the real rows, w")
    ratio: float = Field(1.0, gt=0, le=1000, description="synthetic rows per real row, k")
    real: Literal["fixed", "fresh"] = "fixed"

    def select(self, pool: Pool) -> list[Selection]:
        """Select both parts; each part's weight is divided equally among its rows."""
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
        """Return k/(1+k), the share of the rows, not of the weights."""
        return self.ratio / (1 + self.ratio)

    def dataset_rows(self, rows: int, generation: int) -> int:
        """Return (1 + k)·n."""
        return rows + self._synthetic(rows)

    def synthetic_rows(self, rows: int) -> int:
        """Return k·n, but at least the n rows that an evaluation reads."""
        return max(rows, self._synthetic(rows))

    def fresh_rows(self, rows: int) -> int:
        """Return n for ``real: fresh``, else 0."""
        return rows if self.real == "fresh" else 0

    def _synthetic(self, rows: int) -> int:
        return max(1, round(self.ratio * rows))
