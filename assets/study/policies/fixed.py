"""Fixed: a constant number of rows, whose real part is the same in every generation."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from outcross.assets.study.policies.contract import BASE, Policy, Pool, Selection, apportion
from outcross.assets.study.policies.replace import Replace


class Fixed(Policy):
    """(1−s)·n rows of the anchor + s·n rows of S_{g−1} (Alemohammad et al. 2024, arXiv 2307.01850)."""

    rung_key: ClassVar[str | None] = "share"
    mixture: ClassVar[str | None] = "where synthetic rows take the place of real ones"
    policy: Literal["fixed"]
    share_: float = Field(alias="share", ge=0, le=1, description="synthetic share s")

    def select(self, pool: Pool) -> list[Selection]:
        """Select the first real rows, the same in every generation, and the first synthetic ones."""
        real, synthetic = apportion(pool.rows, self.share_)
        return [
            Selection(part=BASE, rows=np.arange(real)),
            Selection(part=pool.generation - 1, rows=np.arange(synthetic)),
        ]

    def share(self, generation: int) -> float:
        """Return s, the same in every generation."""
        return self.share_

    def canonical(self) -> Policy:
        """Return ``replace`` for ``fixed(1)``."""
        return Replace(policy="replace") if self.share_ == 1 else self
