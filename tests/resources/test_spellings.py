"""Numbers, dates and missing values as people write them: what is recognised, and what stays text."""

from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcross.resources.sources.spellings import (
    SPELLINGS,
    Iso,
    Moments,
    Numbers,
    Words,
    nearly,
    read_spelling,
    recognise,
    recognise_all,
)

NUMBERS = [
    (["68,81", "60,77"], [68.81, 60.77]),
    (["1.234,50", "12,1"], [1234.5, 12.1]),
    (["1 234,5", "12"], [1234.5, 12.0]),
    (["1\u202f234,5", "1\u00a0000,25"], [1234.5, 1000.25]),
    (["1'234.50", "1’000"], [1234.5, 1000.0]),
    (["68,810", "60,770"], [68810, 60770]),
    (["0,125", "0,250"], [0.125, 0.25]),
    (["12,34,567.5", "100"], [1234567.5, 100.0]),
    (["$68.81", "$1,234.50"], [68.81, 1234.5]),
    (["-$5", "$(6)", "$-7"], [-5, -6, -7]),
    (["1.234,50 €", "5 €"], [1234.5, 5.0]),
    (["USD 5", "USD 6.5"], [5.0, 6.5]),
    (["5 kr.", "6 kr"], [5, 6]),
    (["45.7%", "3 %"], [45.7, 3.0]),
    (["12 kg", "5.5 kg"], [12.0, 5.5]),
    (["(5.00)", "7"], [-5.0, 7.0]),
    (["5-", "6.5"], [-5.0, 6.5]),
    (["\u22125,5", "1,0"], [-5.5, 1.0]),
    (["1,95e-01"], [0.195]),
    (["1e5", "2,5"], [100000.0, 2.5]),
    (["٤٥", "٣٬٤٥٦٫٥"], [45, 3456.5]),
    (["２２１", "１．５"], [221, 1.5]),
    (["1", "NA", " ", "?"], [1, None, None, None]),
    (["1.5", "NaN", "N/A", "#N/A", "-"], [1.5, None, None, None, None]),
]
MOMENTS = [
    (["31.12.2024", "1.2.2024"], [date(2024, 12, 31), date(2024, 2, 1)]),
    (["12/31/2024", "1/2/2024"], [date(2024, 12, 31), date(2024, 1, 2)]),
    (["31/12/24", "1/2/70"], [date(2024, 12, 31), date(1970, 2, 1)]),
    (["99-03-15", "01-03-15"], [date(1999, 3, 15), date(2001, 3, 15)]),
    (["15 Mar 2024", "1 April 2024"], [date(2024, 3, 15), date(2024, 4, 1)]),
    (["15MAR2024", "16APR2023"], [date(2024, 3, 15), date(2023, 4, 16)]),
    (["March 15, 2024", "April 1, 2024"], [date(2024, 3, 15), date(2024, 4, 1)]),
    (["2024/3/5", "2024/12/31"], [date(2024, 3, 5), date(2024, 12, 31)]),
    (["20240315", "20231231"], [date(2024, 3, 15), date(2023, 12, 31)]),
    (["2024-03", "2024-04"], [date(2024, 3, 1), date(2024, 4, 1)]),
    (["2024-W12", "2023-W01-3"], [date(2024, 3, 18), date(2023, 1, 4)]),
    (["2024-03-15", "null"], [date(2024, 3, 15), None]),
    (["2024-03-15 10:20", "2024-03-15"], [datetime(2024, 3, 15, 10, 20), datetime(2024, 3, 15)]),
    (["31.12.2024 10:20", "1.1.2024 0:00"], [datetime(2024, 12, 31, 10, 20), datetime(2024, 1, 1)]),
    (["3/15/2024, 3:20 PM", "3/1/2024, 1:20 am"], [datetime(2024, 3, 15, 15, 20), datetime(2024, 3, 1, 1, 20)]),
    (
        ["2024-03-15T10:20:30,5Z", "20240315T122030+0200"],
        [datetime(2024, 3, 15, 10, 20, 30, 500_000, UTC), datetime(2024, 3, 15, 10, 20, 30, tzinfo=UTC)],
    ),
    (["Fri, 15 Mar 2024 10:00:00 +0100"], [datetime(2024, 3, 15, 9, tzinfo=UTC)]),
    (["1. März 2024", "15. Dez. 2023"], [date(2024, 3, 1), date(2023, 12, 15)]),
    (["15 juin 2024", "3 juil. 2023"], [date(2024, 6, 15), date(2023, 7, 3)]),
    (["3 de mayo de 2024", "4 de ene. de 2023"], [date(2024, 5, 3), date(2023, 1, 4)]),
    (["Mon Jan 01 10:00:00 2024"], [datetime(2024, 1, 1, 10)]),
    (["1:00 a.m.", "2:30 p.m."], [time(1), time(14, 30)]),
    (["10:20", "23:59"], [time(10, 20), time(23, 59)]),
    (["30:15:00", "4:00:30"], [timedelta(hours=30, minutes=15), timedelta(hours=4, seconds=30)]),
    (["2 days 06:00:00", "-1 days +23:00:00"], [timedelta(days=2, hours=6), timedelta(hours=-1)]),
    (["PT90M", "P1DT2H", "NA"], [timedelta(minutes=90), timedelta(days=1, hours=2), None]),
    (["10:20 PM", "1:02 am"], [time(22, 20), time(1, 2)]),
]
NEITHER = [
    ["007", "8"],  # codes with leading zeros
    ["12.345.678", "22.345.678"],  # numbers of an identity card
    ["555 123 456", "555 123 457"],  # telephone numbers
    ["(555)", "(556)"],
    ["$5", "€6"],  # two units
    ["1.5", "2,5"],  # two decimal marks
    ["31.12.2024", "31.02.2024"],  # no day of the calendar
    ["2024-13", "2024-01"],
    ["192.168.0.1", "10.0.0.1"],
    ["yes", "no"],
    ["A1", "B2"],
    ["NA", "-"],
    [str(2**64), "1"],
]


