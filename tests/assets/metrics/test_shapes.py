from collections import Counter

import numpy as np
import polars as pl
import pytest

from outcross.assets.metrics import shapes
from outcross.assets.metrics.shapes import column_shapes
from tests.assets.evaluation.tables import CENSUS, census, compare, errors, levels, named, numbers


def total_variation(x: pl.Series, y: pl.Series, *, nulls: bool) -> float:
    sides = [side if nulls else side.drop_nulls() for side in (x, y)]
    p, q = ({level: count / len(side) for level, count in Counter(side.to_list()).items()} for side in sides)
    return sum(abs(p.get(level, 0) - q.get(level, 0)) for level in p.keys() | q.keys()) / 2


def ks(x: pl.Series, y: pl.Series) -> float:
    from scipy.stats import ks_2samp

    return float(ks_2samp(x.drop_nulls().to_numpy(), y.drop_nulls().to_numpy()).statistic)


def test_distances_are_those_of_the_definitions_column_by_column() -> None:
    x, y = census(1, 400), census(2, 300, nulls=0.3).with_columns(pl.col("pay") * 1.3, town=pl.lit("a"))
    found = named(shapes.measure(compare(x, y)))
    for name in ("age", "pay"):
        assert found[f"ks {name}"] == pytest.approx(ks(x[name], y[name]))
    for name in ("work", "town", "sex", "rich"):
        assert found[f"total_variation {name}"] == pytest.approx(total_variation(x[name], y[name], nulls=True))
    assert found["ks"] == pytest.approx((found["ks age"] + found["ks pay"]) / 2)
    assert found["total_variation town"] > 0.3
    discrete = [total_variation(x[name], y[name], nulls=False) for name in ("work", "town", "sex", "rich")]
    expected = 1 - np.mean([found["ks age"], found["ks pay"], *discrete])
    assert found["column_shapes"] == pytest.approx(expected)
    assert column_shapes(x, y, CENSUS) == found["column_shapes"]


def test_a_worked_example() -> None:
    x, schema = numbers(a=[1, 2, 3, None])
    assert column_shapes(x, numbers(a=[2, 3, 4, 5])[0], schema) == pytest.approx(1 - 1 / 2)
    y, schema = levels(a=["r", "r", "b", None])
    assert column_shapes(y, levels(a=["r", "b", "b", "g"])[0], schema) == pytest.approx(
        1 - (5 / 12 + 1 / 6 + 1 / 4) / 2
    )
    assert named(shapes.measure(compare(y, levels(a=["r", "b", "b", "g"])[0], schema=schema)))[
        "total_variation"
    ] == pytest.approx(1 / 2)


def test_equal_rows_in_another_order_have_the_same_shapes() -> None:
    x = census(1, 200)
    found = named(shapes.measure(compare(x.sample(fraction=1, shuffle=True, seed=2), x)))
    assert found["column_shapes"] == 1.0
    assert found["ks"] == found["total_variation"] == 0.0


def test_an_empty_column_has_the_largest_distance_but_is_left_out_of_column_shapes() -> None:
    x = census(1, 200)
    empty = x.with_columns(age=pl.lit(None, pl.Float64), work=pl.lit(None, pl.String))
    found = named(shapes.measure(compare(empty, x)))
    assert found["ks age"] == 1.0
    assert found["total_variation work"] == pytest.approx(1 - x["work"].null_count() / 200)
    assert found["column_shapes"] == 1.0


def test_standard_errors_are_the_spread_over_repeated_samples() -> None:
    far = {"pay": pl.col("pay") * 1.2 + 3, "age": pl.col("age") + 5}
    runs = []
    for seed in range(80):
        x = census(2 * seed, 300).with_columns(**far).filter(pl.int_range(pl.len()) % 5 > 0)
        merged = pl.when(pl.col("sex") == "f").then(pl.lit("a")).otherwise("town")
        found = shapes.measure(compare(x, census(2 * seed + 1, 200).with_columns(town=merged)))
        runs.append(list(zip(named(found).values(), errors(found).values(), strict=True)))
    names = list(named(found))
    spread, claimed = np.array(runs)[..., 0].std(axis=0), np.array(runs)[..., 1].mean(axis=0)
    for name in ("ks", "ks pay", "ks age", "total_variation town", "column_shapes"):
        assert claimed[names.index(name)] == pytest.approx(spread[names.index(name)], rel=0.25), name


def test_the_error_of_the_shape_of_a_column_counts_only_the_values_that_are_there() -> None:
    x, schema = levels(a=["r"] * 30 + ["b"] * 10 + [None] * 60)
    y, _ = levels(a=["r"] * 20 + ["b"] * 60 + [None] * 20)
    found = shapes.measure(compare(x, y, schema=schema))
    assert named(found)["column_shapes"] == pytest.approx(0.5)
    assert errors(found)["column_shapes"] == pytest.approx(np.sqrt(0.75 * 0.25 / 40 + 0.25 * 0.75 / 80))


def test_tables_without_numbers_have_no_ks() -> None:
    x, schema = levels(a=["r", "b", "b"])
    assert set(named(shapes.measure(compare(x, x, schema=schema)))) == {
        "column_shapes", "total_variation", "total_variation a",
    }  # fmt: skip
