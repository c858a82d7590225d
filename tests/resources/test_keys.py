"""The time that a split goes by is read by the spellings that columns are read by."""

from pathlib import Path

import polars as pl
import pytest

from outcross.resources.errors import BadInput
from outcross.resources.sources.files import Files
from outcross.resources.sources.keys import no_column, read_time


@pytest.mark.parametrize(
    "texts",
    [
        ["2024-01-31", "2024-02-01T10:30", "2024-02-01 10:30:01.5"],
        ["31.01.2024", "01.02.2024", "02.02.2024"],
        ["31 January 2024", "1 February 2024", "2 February 2024"],
        ["9:05 am", "11:30 am", "1:00 pm"],
        ["1.000,5", "2.000,25", "10.000,75"],
        ["007", "012", "100"],
    ],
    ids=["ISO", "dots", "months", "clock", "decimal comma", "leading zeros"],
)
def test_times_in_text_are_in_order_however_they_are_spelt(texts: list[str]) -> None:
    found = read_time(pl.Series("when", texts)).to_list()
    assert found == sorted(set(found)) and len(found) == len(texts)


def test_times_that_may_be_read_in_two_ways_are_refused_with_a_remedy_that_works(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("when,x\n" + "".join(f"0{n % 9 + 1}/02/2024,{n % 7}\n" for n in range(40)))
    context, keys = {"base": tmp_path}, {"path": "a.csv", "columns": {"when": "ignore"}}
    with pytest.raises(BadInput, match=r"'time: when': .*in no order of time.*'numeric'.*'date' in 'columns'"):
        Files.model_validate(keys, context=context).load_keyed(entity=None, time="when")
    stated = keys | {"columns": {"when": {"role": "numeric", "date": "%d/%m/%Y"}}}
    found = Files.model_validate(stated, context=context).load_keyed(entity=None, time="when").time
    assert found is not None and found[0] < found[1] < found[2]


def test_an_error_lists_the_first_of_many_names() -> None:
    error = no_column("time", "when", [f"c{number}" for number in range(10)])
    assert str(error) == (
        "'time: when': the source has no column 'when', only 'c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7' and 2 "
        "more; correct 'time'"
    )
