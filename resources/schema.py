"""What a row of a source is made of: its columns and the role each one plays.

Frames that pass between rooms are *canonical*: they hold exactly the columns of their schema, in its order, in the
one Polars type each role has:

=============  =================================================================================
role           Polars type
=============  =================================================================================
numeric        Float64, or Int64 where ``integer`` is set; dates, times and durations are counted in ``unit``
categorical    String
label, group   String
text           String
image          Array(UInt8, height × width × channels), row by row, 0..levels; red, green, blue of each pixel
=============  =================================================================================
"""

import math
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Literal, Self

import polars as pl

Modality = Literal["image", "table", "text"]

Kind = Literal["boolean", "whole", "decimal", "float", "date", "datetime", "time", "duration", "text"]
"""What the values of a column are in the file."""

Unit = Literal["d", "s", "ms", "us", "ns"]
"""What the whole numbers of a temporal column count: dates count days, the others the coarsest that is exact."""


class Role(StrEnum):
    """What a column is for. ``ignore`` columns are dropped when the source is read.

    ``target`` is a number that is to be predicted: its column is numeric, with ``Column.target`` set.
    """

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    TEXT = "text"
    IMAGE = "image"
    LABEL = "label"
    TARGET = "target"
    GROUP = "group"
    IGNORE = "ignore"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its role, and what it was in the file.

    Attributes:
        name: in canonical frames.
        role: what it is for.
        integer: whether canonical numbers are Int64.
        nullable: whether values may be missing.
        shape: height and width of images.
        levels: highest grey value of images, or that of a colour channel.
        source: name in the file, where it differs.
        kind: what the values were in the file; None where that is not known.
        unit: what the numbers of a temporal column count: dates and datetimes from 1970-01-01 (UTC where there is a
            zone), times from midnight.
        zone: time zone of a datetime column.
        step: what every number of an integer column is a multiple of, such as 3600 where a datetime column in seconds
            has whole hours; 86400 with a zone means midnights of that zone; None means 1.
        decimals: most decimals that a number of a float column has; None where these are as many as a float holds.
        precision: digits of the type of a decimal column.
        spelling: how the numbers, dates or booleans of a text file are written, where that is not the usual spelling;
            as JSON of its name and parameters.
        target: whether it is the numeric column that models of utility predict.
        channels: 1 for grey images, 3 for images in colour.
        blank: whether an empty text is one of its values, and so no missing value in a text file.
    """

    name: str
    role: Role
    integer: bool = False
    nullable: bool = False
    shape: tuple[int, int] | None = None
    levels: int | None = None
    source: str | None = None
    kind: Kind | None = None
    unit: Unit | None = None
    zone: str | None = None
    step: int | None = None
    decimals: int | None = None
    precision: int | None = None
    spelling: str | None = None
    target: bool = False
    channels: Literal[1, 3] = 1
    blank: bool = False

    @property
    def source_name(self) -> str:
        """Its name in the file, which is its name to users."""
        return self.name if self.source is None else self.source

    @property
    def in_colour(self) -> bool:
        """Whether it holds images in colour."""
        return self.channels > 1

    @property
    def axes(self) -> tuple[int, ...]:
        """Height and width of an image, and 3 channels where it is in colour: its values are in this order."""
        assert self.shape is not None
        return (*self.shape, self.channels) if self.in_colour else self.shape

    @property
    def is_temporal(self) -> bool:
        """Whether its numbers count days, seconds or fractions of a second."""
        return self.role is Role.NUMERIC and self.unit is not None

    @property
    def dtype(self) -> pl.DataType:
        """The canonical Polars type of this column."""
        match self.role:
            case Role.NUMERIC:
                return pl.Int64() if self.integer else pl.Float64()
            case Role.IMAGE:
                assert self.shape is not None
                return pl.Array(pl.UInt8, math.prod(self.axes))
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
    def target(self) -> Column | None:
        """The numeric column that is to be predicted, or None."""
        return next((column for column in self.columns if column.target), None)

    @property
    def outcome(self) -> Column | None:
        """What models of utility predict: the label, or else the target, or None."""
        return self.label or self.target

    @property
    def groups(self) -> list[Column]:
        """Group columns, in order."""
        return self.with_role(Role.GROUP)

    @property
    def image(self) -> Column | None:
        """The image column, or None."""
        return next(iter(self.with_role(Role.IMAGE)), None)

    @property
    def is_in_colour(self) -> bool:
        """Whether it has pictures in colour."""
        return self.image is not None and self.image.in_colour

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
        return {"columns": [_column_to_json(column) for column in self.columns]}

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


_ALWAYS_WRITTEN = ("name", "role", "integer", "nullable", "shape", "levels")
"""Fields that are written even at their default: fingerprints of schemas that lack the others do not change."""


def _column_to_json(column: Column) -> dict[str, Any]:
    written = asdict(column)
    return {
        each.name: written[each.name]
        for each in fields(column)
        if each.name in _ALWAYS_WRITTEN or written[each.name] != each.default
    }
