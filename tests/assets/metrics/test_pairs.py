from collections import Counter
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments import contingency
from outcross.assets.metrics import pairs
from outcross.assets.metrics.pairs import association_drift, pair_trends
from outcross.resources.schema import Schema
from tests.assets.evaluation.tables import CENSUS, census, compare, errors, levels, named, numbers

NUMERIC = ["age", "pay"]


def correlation(x: object, y: object) -> float:
    from scipy.stats import pearsonr

    return float(pearsonr(x, y).statistic)


def binned(values: pl.Series) -> list[object]:
    """Bin a numeric column as SDMetrics does: ten bins of a side's own range; the largest value shares null's bin."""
    known = values.drop_nulls().to_numpy()
    low, high = known.min(), known.max()
    edges = [low + k * (high - low) / 10 for k in range(11)] if high > low else None
    if edges is None:
        return [5 if value is not None else 10 for value in values]
    return [10 if value is None or value == high else sum(value >= edge for edge in edges) - 1 for value in values]


def similarity(x: pl.DataFrame, y: pl.DataFrame, one: str, other: str) -> float:
    if {one, other} <= set(NUMERIC):
        r = [correlation(*side.select(one, other).drop_nulls().to_numpy().T) for side in (x, y)]
        return 1 - abs(r[0] - r[1]) / 2
    tables = []
    for side in (x, y):
        columns = [binned(side[name]) if name in NUMERIC else side[name].to_list() for name in (one, other)]
        tables.append({pair: count / side.height for pair, count in Counter(zip(*columns, strict=True)).items()})
    p, q = tables
    return 1 - sum(abs(p.get(pair, 0) - q.get(pair, 0)) for pair in p.keys() | q.keys()) / 2


def strength(side: pl.DataFrame, one: str, other: str) -> float:
    from scipy.stats.contingency import association

    if {one, other} <= set(NUMERIC):
        return abs(correlation(*side.select(one, other).drop_nulls().to_numpy().T))
    if one in NUMERIC:
        known = side.select(one, other).filter(pl.col(one).is_not_null())
        between = known.select(pl.col(one).mean().over(other)).to_series().var(ddof=0)
        return float(np.sqrt(between / known[one].var(ddof=0)))  # type: ignore[operator]
    table = side.group_by(one, other).len().pivot(other, index=one, values="len").fill_null(0)
    return float(association(table.drop(one).to_numpy().astype(int), method="cramer"))


def test_values_are_those_of_the_definitions_pair_by_pair() -> None:
    x = census(1, 500).with_columns(rich=pl.col("rich").shuffle(seed=1), pay=pl.col("pay") + pl.col("age") / 3)
    y = census(2, 400, nulls=0.25)
    names = list(combinations(CENSUS.names, 2))
    found = named(pairs.measure(compare(x, y)))
    assert found["pair_trends"] == pytest.approx(np.mean([similarity(x, y, *pair) for pair in names]))
    r = [correlation(*side.select(NUMERIC).drop_nulls().to_numpy().T) for side in (x, y)]
    assert found["correlation_drift"] == pytest.approx(abs(r[0] - r[1]))
    drift = np.mean([abs(strength(x, *pair) - strength(y, *pair)) for pair in names])
    assert found["association_drift"] == pytest.approx(drift)
    assert pair_trends(x, y, CENSUS) == found["pair_trends"]
    assert association_drift(x, y, CENSUS) == found["association_drift"]


def test_counting_only_the_cells_that_occur_gives_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    comparison = compare(census(1, 300), census(2, 200, nulls=0.3))
    full = pairs.measure(comparison)
    monkeypatch.setattr(contingency, "MOST_CELLS_A_ROW", 0)
    assert named(pairs.measure(comparison)) == pytest.approx(named(full))
    assert errors(pairs.measure(comparison)) == pytest.approx(errors(full))


def test_reversing_a_correlation_is_the_worst_trend() -> None:
    x, schema = numbers(a=[1, 2, 3, 4], b=[1, 2, 3, 4])
    y, _ = numbers(a=[1, 2, 3, 4], b=[4, 3, 2, 1])
    found = named(pairs.measure(compare(x, y, schema=schema)))
    assert found == pytest.approx({"pair_trends": 0.0, "correlation_drift": 2.0, "association_drift": 0.0})


