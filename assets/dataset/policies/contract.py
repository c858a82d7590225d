"""What a mixing policy is: settings that say which rows the dataset of generation g ≥ 1 holds."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True, kw_only=True)
class Pool:
    """What one replicate of one lineage may draw from.

    Attributes:
        rows: n, the rows of a generation.
        generation: g ≥ 1, the generation whose dataset is being made.
        base: rows of the anchor that generation 0 was fitted to (n indices, shuffled once a replicate).
        unused: the anchor's other rows, shuffled once for this replicate and lineage.
        rng: this dataset's own stream.
    """

    rows: int
    generation: int
    base: np.ndarray
    unused: np.ndarray
    rng: np.random.Generator


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Rows taken from one part.

    Attributes:
        generation: the synthetic part's generation, or None for the anchor.
        rows: row numbers within that part.
        weight: what each row counts in the loss; scaled to mean 1 over the dataset afterwards.
    """

    generation: int | None
    rows: np.ndarray
    weight: float = 1.0


class Policy(BaseModel, ABC):
    """Settings of a mixing policy. Subclasses add ``policy: Literal[...]`` and their own settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reads: ClassVar[Literal["previous", "all"]] = "previous"
    """Whose synthetic rows a dataset may hold: the previous generation's, or all earlier ones'."""
    draws_at_random: ClassVar[bool] = False
    """Whether its share is one in expectation only."""

    @abstractmethod
    def select(self, pool: Pool) -> list[Selection]:
        """Choose the rows of one replicate's dataset."""

    @abstractmethod
    def share(self, generation: int) -> float:
        """Synthetic rows ÷ rows of the dataset of this generation (≥ 1), before rounding to whole rows."""

    def dataset_rows(self, rows: int, generation: int) -> int:
        """Rows of the dataset of this generation, for n = ``rows``."""
        return rows

    def synthetic_rows(self, rows: int) -> int:
        """Rows each generation has to synthesise, for n = ``rows``."""
        return rows

    def fresh_rows(self, rows: int) -> int:
        """Real rows never used before that each generation ≥ 1 needs, for n = ``rows``."""
        return 0

    def canonical(self) -> "Policy":
        """The simplest policy that makes the same datasets: ``fixed(1)`` is ``replace``."""
        return self


def apportion(rows: int, share: float) -> tuple[int, int]:
    """Split rows into (real, synthetic) by largest remainder, exact to one row; a tie goes to the real rows.

    The product is rounded at nine decimals first, so that 0.9 of 1,400 is 1,260 whatever binary arithmetic makes of it.
    """
    exact = round(rows * share, 9)
    synthetic = int(exact)
    if exact - synthetic > 0.5:
        synthetic += 1
    return rows - synthetic, synthetic