@pytest.mark.parametrize(("texts", "values"), [*NUMBERS, *MOMENTS], ids=lambda each: str(each[0]))
def test_text_that_spells_numbers_or_moments_is_read_as_them(texts: list[str], values: list[object]) -> None:
    column = pl.Series("c", texts)
    spelling = recognise(column)
    assert spelling is not None
    assert spelling.parse(column).to_list() == values
    assert read_spelling(spelling.to_json()) == spelling


@pytest.mark.parametrize("texts", NEITHER, ids=str)
def test_codes_and_mixtures_stay_text(texts: list[str]) -> None:
    assert recognise(pl.Series("c", texts)) is None


def test_a_date_that_fits_two_formats_is_read_by_neither_and_both_are_named() -> None:
    found = recognise_all(pl.Series(["1/2/2024", "3/4/2024"]))
    assert found.spelling is None
    assert [each.format for each in found.others if isinstance(each, Moments)] == ["%d/%m/%Y", "%m/%d/%Y"]


def test_a_comma_before_three_digits_is_a_thousands_mark_unless_the_decimal_mark_is_known() -> None:
    column = pl.Series(["1,234", "5,678"])
    assert recognise_all(column).others == (Numbers(decimal=","),)
    spelling = recognise(column, decimal=",")
    assert spelling is not None and spelling.parse(column).to_list() == [1.234, 5.678]


def test_what_most_values_spell_is_named_with_those_that_do_not_fit() -> None:
    found = nearly(pl.Series(["68,81"] * 9 + ["about 5"]), share=0.8)
    assert found is not None
    assert (found[0], found[1].to_list()) == (Numbers(decimal=","), ["about 5"])
    assert nearly(pl.Series(["68,81", "a", "b"]), share=0.8) is None


def test_a_batch_is_parsed_by_the_spelling_and_its_misfits_are_null() -> None:
    euros = Numbers(decimal=",", thousands=".", unit="€")
    assert euros.parse(pl.Series(["1.234,5 €", "12.5 €", "7", "$7 €", None])).to_list() == [
        1234.5,
        None,
        None,
        None,
        None,
    ]
    days = Moments(format="%d.%m.%Y")
    assert days.parse(pl.Series(["31.12.2024", "31.12.24", "n/a"])).to_list() == [date(2024, 12, 31), None, None]
    assert days.present(pl.Series([" 31.12.24 ", "n/a"])).to_list() == ["31.12.24", None]
    assert Moments(format="%Y%m%d").parse(pl.Series([20240315, 20241315])).to_list() == [date(2024, 3, 15), None]
    assert Iso().parse(pl.Series(["2024-03-15T00:00", "2024-03-15T10:00"])).to_list() == [date(2024, 3, 15), None]
    assert Words(nulls=("NA",)).parse(pl.Series([" NA ", " FR", "-"])).to_list() == [None, "FR", "-"]


def test_a_spelling_is_json_of_its_name_and_parameters() -> None:
    assert Numbers(decimal=",", nulls=("x",)).to_json() == '{"name": "numbers", "nulls": ["x"], "decimal": ","}'
    for kind in SPELLINGS.values():
        assert read_spelling(kind().to_json()) == kind()
        assert kind().note


@settings(max_examples=20)
@given(
    st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=20),
    st.sampled_from([(",", "."), (".", ","), (",", " "), (".", "'")]),
    st.sampled_from(["", "€", "%"]),
)
def test_a_number_written_with_any_marks_is_read_back(numbers: list[object], marks: tuple[str, str], unit: str) -> None:
    decimal, thousands = marks
    american = [f"{number:,.2f}" for number in numbers]
    texts = [text.replace(",", "_").replace(".", decimal).replace("_", thousands) + unit for text in american]
    read = Numbers(decimal=decimal, thousands=thousands, unit=unit).parse(pl.Series(texts))
    assert read.to_list() == [float(text.replace(",", "")) for text in american]
    assert recognise(pl.Series([*texts, f"0{decimal}5{unit}"])) is not None
