"""Relations that real rows keep are found, those of chance are not, and a row that breaks one is told."""

from collections.abc import Collection
from itertools import chain, combinations

import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.check_digits import CHECKS
from outcross.assets.instruments.relations import find_relations, shape_of
from outcross.resources.schema import Column, Role, Schema

VALID = {
    "Luhn": ["4111111111111111", "5500005555555559", "49927398716"],
    "EAN": ["4006381333931", "96385074", "9780306406157"],
    "ISBN-10": ["0306406152", "080442957X"],
    "IBAN": ["DE89370400440532013000", "GB82WEST12345698765432"],
}


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_digit_is_right_and_another_is_wrong(check: str) -> None:
    for code in VALID[check]:
        assert CHECKS[check](code)
        last = "1" if code[-1] != "1" else "2"
        assert not CHECKS[check](code[:-1] + last)
        assert not CHECKS[check](code[:3]) and not CHECKS[check]("")


def ean(number: int) -> str:
    digits = f"{number:012d}"
    return digits + str(-sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10)


def orders(rows: int, *, seed: int = 1) -> pl.DataFrame:
    """Orders with an end after their start, a total, a tax, codes, and two columns that are missing together."""
    draws = np.random.default_rng(seed)
    come, net = draws.integers(0, 1_000, rows), np.round(draws.gamma(2, 50, rows), 2)
    freight = np.round(draws.gamma(2, 9, rows), 2)
    gone = draws.random(rows) < 0.2
    codes = [ean(number) for number in range(10**11, 10**11 + 7 * 40, 7)]
    return pl.DataFrame(
        {
            "come": come,
            "leave": come + draws.integers(0, 60, rows),
            "net": net,
            "freight": freight,
            "total": net + freight,
            "tax": np.round(net * 0.19, 2),
            "age": draws.integers(18, 90, rows),
            "noise": draws.normal(size=rows),
            "ean": draws.choice(codes, rows),
            "plate": [f"AB-{number:03d}" for number in draws.integers(0, 200, rows)],
            "town": draws.choice(["Rome", "Oslo"], rows),
            "closed": [None if none else float(value) for none, value in zip(gone, draws.random(rows), strict=True)],
            "why": [
                None if none else str(value) for none, value in zip(gone, draws.choice(["a", "b"], rows), strict=True)
            ],
        }
    )


TEMPORAL = {"come", "leave"}


def schema_of(rows: pl.DataFrame, dates: Collection[str] = TEMPORAL) -> Schema:
    return Schema(
        tuple(
            Column(
                name=name,
                role=Role.CATEGORICAL if dtype == pl.String else Role.NUMERIC,
                integer=dtype == pl.Int64,
                nullable=rows[name].null_count() > 0,
                kind="date" if name in dates else None,
                unit="d" if name in dates else None,
            )
            for name, dtype in rows.schema.items()
        )
    )


def test_each_kind_of_relation_is_found_and_nothing_by_chance() -> None:
    rows = orders(600)
    assert {relation.name for relation in find_relations(rows, schema_of(rows), seed=1)} == {
        "`leave` before `come`",
        "`total` not `net` + `freight`",
        "`tax` not 0.19 · `net`",
        "`total` below `net`",
        "`net` below `tax`",
        "`ean` not of the form 9999999999999",
        "`ean` with a wrong check digit (EAN)",
        "`plate` not of the form AA-999",
        "`closed` or `why` missing without the other",
    }


