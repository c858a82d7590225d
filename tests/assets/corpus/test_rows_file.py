"""Rows are written with the types that they had in their source, also where there is none."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from outcross.assets.corpus.rows_file import write_typed
from outcross.resources.schema import Column, Role, Schema

DAYS = Schema((Column(name="day", role=Role.NUMERIC, integer=True, kind="date", unit="d"),))
NUMBERS = Schema((Column(name="day", role=Role.NUMERIC),))


@pytest.mark.parametrize(("values", "typed"), [([0, 1], [date(1970, 1, 1), date(1970, 1, 2)]), ([], [])])
def test_days_are_written_as_dates(tmp_path: Path, values: list[int], typed: list[date]) -> None:
    rows = pl.DataFrame({"day": values}, schema=DAYS.polars)
    rows.write_parquet(tmp_path / "rows.parquet")
    written = pl.read_parquet(write_typed(tmp_path / "rows.parquet", DAYS, to=tmp_path / "typed.parquet"))
    assert written.schema == {"day": pl.Date} and written["day"].to_list() == typed


def test_rows_that_have_their_types_are_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pl.DataFrame({"day": [1.5]}).write_parquet(path)
    assert write_typed(path, NUMBERS, to=tmp_path / "typed.parquet") == path
