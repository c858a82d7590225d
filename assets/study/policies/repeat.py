"""Repeat: real rows alone, as often as a mix with synthetic rows would have them: the free alternative to a mix."""

from typing import Literal

import numpy as np
from pydantic import Field

from outcross.assets.study.policies.contract import BASE, Policy, Pool, Selection
from outcross.assets.study.policies.fixed import Fixed


class Repeat(Policy):
    """The whole anchor + k·n of its rows once more, in their order: as many rows, and steps, as ``augment(k)``."""

    policy: Literal["repeat"]
    ratio: float = Field(ge=0, le=1000, description="repeated rows per real row, k")

    def select(self, pool: Pool) -> list[Selection]:
        """Select all n real rows as often as they fit, then the first of them."""
        times, rest = divmod(self.dataset_rows(pool.rows, pool.generation), pool.rows)
        whole = [Selection(part=BASE, rows=np.arange(pool.rows)) for _ in range(times)]
        return [*whole, Selection(part=BASE, rows=np.arange(rest))] if rest else whole

    def share(self, generation: int) -> float:
        """Return 0: no row is synthetic."""
        return 0.0

    def dataset_rows(self, rows: int, generation: int) -> int:
        """Return (1 + k)·n."""
        return rows + round(self.ratio * rows)

    def canonical(self) -> Policy:
        """Return ``fixed(0)``, the anchor alone, for ``repeat(0)``."""
        return Fixed(policy="fixed", share=0) if self.ratio == 0 else self
