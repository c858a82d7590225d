"""Augment: every real row plus synthetic ones, as most teams train."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from outcross.assets.study.policies.contract import BASE, Policy, Pool, Selection
from outcross.assets.study.policies.fixed import Fixed


class Augment(Policy):
    """The whole anchor + k·n rows of S_{g−1}: share k/(1+k)."""

    rung_key: ClassVar[str | None] = "ratio"
    mixture: ClassVar[str | None] = "where synthetic rows are added to all the real ones"
    policy: Literal["augment"]
    ratio: float = Field(ge=0, le=1000, description="synthetic rows per real row, k")

    def select(self, pool: Pool) -> list[Selection]:
        """Select all n real rows and the first k·n synthetic ones."""
        synthetic = self._synthetic(pool.rows)
        return [
            Selection(part=BASE, rows=np.arange(pool.rows)),
            Selection(part=pool.generation - 1, rows=np.arange(synthetic)),
        ]

    def share(self, generation: int) -> float:
        """Return k/(1+k), the same in every generation."""
        return self.ratio / (1 + self.ratio)

    def dataset_rows(self, rows: int, generation: int) -> int:
        """Return (1 + k)·n."""
        return rows + self._synthetic(rows)

    def synthetic_rows(self, rows: int) -> int:
        """Return k·n, but at least the n rows that an evaluation reads."""
        return max(rows, self._synthetic(rows))

    def canonical(self) -> Policy:
        """Return ``fixed(0)``, the anchor alone, for ``augment(0)``."""
        return Fixed(policy="fixed", share=0) if self.ratio == 0 else self

    def _synthetic(self, rows: int) -> int:
        return round(self.ratio * rows)
