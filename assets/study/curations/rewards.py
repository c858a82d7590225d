"""Rewards: a number per row by which a choice among rows prefers one to another."""

from abc import ABC, abstractmethod
from typing import Annotated, Any

import numpy as np
import polars as pl
from pydantic import Discriminator, Field, FiniteFloat, Tag

from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.settings import Settings

Category = Annotated[str, Field(coerce_numbers_to_str=True)]
"""A value of a discrete column; a number is accepted, since YAML reads the key of ``3: 0.5`` as one."""


class Reward(Settings, ABC):
    """A reward that depends on one ``column``."""

    column: str

    @abstractmethod
    def check(self, schema: Schema) -> None:
        """Raise ``BadInput`` if the data have no such column; the message lists those that they have."""

    @abstractmethod
    def of(self, rows: pl.DataFrame) -> np.ndarray:
        """Return the reward of each row, shape (rows,)."""


class CategoryReward(Reward):
    """A reward for each value of a categorical, label or group column.

    Attributes:
        values: value → reward.
        otherwise: reward of every other value and of a missing one.
        column: that the reward depends on.
    """

    values: dict[Category, FiniteFloat] = Field(min_length=1)
    otherwise: FiniteFloat = 0.0

    def check(self, schema: Schema) -> None:
        """Raise ``BadInput`` if the data have no such discrete column."""
        _refuse_unless(self.column, {column.name for column in schema.discrete}, "categorical, label or group")

    def of(self, rows: pl.DataFrame) -> np.ndarray:
        """Return the reward of each row."""
        return rows[self.column].replace_strict(self.values, default=self.otherwise, return_dtype=pl.Float64).to_numpy()


class LinearReward(Reward):
    """A reward that is linear in a numeric column: ``slope`` × its value, and 0 for a missing value.

    Attributes:
        column: that the reward depends on.
        slope: reward for each unit of the column.
    """

    slope: FiniteFloat

    def check(self, schema: Schema) -> None:
        """Raise ``BadInput`` if the data have no such numeric column."""
        _refuse_unless(self.column, {column.name for column in schema.numeric}, "numeric")

    def of(self, rows: pl.DataFrame) -> np.ndarray:
        """Return the reward of each row."""
        return (rows[self.column].cast(pl.Float64) * self.slope).fill_null(0.0).to_numpy()


def _form(setting: Any) -> str:
    linear = "slope" in setting if isinstance(setting, dict) else isinstance(setting, LinearReward)
    return "slope" if linear else "values"


AnyReward = Annotated[
    Annotated[CategoryReward, Tag("values")] | Annotated[LinearReward, Tag("slope")], Discriminator(_form)
]
"""Settings of any reward, discriminated by having ``values`` or a ``slope``."""


def _refuse_unless(column: str, suitable: set[str], roles: str) -> None:
    if column not in suitable:
        raise BadInput(
            f"'rewards' names column '{column}', but the source has no {roles} column of that name "
            f"(it has {', '.join(sorted(suitable)) or 'none'}); correct 'rewards'"
        )
