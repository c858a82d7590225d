"""The date from which collected rows may be synthetic: older ones are taken for real."""

from datetime import date, datetime
from typing import Any

import polars as pl
from pydantic import Field, model_validator

from outcross.resources.errors import BadInput
from outcross.resources.settings import Settings

YOUNGER = "collected_later"
"""Column of the real rows, beside those of the source: whether a row was collected on the date or after."""


class RealBefore(Settings):
    """Rows collected before a date are taken for real, and the synthetic share of the younger ones is estimated."""

    date: str = Field(description="a year, a date, or a number where the column holds numbers")
    column: str | None = Field(None, description="column of the time of collection; default: that of 'time'")

    @model_validator(mode="before")
    @classmethod
    def _read_date(cls, value: Any) -> Any:
        given = dict(value) if isinstance(value, dict) else {"date": value}
        if isinstance(given.get("date"), int | float | date):
            given["date"] = str(given["date"])
        return given

    def younger(self, time: pl.Series) -> pl.Series:
        """Return (rows,) whether each row was collected on the date or after.

        Args:
            time: (rows,) dates, times or numbers.

        Raises:
            BadInput: the date cannot be compared with them.
        """
        border = self._date() if time.dtype in (pl.Date, pl.Datetime) else self._number()
        if border is None:
            raise BadInput(
                f"'real_before: {self.date}' cannot be compared with column {self.column or time.name!r}, which holds "
                f"{time.dtype} values; give a year or a date such as 2022-11-30 for dates, a number for numbers"
            )
        if isinstance(time.dtype, pl.Datetime):
            time = time.dt.replace_time_zone(None)
        return (time >= border).alias(YOUNGER)

    def _date(self) -> datetime | None:
        text = f"{self.date}-01-01" if self.date.isdigit() and len(self.date) == 4 else self.date
        try:
            return datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            return None

    def _number(self) -> float | None:
        try:
            return float(self.date)
        except ValueError:
            return None