BREAKING = {
    "`leave` before `come`": {"leave": pl.col("come") - 1},
    "`total` not `net` + `freight`": {"total": pl.col("total") + 0.02},
    "`tax` not 0.19 · `net`": {"tax": pl.col("tax") + 0.02},
    "`ean` with a wrong check digit (EAN)": {"ean": pl.lit("4006381333932")},
    "`ean` not of the form 9999999999999": {"ean": pl.lit("none")},
    "`plate` not of the form AA-999": {"plate": pl.lit("AB-12")},
    "`closed` or `why` missing without the other": {"why": pl.when(pl.col("why").is_null()).then(pl.lit("a"))},
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_row_that_breaks_a_relation_is_told_and_others_are_not(name: str) -> None:
    rows = orders(600)
    relation = {each.name: each for each in find_relations(rows, schema_of(rows), seed=1)}[name]
    fresh = orders(100, seed=2)
    assert not relation.broken(fresh).any()
    assert relation.broken(fresh.with_columns(**BREAKING[name])).all()


def test_a_missing_value_breaks_no_order_and_no_sum() -> None:
    rows = orders(600)
    gone = orders(50, seed=2).with_columns(leave=None, total=None, tax=None, ean=None, plate=None)
    names = {r.name for r in find_relations(rows, schema_of(rows), seed=1) if r.broken(gone.cast(rows.schema)).any()}
    assert names == set()


def test_ranges_that_do_not_overlap_few_rows_and_shuffled_columns_give_no_relation() -> None:
    apart = pl.DataFrame({"low": np.arange(300.0) % 17, "high": 100 + np.arange(300.0) % 23})
    assert find_relations(apart, schema_of(apart), seed=1) == []
    few = orders(600)[:15]
    assert find_relations(few, schema_of(few), seed=1) == []
    rows = orders(600)
    shuffled = pl.DataFrame([rows[name].shuffle(seed=place) for place, name in enumerate(rows.columns)])
    names = {relation.name for relation in find_relations(shuffled, schema_of(rows), seed=1)}
    assert {name for name in names if "ean" not in name and "plate" not in name} == set()


def test_a_relation_is_kept_though_one_row_in_a_thousand_breaks_it() -> None:
    rows = orders(1_000).with_columns(leave=pl.when(pl.int_range(1_000) < 4).then(pl.lit(-1)).otherwise("leave"))
    names = {relation.name for relation in find_relations(rows, schema_of(rows), seed=1)}
    assert "`leave` before `come`" in names
    worse = rows.with_columns(leave=pl.when(pl.int_range(1_000) < 6).then(pl.lit(-1)).otherwise("leave"))
    assert "`leave` before `come`" not in {each.name for each in find_relations(worse, schema_of(rows), seed=1)}


def test_a_date_is_not_compared_with_a_number() -> None:
    rows = orders(300).select("come", count=pl.col("leave"))
    assert find_relations(rows, schema_of(rows), seed=1) == []


@pytest.mark.parametrize("dates", chain.from_iterable(combinations(("one", "other", "total"), n) for n in range(4)))
def test_a_sum_is_a_date_where_one_of_its_terms_is(dates: tuple[str, ...]) -> None:
    draws = np.random.default_rng(1).integers(50, 900, (2, 60))
    rows = pl.DataFrame({"one": draws[0], "other": draws[1], "total": draws.sum(axis=0)})
    found = {each.name for each in find_relations(rows, schema_of(rows, dates), seed=1)}
    assert ("`total` not `one` + `other`" in found) == (dates in {(), ("one", "total"), ("other", "total")})


def test_a_sum_is_found_among_many_columns() -> None:
    draws = np.random.default_rng(1)
    wide = pl.DataFrame(draws.normal(size=(150, 200)), schema=[f"x{place}" for place in range(200)])
    wide = wide.with_columns(x7=pl.col("x100") + pl.col("x150"))
    assert [each.name for each in find_relations(wide, schema_of(wide), seed=1)] == ["`x7` not `x100` + `x150`"]


def test_a_shape_names_digits_and_letters() -> None:
    assert shape_of(pl.Series(["Ab-12 é", "", None])).to_list() == ["Aa-99 a", "", None]


def test_an_order_that_chance_would_hardly_break_is_none() -> None:
    place = np.arange(1_500)
    late = place % 25 == 0
    rows = pl.DataFrame({"low": np.where(late, 110.0, place % 17), "high": np.where(late, 122.0, 100 + place % 23)})
    assert find_relations(rows, schema_of(rows), seed=1) == []


def test_two_columns_that_hardly_vary_are_no_equation() -> None:
    place = np.arange(4_000)
    one, other = np.where(place < 9, place + 91, 100.0), np.where(place > 3_990, place - 3_900, 100.0)
    rows = pl.DataFrame({"one": one, "other": other})
    assert find_relations(rows, schema_of(rows), seed=1) == []
