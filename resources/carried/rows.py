"""Rows to hand to somebody: canonical, and as they came where they are carried."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
import polars as pl

from outcross.resources.carried.carried import Carried
from outcross.resources.carried.fields import to_fields
from outcross.resources.carried.json_lines import spell, to_lines
from outcross.resources.carried.tables import to_table
from outcross.resources.schema import Schema
from outcross.resources.typed_rows import for_users

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows to hand to somebody.

    Attributes:
        rows: canonical rows; columns that the schema lacks play no part.
        schema: the columns that are modelled.
        carried: the same rows as they came; None where none are carried, and what is modelled is all there is.
    """

    rows: pl.DataFrame
    schema: Schema
    carried: Carried | None = None

    @property
    def height(self) -> int:
        """Their number."""
        return self.rows.height

    def take(self, places: Sequence[int]) -> Self:
        """Return the rows at these places."""
        carried = None if self.carried is None else self.carried.take(np.array(places, dtype=np.int64))
        return replace(self, rows=self.rows[list(places)], carried=carried)

    def modelled(self) -> pl.DataFrame:
        """Return what is modelled, under the names and types of the source."""
        return for_users(self.rows.select(self.schema.names), self.schema)

    def lines(self) -> list[str]:
        """Return a line of JSON for each row: the very line that it came in, where it came in one."""
        if self.carried is None:
            return spell(self.modelled())
        return to_lines(self.carried, self.rows, self.schema)

    def table(self) -> "pa.Table":
        """Return the rows as columns of Arrow: with the types that they came in, where these are known.

        Raises:
            BadInput: a column that is carried has other types in two sources.
        """
        if self.carried is None:
            return self.modelled().to_arrow()
        return to_table(self.carried, self.rows, self.schema)

    def fields(self) -> pl.DataFrame:
        """Return the rows as columns of text: the fields that they came in, where they came in such."""
        return to_fields(self.carried, self.rows, self.schema)
