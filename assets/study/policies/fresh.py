"""Fresh: a constant number of rows, whose real part is new in every generation."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from outcross.assets.study.policies.contract import UNUSED, Policy, Pool, Selection, apportion
from outcross.assets.study.policies.replace import Replace


class Fresh(Policy):
    """(1−s)·n real rows that the lineage has not used before + s·n rows of S_{g−1}.

    This is the "fresh data loop" of Alemohammad et al. 2024 (arXiv 2307.01850).
    """

    rung_key: ClassVar[str | None] = "share"
    mixture: ClassVar[str | None] = "where synthetic rows are mixed with new real ones"
    policy: Literal["fresh"]
    share_: float = Field(alias="share", ge=0, le=1, description="synthetic share s")

    def select(self, pool: Pool) -> list[Selection]:
        """Select the next unused block of real rows: generation g uses block g − 1."""
        real, synthetic = apportion(pool.rows, self.share_)
        block = np.arange((pool.generation - 1) * real, pool.generation * real)
        return [
            Selection(part=UNUSED, rows=block),
            Selection(part=pool.generation - 1, rows=np.arange(synthetic)),
        ]

    def share(self, generation: int) -> float:
        """Return s, the same in every generation."""
        return self.share_

    def fresh_rows(self, rows: int) -> int:
        """Return the number of real rows in a dataset."""
        return apportion(rows, self.share_)[0]

    def canonical(self) -> Policy:
        """Return ``replace`` for ``fresh(1)``."""
        return Replace(policy="replace") if self.share_ == 1 else self
