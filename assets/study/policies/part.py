"""Part: fewer real rows alone: a point of the learning curve, from which the worth of a synthetic row is read."""

from typing import Literal

import numpy as np
from pydantic import Field

from outcross.assets.study.policies.contract import BASE, Policy, Pool, Selection
from outcross.assets.study.policies.fixed import Fixed


class Part(Policy):
    """The first f·n rows of the anchor; a smaller part lies within a larger one."""

    policy: Literal["part"]
    fraction: float = Field(gt=0, le=1, description="rows ÷ all real rows of a replicate, f")

    def select(self, pool: Pool) -> list[Selection]:
        """Select the first real rows, the same in every generation."""
        return [Selection(part=BASE, rows=np.arange(self.dataset_rows(pool.rows, pool.generation)))]

    def share(self, generation: int) -> float:
        """Return 0: no row is synthetic."""
        return 0.0

    def dataset_rows(self, rows: int, generation: int) -> int:
        """Return f·n, but at least one row."""
        return max(1, round(self.fraction * rows))

    def canonical(self) -> Policy:
        """Return ``fixed(0)``, the anchor alone, for ``part(1)``."""
        return Fixed(policy="fixed", share=0) if self.fraction == 1 else self