def test_making_equal_columns_independent_removes_their_association() -> None:
    x, schema = levels(a=["r", "r", "b", "b"] * 9, b=["r", "b", "r", "b"] * 9)
    y, _ = levels(a=["r", "r", "b", "b"] * 9, b=["r", "r", "b", "b"] * 9)
    found = named(pairs.measure(compare(x, y, schema=schema)))
    assert found == pytest.approx({"pair_trends": 0.5, "association_drift": 1.0})


def test_the_order_and_number_of_copies_of_rows_do_not_matter() -> None:
    x = census(1, 300)
    found = named(pairs.measure(compare(pl.concat([x, x]).sample(fraction=1, shuffle=True, seed=2), x)))
    assert found == pytest.approx({"pair_trends": 1.0, "correlation_drift": 0.0, "association_drift": 0.0}, abs=1e-9)


def test_a_constant_column_is_left_out_of_trends_and_has_no_association() -> None:
    x, schema = numbers(a=[1, 2, 3], b=[1, 2, 4], c=[0.1, 0.1, 0.1])
    y, _ = numbers(a=[1, 2, 3], b=[1, 2, 4], c=[3, 2, 1])
    found = named(pairs.measure(compare(x, y, schema=schema)))
    r = correlation([1, 2, 3], [1, 2, 4])
    assert found["pair_trends"] == pytest.approx(1.0)
    assert found["correlation_drift"] == found["association_drift"] == pytest.approx((1 + r) / 3)


def test_the_error_of_a_drift_counts_the_pairs_of_a_constant_column_as_certain() -> None:
    random = np.random.default_rng(4)
    a, b, noise = random.standard_normal((3, 2, 60))
    x, schema = numbers(a=a[0], b=a[0] + b[0], c=[1.0] * 60)
    y, _ = numbers(a=a[1], b=noise[1], c=[1.0] * 60)
    found = errors(pairs.measure(compare(x, y, schema=schema)))
    alone = Schema(schema.columns[:2])
    one_pair = errors(pairs.measure(compare(x.select("a", "b"), y.select("a", "b"), schema=alone)))
    for metric in ("correlation_drift", "association_drift"):
        assert found[metric] == pytest.approx(one_pair[metric] / 3) and found[metric] > 0


def test_standard_errors_are_the_spread_over_repeated_samples_where_all_pairs_depend() -> None:
    schema = Schema(tuple(column for column in CENSUS.columns if column.name not in {"town", "sex"}))
    bounded = [pl.col("age").clip(25, 55), pl.col("pay").clip(10, 30)]
    runs = []
    for seed in range(80):
        draws = np.random.default_rng(seed)
        x, y = (census(2 * seed + side, 400).with_columns(bounded).select(schema.names) for side in (0, 1))
        x = x.with_columns(
            pay=(pl.col("pay") + pl.Series(draws.normal(0, 5, 400))).clip(10, 30),
            rich=pl.when(pl.Series(draws.random(400) < 0.4)).then(pl.lit("no")).otherwise("rich"),
        )
        found = pairs.measure(compare(x, y, schema=schema))
        runs.append(list(zip(named(found).values(), errors(found).values(), strict=True)))
    spread, claimed = np.array(runs)[..., 0].std(axis=0), np.array(runs)[..., 1].mean(axis=0)
    assert claimed == pytest.approx(spread, rel=0.25)


def test_of_numbers_alone_the_error_is_that_of_the_one_distance_that_there_is() -> None:
    draws = np.random.default_rng(1)
    (x, schema), (y, _) = (numbers(a=draws.normal(size=rows), b=draws.normal(size=rows)) for rows in (80, 60))
    found = errors(pairs.measure(compare(x, y, schema=schema)))
    assert found["pair_trends"] == pytest.approx(found["correlation_drift"] / 2)


def test_a_table_of_one_column_has_no_pairs() -> None:
    x, schema = numbers(a=[1, 2, 3])
    assert pairs.measure(compare(x, x, schema=schema)) == []
    assert np.isnan(pair_trends(x, x, schema))
