"""The contract of a mixing policy: settings that decide which rows the dataset of generation g ≥ 1 holds."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

import numpy as np

from outcross.resources.settings import Settings

BASE: Final = "base"
"""The n real rows to which a replicate's generation 0 was fitted."""
UNUSED: Final = "unused"
"""The real rows that no generation of a replicate has used yet, in the order of their use."""

Part = Literal["base", "unused"] | int
"""The origin of rows: a part of the real rows, or the number of the generation that made synthetic ones."""


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The labels of the rows of one replicate, as numbers from 0.

    Attributes:
        real: (n,) of the rows of ``BASE``.
        synthetic: (rows,) of those of the previous generation.
    """

    real: np.ndarray
    synthetic: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Pool:
    """The rows that one replicate of one lineage may select from.

    Attributes:
        rows: n, the rows of a generation and of ``BASE``.
        generation: g ≥ 1, the generation whose dataset is being made.
        rng: random stream of this dataset; only a policy with :attr:`Policy.draws_at_random` may use it.
        labels: of the rows, for a policy whose :meth:`Policy.labelled_rows` reads them.
    """

    rows: int
    generation: int
    rng: np.random.Generator
    labels: Labels | None = None


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Rows selected from one part.

    Attributes:
        part: ``BASE``, ``UNUSED``, or the generation that made synthetic rows.
        rows: positions within that part, ascending.
        weight: loss weight of each row; later scaled to mean 1 over the dataset.
    """

    part: Part
    rows: np.ndarray
    weight: float = 1.0


class Policy(Settings, ABC):
    """Settings of a mixing policy. Subclasses add ``policy: Literal[...]`` and their own settings.

    A subclass that can be a ladder sets ``rung_key``.
    """

    rung_key: ClassVar[str | None] = None
    """The only setting in which the rungs of a ladder differ, such as ``share``; the synthetic share rises with it.
    A ladder lists its values under the plural, ``shares``. None: the policy cannot be a ladder."""
    mixture: ClassVar[str | None] = None
    """Clause of a verdict's sentence that describes how the synthetic share arises: "where synthetic rows …"."""
    weighs_rows: ClassVar[bool] = False
    """Whether rows have unequal weights, which the generator has to support."""

    reads: ClassVar[Literal["previous", "all"]] = "previous"
    """Which synthetic rows a dataset may hold: those of the previous generation, or of all earlier ones."""
    draws_at_random: ClassVar[bool] = False
    """Whether rows are drawn at random for each replicate, so that the share holds in expectation only; otherwise one
    selection serves all replicates."""

    @abstractmethod
    def select(self, pool: Pool) -> list[Selection]:
        """Select the rows of one replicate's dataset."""

    @abstractmethod
    def share(self, generation: int) -> float:
        """Return synthetic rows ÷ all rows of the dataset of this generation (≥ 1), before rounding to whole rows."""

    def dataset_rows(self, rows: int, generation: int) -> int:
        """Return the rows of the dataset of this generation, for n = ``rows``."""
        return rows

    def synthetic_rows(self, rows: int) -> int:
        """Return the rows that each generation synthesises, for n = ``rows``."""
        return rows

    def fresh_rows(self, rows: int) -> int:
        """Return the new real rows that each generation ≥ 1 takes from ``UNUSED``, for n = ``rows``."""
        return 0

    def labelled_rows(self, rows: int) -> int:
        """Return how many synthetic rows of the previous generation decide by their labels; 0: none."""
        return 0

    def canonical(self) -> "Policy":
        """Return the simplest policy that makes the same datasets, such as ``replace`` for ``fixed(1)``."""
        return self


def apportion(rows: int, share: float) -> tuple[int, int]:
    """Split rows into (real, synthetic) by largest remainder; a tie goes to the real rows.

    The product is first rounded to nine decimals, so that 0.9 of 1,400 is 1,260 in spite of binary rounding.
    """
    exact = round(rows * share, 9)
    synthetic = int(exact)
    if exact - synthetic > 0.5:
        synthetic += 1
    return rows - synthetic, synthetic
