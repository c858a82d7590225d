"""What a mixing policy is: settings that say which rows the dataset of generation g ≥ 1 holds."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

BASE: Final = "base"
"""The n real rows that a replicate's generation 0 was fitted to."""
UNUSED: Final = "unused"
"""The real rows that no generation of a replicate has used yet, in the order they will be."""

Part = Literal["base", "unused"] | int
"""Where rows come from: real ones, or the synthetic rows of a generation."""


@dataclass(frozen=True, kw_only=True)
class Pool:
    """What one replicate of one lineage may draw from.

    Attributes:
        rows: n, the rows of a generation, and so of ``BASE``.
        generation: g ≥ 1, the generation whose dataset is being made.
        rng: this dataset's own stream; only a policy that :attr:`Policy.draws_at_random` may touch it.
    """

    rows: int
    generation: int
    rng: np.random.Generator


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Rows taken from one part.

    Attributes:
        part: ``BASE``, ``UNUSED`` or a synthetic part's generation.
        rows: positions within that part, ascending.
        weight: what each row counts in the loss; scaled to mean 1 over the dataset afterwards.
    """

    part: Part
    rows: np.ndarray
    weight: float = 1.0


class Policy(BaseModel, ABC):
    """Settings of a mixing policy. Subclasses add ``policy: Literal[...]`` and their own settings.

    A subclass that may be a ladder says so by ``rung_key``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rung_key: ClassVar[str | None] = None
    """The setting in which the rungs of a ladder differ, such as ``share``: the share rises with it, and it needs no
    other setting. The ladder lists its values under the plural, ``shares``. None: the policy cannot be a ladder."""
    mixture: ClassVar[str | None] = None
    """How a dataset gets its synthetic share, as a verdict's sentence says it: "where synthetic rows …"."""
    weighs_rows: ClassVar[bool] = False
    """Whether rows have unequal weights, which the generator has to honour."""

    reads: ClassVar[Literal["previous", "all"]] = "previous"
    """Whose synthetic rows a dataset may hold: the previous generation's, or all earlier ones'."""
    draws_at_random: ClassVar[bool] = False
    """Whether each replicate's rows are drawn by chance (then its share is one in expectation only); else the choice is
    the same for all replicates and made once."""

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
        """Real rows never used before that each generation ≥ 1 needs, for n = ``rows``; they lie in ``UNUSED``."""
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
