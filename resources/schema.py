"""What a row of a source is made of: its columns and the role each one plays.

Frames that pass between rooms are *canonical*: they hold exactly the columns of their schema, in its order, in the
one Polars type each role has:

=============  ==========================================
role           Polars type
=============  ==========================================
numeric        Float64, or Int64 where ``integer`` is set
categorical    String
label, group   String
text           String
image          Array(UInt8, pixels), values 0..levels
=============  ==========================================
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal, Self

import polars as pl

Modality = Literal["image", "table", "text"]


class Role(StrEnum):
    """What a column is for. ``ignore`` columns are dropped when the source is read."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    TEXT = "text"
    IMAGE = "image"
    LABEL = "label"
    GROUP = "group"
    IGNORE = "ignore"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. ``shape`` (height, width) and ``levels`` (highest grey value) are set for images only."""

    name: str
    role: Role
    integer: bool = False
    nullable: bool = False
    shape: tuple[int, int] | None = None
    levels: int | None = None

    @property
    def dtype(self) -> pl.DataType:
        """The canonical Polars type of this column."""
        match self.role:
            case Role.NUMERIC:
                return pl.Int64() if self.integer else pl.Float64()
            case Role.IMAGE:
                assert self.shape is not None
                return pl.Array(pl.UInt8, self.shape[0] * self.shape[1])
            case _:
                return pl.String()


@dataclass(frozen=True)
class Schema:
    """The columns of a source, in order, without the ignored ones."""

    columns: tuple[Column, ...]

    @property
    def modality(self) -> Modality:
        """``image`` or ``text`` where a column has that role, else ``table``."""
        roles = {column.role for column in self.columns}
        if Role.IMAGE in roles:
            return "image"
        return "text" if Role.TEXT in roles else "table"

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    def with_role(self, *roles: Role) -> list[Column]:
        """The columns that play any of these roles, in order."""
        return [column for column in self.columns if column.role in roles]

    @property
    def label(self) -> Column | None:
        """The label column, or None."""
        return next(iter(self.with_role(Role.LABEL)), None)

    @property
    def groups(self) -> list[Column]:
        """Group columns, in order."""
        return self.with_role(Role.GROUP)

    @property
    def image(self) -> Column | None:
        """The image column, or None."""
        return next(iter(self.with_role(Role.IMAGE)), None)

    @property
    def text(self) -> Column | None:
        """The text column, or None."""
        return next(iter(self.with_role(Role.TEXT)), None)

    @property
    def numeric(self) -> list[Column]:
        """Numeric columns, in order."""
        return self.with_role(Role.NUMERIC)

    @property
    def discrete(self) -> list[Column]:
        """Categorical, label and group columns, in order: everything with a finite set of string values."""
        return self.with_role(Role.CATEGORICAL, Role.LABEL, Role.GROUP)

    @property
    def polars(self) -> dict[str, pl.DataType]:
        """Name → canonical Polars type."""
        return {column.name: column.dtype for column in self.columns}

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form; :meth:`from_json` reads it back."""
        return {"columns": [asdict(column) for column in self.columns]}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read back what :meth:`to_json` wrote."""
        return cls(
            tuple(
                Column(
                    **{
                        **column,
                        "role": Role(column["role"]),
                        "shape": tuple(column["shape"]) if column["shape"] else None,
                    }
                )
                for column in value["columns"]
            )
        )
