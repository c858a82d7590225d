"""The model of a pool: for each replicate an order of its rows, and how many of them were drawn before."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Budget, CohortModel, Tensors
from outcross.resources.generators.fitting.frames import replicate_column
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed, generator
from outcross.resources.sources.read_as import PLACE

SEEDS = "orders"
"""Name of the tensor of the seeds of orders."""


@dataclass
class PoolModel(CohortModel):
    """An order of a pool's rows for each replicate.

    Attributes:
        schema: the columns.
        orders: replicate → seed of its order, which all generations and arms share.
        drawn: rows that earlier generations of the lineage drew of each replicate.
        budget: rows of the dataset, and no cost: nothing is fitted.
        settings: of the generator, for the card.
        version: of the generator.
        read: returns ``pool_row`` and the schema's columns of the rows that may be drawn.
    """

    schema: Schema
    orders: Mapping[int, int]
    drawn: int
    budget: Budget
    settings: dict[str, Any]
    version: str
    read: Callable[[], pl.DataFrame]
    _places: pl.Series | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.fit_loss = [float("nan")] * len(self.orders)

    @property
    def places(self) -> pl.Series | None:
        """(rows,) the place in the pool of each row of the last sample; None before the first."""
        return self._places

    def offer_pool(self, read: Callable[[], pl.DataFrame]) -> None:
        """Have :meth:`sample` draw from these rows, and not read the files."""
        self.read = read

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Draw the next rows of each replicate's order, without replacement, and shuffle them by seed.

        Where fewer rows are left than are asked for, the order begins again: these repeat rows that an earlier
        generation drew.

        Raises:
            BadInput: more rows are asked for than the pool has.
        """
        pool = self.read()
        if rows > pool.height:
            raise BadInput(
                f"generator 'pool': {rows:,} rows are asked for, and the pool has {pool.height:,} that may be drawn; "
                "add rows to the pool, or lower 'rows' or the largest share"
            )
        drawn = []
        for number in sorted(self.orders):
            order = generator(derive_seed("pool order", self.orders[number])).permutation(pool.height)
            block = order[(self.drawn + np.arange(rows)) % pool.height]
            drawn.append(pool[generator(derive_seed("pool draw", seeds[number])).permutation(block)])
        together = pl.concat(drawn)
        self._places = together[PLACE]
        return together.drop(PLACE).insert_column(0, replicate_column(sorted(self.orders), rows))

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> None:
        """Return None: a pool has no likelihood."""

    def tensors(self) -> Tensors:
        """The seed of each replicate's order."""
        return {SEEDS: np.array([self.orders[number] for number in sorted(self.orders)], dtype=np.int64)}

    def card(self) -> dict[str, Any]:
        """Settings, schema, replicates, budget, and how many rows were drawn before."""
        return {
            **self.settings,
            "version": self.version,
            "schema": self.schema.to_json(),
            "replicates": sorted(self.orders),
            "drawn": self.drawn,
            "budget": asdict(self.budget),
        }
